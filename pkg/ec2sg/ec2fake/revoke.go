package ec2fake

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// RevokeSecurityGroupIngress removes entries, by id or by values. Values that match nothing fail the whole call, in the default
// VPC they are listed in UnknownIpPermissions and the others are revoked (SDK documentation of the call). An unknown id fails
// the whole call; assumed of the default VPC too, since the documentation speaks of values.
func (c *Cloud) RevokeSecurityGroupIngress(ctx context.Context, in *ec2.RevokeSecurityGroupIngressInput, _ ...func(*ec2.Options)) (*ec2.RevokeSecurityGroupIngressOutput, error) {
	return run(ctx, c, call[ec2.RevokeSecurityGroupIngressOutput]{"RevokeSecurityGroupIngress", in, func(w *world) (*ec2.RevokeSecurityGroupIngressOutput, error) {
		g, err := w.named(in.GroupId, in.GroupName)
		if err != nil {
			return nil, err
		}
		permissions := permissionsOf(ec2.AuthorizeSecurityGroupIngressInput{
			CidrIp: in.CidrIp, IpProtocol: in.IpProtocol, FromPort: in.FromPort, ToPort: in.ToPort, IpPermissions: in.IpPermissions,
		})
		if len(permissions) > 0 && len(in.SecurityGroupRuleIds) > 0 {
			return nil, Refusal("InvalidParameterCombination", "The parameters ipPermissions and securityGroupRuleIds may not be used together")
		}
		if len(permissions)+len(in.SecurityGroupRuleIds) == 0 {
			return nil, Refusal("MissingParameter", "The request must contain rules to revoke")
		}
		out := &ec2.RevokeSecurityGroupIngressOutput{Return: aws.Bool(true)}
		for _, id := range in.SecurityGroupRuleIds {
			if err := g.revoke(id, out); err != nil {
				return nil, err
			}
		}
		return out, w.revokeValues(g, permissions, out)
	}})
}

// revoke removes an ingress rule by its id.
func (g *group) revoke(id string, out *ec2.RevokeSecurityGroupIngressOutput) error {
	i, err := g.index(id)
	if err != nil {
		return err
	}
	r := g.rules[i]
	if *r.IsEgress {
		return noRule(id)
	}
	g.rules = slices.Delete(g.rules, i, i+1)
	gone := types.RevokedSecurityGroupRule{
		CidrIpv4: r.CidrIpv4, CidrIpv6: r.CidrIpv6, PrefixListId: r.PrefixListId, Description: r.Description,
		FromPort: r.FromPort, ToPort: r.ToPort, GroupId: r.GroupId, IpProtocol: r.IpProtocol, IsEgress: r.IsEgress, SecurityGroupRuleId: &id,
	}
	if r.ReferencedGroupInfo != nil {
		gone.ReferencedGroupId = r.ReferencedGroupInfo.GroupId
	}
	out.RevokedSecurityGroupRules = append(out.RevokedSecurityGroupRules, gone)
	return nil
}

// revokeValues removes the rules that match permissions exactly, descriptions apart.
func (w *world) revokeValues(g *group, permissions []types.IpPermission, out *ec2.RevokeSecurityGroupIngressOutput) error {
	for _, one := range apart(permissions) {
		entries, err := w.spell(g, []types.IpPermission{one})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(g.rules, func(r types.SecurityGroupRule) bool {
			return !*r.IsEgress && rules.Allowance(r) == rules.Allowance(entries[0])
		})
		switch {
		case i >= 0:
			if err := g.revoke(*g.rules[i].SecurityGroupRuleId, out); err != nil {
				return err
			}
		case w.isDefault(g):
			out.UnknownIpPermissions = append(out.UnknownIpPermissions, one)
		default:
			return Refusal("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
		}
	}
	return nil
}

// apart splits permissions into permissions with one source each.
func apart(permissions []types.IpPermission) []types.IpPermission {
	var all []types.IpPermission
	for _, p := range permissions {
		bare := types.IpPermission{IpProtocol: p.IpProtocol, FromPort: p.FromPort, ToPort: p.ToPort}
		if len(sourcesOf(p)) == 0 {
			all = append(all, bare)
		}
		for _, r := range p.IpRanges {
			one := bare
			one.IpRanges = []types.IpRange{r}
			all = append(all, one)
		}
		for _, r := range p.Ipv6Ranges {
			one := bare
			one.Ipv6Ranges = []types.Ipv6Range{r}
			all = append(all, one)
		}
		for _, r := range p.PrefixListIds {
			one := bare
			one.PrefixListIds = []types.PrefixListId{r}
			all = append(all, one)
		}
		for _, r := range p.UserIdGroupPairs {
			one := bare
			one.UserIdGroupPairs = []types.UserIdGroupPair{r}
			all = append(all, one)
		}
	}
	return all
}
