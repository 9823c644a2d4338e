package reconcile

import (
	"errors"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ecstask"
)

// blocked is an outcome that no further delivery would change: the reason, for people.
type blocked struct{ reason string }

func (b blocked) Error() string { return "blocked: " + b.reason }

// terminal says for which errors another delivery is of no use, and why; all others are returned for one.
var terminal = []struct {
	is     func(error) bool
	reason string
}{
	{ecstask.IsPassRoleDenied, "access denied: iam:PassRole on a role that the definition names; the template's PassRoleArns says which may be passed"},
	{ecstask.IsMoveDenied, "access denied: ecs:UpdateService; the template's AllowRollout allows it"},
	{ec2sg.IsRuleLimit, "quota"},
	{ec2sg.IsDenied, "access denied"},
	{ec2sg.IsInvalid, "refused by EC2"},
	{ecstask.IsDenied, "access denied"},
	{ecstask.IsLimit, "quota"},
	{ecstask.IsInvalid, "refused by ECS"},
}

// reasonOf returns the reason of a terminal error.
func reasonOf(err error) (string, bool) {
	var b blocked
	if errors.As(err, &b) {
		return b.reason, true
	}
	for _, t := range terminal {
		if t.is(err) {
			return t.reason, true
		}
	}
	return "", false
}
