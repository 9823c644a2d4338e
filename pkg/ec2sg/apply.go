package ec2sg

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

// Apply makes one change of one entry of a group, in one call. EC2 has no compare-and-swap: read the group again just before,
// and after it. Making a step twice is safe: the second time is refused with an error of which IsDuplicate (authorize) or
// IsNotFound (revoke) is true, or changes nothing (modify).
func (s Store) Apply(ctx context.Context, group string, step plan.Step) error {
	if err := whole(step); err != nil {
		return err
	}
	switch step.Op {
	case plan.Authorize:
		return s.authorize(ctx, group, *step.After)
	case plan.Modify:
		return s.modify(ctx, group, aws.ToString(step.Before.SecurityGroupRuleId), *step.After)
	default:
		return s.revoke(ctx, group, aws.ToString(step.Before.SecurityGroupRuleId))
	}
}

// whole says what a step lacks.
func whole(step plan.Step) error {
	switch {
	case step.Op != plan.Authorize && step.Op != plan.Modify && step.Op != plan.Revoke:
		return fmt.Errorf("applying a step: operation %q is unknown", step.Op)
	case step.Op != plan.Revoke && step.After == nil:
		return fmt.Errorf("applying a step: %s without the entry as it shall be", step.Op)
	case step.Op != plan.Authorize && (step.Before == nil || step.Before.SecurityGroupRuleId == nil):
		return fmt.Errorf("applying a step: %s without a rule id", step.Op)
	}
	return nil
}

// authorize creates one entry. One a call: tags of a call go to all the rules that it makes.
func (s Store) authorize(ctx context.Context, group string, e types.SecurityGroupRule) error {
	out, err := s.API.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId:           &group,
		IpPermissions:     []types.IpPermission{permission(e)},
		TagSpecifications: tags(e),
	})
	if err == nil && refused(out.Return) {
		err = errReturnFalse
	}
	if err != nil {
		return fmt.Errorf("authorizing %s in security group %s: %w", rules.Allowance(e), group, err)
	}
	return nil
}

// permission is an entry in the form that AuthorizeSecurityGroupIngress takes.
func permission(e types.SecurityGroupRule) types.IpPermission {
	p := types.IpPermission{IpProtocol: e.IpProtocol, FromPort: e.FromPort, ToPort: e.ToPort}
	if rules.Protocol(aws.ToString(e.IpProtocol)) == "-1" {
		p.FromPort, p.ToPort = nil, nil // an all-traffic rule is described with -1, and has no ports
	}
	switch {
	case e.CidrIpv4 != nil:
		p.IpRanges = []types.IpRange{{CidrIp: e.CidrIpv4, Description: e.Description}}
	case e.CidrIpv6 != nil:
		p.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: e.CidrIpv6, Description: e.Description}}
	case e.PrefixListId != nil:
		p.PrefixListIds = []types.PrefixListId{{PrefixListId: e.PrefixListId, Description: e.Description}}
	case e.ReferencedGroupInfo != nil:
		// The bare id, also of a group in a peered VPC: a name would mean the default VPC.
		p.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: e.ReferencedGroupInfo.GroupId, Description: e.Description}}
	}
	return p
}

// tags are an entry's tags for a new rule, those that AWS reserves left behind: EC2 refuses them.
func tags(e types.SecurityGroupRule) []types.TagSpecification {
	var kept []types.Tag
	for _, t := range e.Tags {
		if !strings.HasPrefix(strings.ToLower(aws.ToString(t.Key)), "aws:") {
			kept = append(kept, t)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return []types.TagSpecification{{ResourceType: types.ResourceTypeSecurityGroupRule, Tags: kept}}
}

// modify changes an entry in place: the id and the tags stay. The source and the description are sent always: EC2 asks for
// exactly one source, of the kind that the rule has, and the documentation does not say that a description left out is kept.
func (s Store) modify(ctx context.Context, group, id string, e types.SecurityGroupRule) error {
	want := &types.SecurityGroupRuleRequest{
		IpProtocol: e.IpProtocol, FromPort: e.FromPort, ToPort: e.ToPort, Description: e.Description,
		CidrIpv4: e.CidrIpv4, CidrIpv6: e.CidrIpv6, PrefixListId: e.PrefixListId,
	}
	if e.ReferencedGroupInfo != nil {
		want.ReferencedGroupId = e.ReferencedGroupInfo.GroupId
	}
	out, err := s.API.ModifySecurityGroupRules(ctx, &ec2.ModifySecurityGroupRulesInput{
		GroupId:            &group,
		SecurityGroupRules: []types.SecurityGroupRuleUpdate{{SecurityGroupRuleId: &id, SecurityGroupRule: want}},
	})
	if err == nil && refused(out.Return) {
		err = errReturnFalse
	}
	if err != nil {
		return fmt.Errorf("modifying rule %s of security group %s to %s: %w", id, group, rules.Allowance(e), err)
	}
	return nil
}

// revoke removes an entry by its id, never by its values: in a default VPC values that match nothing are no error.
func (s Store) revoke(ctx context.Context, group, id string) error {
	out, err := s.API.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{
		GroupId:              &group,
		SecurityGroupRuleIds: []string{id},
	})
	switch {
	case err != nil:
	case len(out.UnknownIpPermissions) > 0:
		err = errUnknownPermission
	case refused(out.Return):
		err = errReturnFalse
	}
	if err != nil {
		return fmt.Errorf("revoking rule %s of security group %s: %w", id, group, err)
	}
	return nil
}

var errReturnFalse = errors.New("EC2 answered without an error, and Return false")

func refused(answer *bool) bool { return answer != nil && !*answer }
