package ecstask

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"
)

// answers are error codes of ECS, each with a part of the message that tells it from others with that code; empty for all.
type answers []struct{ code, message string }

// ECS reports most of what is wrong as ClientException, so that the message decides.
var (
	notFound = answers{
		{"ClientException", "Unable to describe task definition"},
		{"ClientException", "task definition does not exist"},
	}
	throttled = answers{
		{"ThrottlingException", ""},
		{"Throttling", ""},
		{"TooManyRequestsException", ""},
		{"RequestLimitExceeded", ""},
		// Two registrations of one family at once; the SDK does not try these again.
		// cloudposse/terraform-aws-ecs-alb-service-task#258
		{"ClientException", "Too many concurrent attempts to create a new revision of the specified family"},
	}
	denied = answers{
		{"AccessDeniedException", ""},
		{"AccessDenied", ""},
		{"UnrecognizedClientException", ""},
		{"ClientException", "is not authorized to perform"}, // iam:PassRole, depending on who checks it
	}
	serviceGone = answers{
		{"ServiceNotFoundException", ""},
		{"ServiceNotActiveException", ""},
		{"ClusterNotFoundException", ""},
	}
	limited = answers{
		{"LimitExceededException", ""},
		{"ServiceQuotaExceededException", ""},
	}
	invalid = answers{
		{"InvalidParameterException", ""},
		{"ValidationException", ""},
		{"SerializationException", ""},
		{"ClientException", ""},
	}
)

// IsNotFound says that the definition does not exist, or no more: a family without an ACTIVE revision, a deleted revision.
func IsNotFound(err error) bool { return notFound.hold(err) }

// IsThrottled says that ECS asks to come again later, two simultaneous registrations of one family included.
func IsThrottled(err error) bool { return throttled.hold(err) }

// IsDenied says that the caller lacks a permission: on the action, or iam:PassRole for one of the roles.
func IsDenied(err error) bool { return denied.hold(err) }

// IsPassRoleDenied says that the caller may not pass a role that a definition names.
func IsPassRoleDenied(err error) bool { return IsDenied(err) && mentions(err, "iam:PassRole") }

// IsMoveDenied says that the caller may not update services.
func IsMoveDenied(err error) bool { return IsDenied(err) && mentions(err, "ecs:UpdateService") }

func mentions(err error, text string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && strings.Contains(api.ErrorMessage(), text)
}

// IsServiceGone says that the service is deleted, or being deleted.
func IsServiceGone(err error) bool { return serviceGone.hold(err) }

// IsLimit says that a quota of the account is used up.
func IsLimit(err error) bool { return limited.hold(err) }

// IsInvalid says that ECS, or the SDK's own check before sending, refuses the content: sending it again changes nothing.
func IsInvalid(err error) bool {
	var unsent smithy.InvalidParamsError
	if errors.As(err, &unsent) {
		return true
	}
	return invalid.hold(err) && !notFound.hold(err) && !throttled.hold(err) && !denied.hold(err)
}

func (a answers) hold(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	for _, known := range a {
		if api.ErrorCode() == known.code && strings.Contains(api.ErrorMessage(), known.message) {
			return true
		}
	}
	return false
}
