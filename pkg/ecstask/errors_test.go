package ecstask

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/smithy-go"
)

func TestWhatIsDeniedIsTold(t *testing.T) {
	for message, want := range map[string][2]bool{
		"User: x is not authorized to perform: iam:PassRole on resource: y":      {true, false},
		"User: x is not authorized to perform: ecs:UpdateService on resource: y": {false, true},
		"User: x is not authorized to perform: ecs:RegisterTaskDefinition on y":  {false, false},
	} {
		err := &smithy.GenericAPIError{Code: "AccessDeniedException", Message: message}
		if got := [2]bool{IsPassRoleDenied(err), IsMoveDenied(err)}; got != want {
			t.Errorf("%s: %v", message, got)
		}
	}
	if IsPassRoleDenied(&smithy.GenericAPIError{Code: "ServerException", Message: "iam:PassRole"}) {
		t.Error("an error of the server denies nothing")
	}
}

func TestErrorQuestions(t *testing.T) {
	api := func(code, message string) error {
		return &smithy.OperationError{ServiceID: "ECS", OperationName: "X", Err: &smithy.GenericAPIError{Code: code, Message: message}}
	}
	cases := []struct {
		err  error
		want string
	}{
		{api("ClientException", "Unable to describe task definition."), "not found"},
		{api("ClientException", "Too many concurrent attempts to create a new revision of the specified family."), "throttled"},
		{api("ThrottlingException", "Rate exceeded"), "throttled"},
		{api("AccessDeniedException", "User: x is not authorized to perform: iam:PassRole on resource: y"), "denied"},
		{api("ClientException", "User: x is not authorized to perform: iam:PassRole on resource: y"), "denied"},
		{api("LimitExceededException", ""), "limit"},
		{api("ServiceNotFoundException", "Service not found."), "service gone"},
		{api("ServiceNotActiveException", "Service was not ACTIVE."), "service gone"},
		{api("ClusterNotFoundException", "Cluster not found."), "service gone"},
		{api("ClientException", "Container.name should not be null or empty."), "invalid"},
		{api("InvalidParameterException", "x"), "invalid"},
		{smithy.InvalidParamsError{Context: "RegisterTaskDefinitionInput"}, "invalid"},
		{api("ServerException", "Service Unavailable. Please try again later."), ""},
		{errors.New("connection reset"), ""},
		{nil, ""},
	}
	questions := map[string]func(error) bool{
		"not found": IsNotFound, "service gone": IsServiceGone, "throttled": IsThrottled, "denied": IsDenied, "limit": IsLimit, "invalid": IsInvalid,
	}
	for _, c := range cases {
		wrapped := c.err
		if wrapped != nil {
			wrapped = fmt.Errorf("registering: %w", c.err)
		}
		for name, holds := range questions {
			if holds(wrapped) != (name == c.want) {
				t.Errorf("%v is %s: %v", c.err, name, holds(wrapped))
			}
		}
	}
}
