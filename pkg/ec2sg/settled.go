package ec2sg

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

// Settled reads the group once and says whether a step's change shows: EC2 is eventually consistent. The group as read comes
// with it. The caller waits and asks again, as often as it likes; by the step and not by the whole state, so that
// somebody else's edit does not keep it waiting.
func (s Store) Settled(ctx context.Context, group string, step plan.Step) (rules.Group, bool, error) {
	g, err := s.Group(ctx, group)
	if err != nil {
		return rules.Group{}, false, err
	}
	return g, Shows(g, step), nil
}

// Shows says whether a group is as a step leaves it: an authorized allowance is there, a modified entry has its new form, a
// revoked one is gone. A step without what it needs shows nothing.
func Shows(g rules.Group, step plan.Step) bool {
	if whole(step) != nil {
		return false
	}
	for _, e := range g.Entries {
		switch step.Op {
		case plan.Authorize:
			if rules.Allowance(e) == rules.Allowance(*step.After) {
				return true
			}
		default:
			if aws.ToString(e.SecurityGroupRuleId) == aws.ToString(step.Before.SecurityGroupRuleId) {
				return step.Op == plan.Modify && same(e, *step.After)
			}
		}
	}
	return step.Op == plan.Revoke
}

func same(a, b types.SecurityGroupRule) bool {
	return rules.Allowance(a) == rules.Allowance(b) && aws.ToString(a.Description) == aws.ToString(b.Description)
}
