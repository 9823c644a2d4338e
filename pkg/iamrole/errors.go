package iamrole

import (
	"errors"
	"slices"

	"github.com/aws/smithy-go"
)

// IsGone says that there is no such role.
func IsGone(err error) bool { return coded(err, "NoSuchEntity", "NoSuchEntityException") }

// IsDenied says that the caller may not simulate the role.
func IsDenied(err error) bool { return coded(err, "AccessDenied", "AccessDeniedException") }

// IsThrottled says that IAM asks to come again later.
func IsThrottled(err error) bool {
	return coded(err, "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException")
}

// IsRefused says that IAM answered and does not take the question: a malformed ARN, an entity that is no role.
func IsRefused(err error) bool {
	return coded(err, "InvalidInput", "ValidationError", "PolicyEvaluation")
}

func coded(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}
