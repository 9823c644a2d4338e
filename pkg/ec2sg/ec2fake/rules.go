package ec2fake

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// AuthorizeSecurityGroupIngress adds entries, all of them or none.
func (c *Cloud) AuthorizeSecurityGroupIngress(ctx context.Context, in *ec2.AuthorizeSecurityGroupIngressInput, _ ...func(*ec2.Options)) (*ec2.AuthorizeSecurityGroupIngressOutput, error) {
	return run(ctx, c, call[ec2.AuthorizeSecurityGroupIngressOutput]{"AuthorizeSecurityGroupIngress", in, func(w *world) (*ec2.AuthorizeSecurityGroupIngressOutput, error) {
		g, err := w.named(in.GroupId, in.GroupName)
		if err != nil {
			return nil, err
		}
		tags, err := tagsOf(in.TagSpecifications, types.ResourceTypeSecurityGroupRule)
		if err != nil {
			return nil, err
		}
		added, err := w.spell(g, permissionsOf(*in))
		if err != nil {
			return nil, err
		}
		if err := once(added); err != nil {
			return nil, err
		}
		for i := range added {
			w.identify(&added[i])
			added[i].Tags = tags
		}
		if err := g.take(append(slices.Clip(g.rules), added...)); err != nil {
			return nil, err
		}
		return &ec2.AuthorizeSecurityGroupIngressOutput{Return: aws.Bool(true), SecurityGroupRules: owned(added)}, w.within(g, c.quota())
	}})
}

// ModifySecurityGroupRules changes rules in place, all of them or none. An id, tags and the kind of source stay.
func (c *Cloud) ModifySecurityGroupRules(ctx context.Context, in *ec2.ModifySecurityGroupRulesInput, _ ...func(*ec2.Options)) (*ec2.ModifySecurityGroupRulesOutput, error) {
	return run(ctx, c, call[ec2.ModifySecurityGroupRulesOutput]{"ModifySecurityGroupRules", in, func(w *world) (*ec2.ModifySecurityGroupRulesOutput, error) {
		g, err := w.named(in.GroupId, nil)
		if err != nil {
			return nil, err
		}
		if len(in.SecurityGroupRules) == 0 {
			return nil, Refusal("MissingParameter", "The request must contain the parameter SecurityGroupRules")
		}
		next := slices.Clone(g.rules)
		for _, u := range in.SecurityGroupRules {
			i, err := g.index(aws.ToString(u.SecurityGroupRuleId))
			if err != nil {
				return nil, err
			}
			if next[i], err = w.modified(next[i], u.SecurityGroupRule); err != nil {
				return nil, err
			}
		}
		if err := g.take(next); err != nil {
			return nil, err
		}
		return &ec2.ModifySecurityGroupRulesOutput{Return: aws.Bool(true)}, w.within(g, c.quota())
	}})
}

// modified is a rule as an update wants it. Assumed, since the documentation is silent: a description left out is dropped.
func (w *world) modified(r types.SecurityGroupRule, want *types.SecurityGroupRuleRequest) (types.SecurityGroupRule, error) {
	if want == nil {
		return r, Refusal("MissingParameter", "The request must contain the parameter SecurityGroupRule")
	}
	s := source{v4: want.CidrIpv4, v6: want.CidrIpv6, list: want.PrefixListId, group: want.ReferencedGroupId, description: want.Description}
	if err := oneKind(r, s); err != nil {
		return r, err
	}
	r.IpProtocol, r.FromPort, r.ToPort = want.IpProtocol, want.FromPort, want.ToPort
	r, err := ported(r)
	if err != nil {
		return r, err
	}
	return r, w.source(&r, s, false)
}

// oneKind refuses no source, several, and one of another kind than the rule has. The messages are AWS's (getmoto/moto pull request
// 8917, validated against AWS; "You may not specify a referenced group id for an existing IPv4 CIDR rule." in many reports).
func oneKind(r types.SecurityGroupRule, s source) error {
	has := []bool{r.CidrIpv4 != nil, r.CidrIpv6 != nil, r.PrefixListId != nil, r.ReferencedGroupInfo != nil}
	wants := []bool{s.v4 != nil, s.v6 != nil, s.list != nil, s.group != nil}
	names := []string{"CidrIpv4", "CidrIpv6", "a prefix list", "a referenced group id"}
	kinds := []string{"IPv4 CIDR", "IPv6 CIDR", "prefix list", "referenced group"}
	given, is := slices.Index(wants, true), slices.Index(has, true)
	switch {
	case given < 0:
		return Refusal("MissingParameter", "The request must contain exactly one of: cidrIp, cidrIpv6, prefixListId, or referencedGroupId")
	case slices.Index(wants[given+1:], true) >= 0:
		return Refusal("InvalidParameterCombination", "Only one of cidrIp, cidrIpv6, prefixListId, or referencedGroupId can be specified")
	case given != is:
		return invalidf("Invalid rule type for security group rule '%s'. You may not specify %s for an existing %s rule.", *r.SecurityGroupRuleId, names[given], kinds[is])
	}
	return nil
}

// DescribeSecurityGroupRules lists rules, ingress and egress.
func (c *Cloud) DescribeSecurityGroupRules(ctx context.Context, in *ec2.DescribeSecurityGroupRulesInput, _ ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupRulesOutput, error) {
	return run(ctx, c, call[ec2.DescribeSecurityGroupRulesOutput]{"DescribeSecurityGroupRules", in, func(w *world) (*ec2.DescribeSecurityGroupRulesOutput, error) {
		var all []types.SecurityGroupRule
		for i := range w.groups {
			all = append(all, w.groups[i].rules...)
		}
		id := func(r types.SecurityGroupRule) string { return *r.SecurityGroupRuleId }
		all, err := byID(all, in.SecurityGroupRuleIds, id, noRule)
		if err != nil {
			return nil, err
		}
		all, err = filtered(all, in.Filters, map[string]func(types.SecurityGroupRule) []string{
			"group-id":               func(r types.SecurityGroupRule) []string { return []string{*r.GroupId} },
			"security-group-rule-id": func(r types.SecurityGroupRule) []string { return []string{id(r)} },
		}, func(r types.SecurityGroupRule) []types.Tag { return r.Tags })
		if err != nil {
			return nil, err
		}
		page, next, err := c.page(in.MaxResults, in.NextToken, len(all))
		if err != nil {
			return nil, err
		}
		return &ec2.DescribeSecurityGroupRulesOutput{SecurityGroupRules: owned(all[page.from:page.to]), NextToken: next}, nil
	}})
}

func owned(all []types.SecurityGroupRule) []types.SecurityGroupRule {
	out := make([]types.SecurityGroupRule, len(all))
	for i, r := range all {
		out[i] = own(r)
	}
	return out
}

// identify gives a new rule its id.
func (w *world) identify(r *types.SecurityGroupRule) {
	id := w.id("sgr")
	arn := fmt.Sprintf("arn:aws:ec2:us-east-1:%s:security-group-rule/%s", Owner, id)
	r.SecurityGroupRuleId, r.SecurityGroupRuleArn = &id, &arn
}

// index finds a rule of the group by its id.
func (g *group) index(id string) (int, error) {
	i := slices.IndexFunc(g.rules, func(r types.SecurityGroupRule) bool { return *r.SecurityGroupRuleId == id })
	if i < 0 {
		return 0, noRule(id)
	}
	return i, nil
}

func noRule(id string) error {
	if !strings.HasPrefix(id, "sgr-") {
		return Refusal("InvalidSecurityGroupRuleId.Malformed", "Invalid id: \""+id+"\" (expecting \"sgr-...\")")
	}
	return Refusal("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '"+id+"' does not exist")
}

// once refuses a call that says one thing twice ("The same permission must not appear multiple times": input-output-hk/bitte
// pull request 24, seen on AWS).
func once(added []types.SecurityGroupRule) error {
	seen := map[string]bool{}
	for _, e := range added {
		if seen[rules.Allowance(e)] {
			return invalidf("The same permission must not appear multiple times")
		}
		seen[rules.Allowance(e)] = true
	}
	return nil
}

// take makes these the group's rules. No two may allow the same, whatever their descriptions: there is one entry for each
// direction, protocol, range and source.
func (g *group) take(next []types.SecurityGroupRule) error {
	seen := map[string]bool{}
	for _, r := range next {
		key := fmt.Sprint(*r.IsEgress, " ", rules.Allowance(r))
		if seen[key] {
			return Refusal("InvalidPermission.Duplicate", fmt.Sprintf("the specified rule \"%s, ALLOW\" already exists", rules.Allowance(r)))
		}
		seen[key] = true
	}
	g.rules = next
	return nil
}

// within refuses a group whose ingress entries exceed the quota of a family. An IPv4 range counts in one, an IPv6 range in the
// other, a group in both, a prefix list in its family with the most entries it may have (VPC guide, "Amazon VPC quotas").
func (w *world) within(g *group, quota int) error {
	v4, v6 := 0, 0
	for _, r := range g.rules {
		switch {
		case *r.IsEgress:
		case r.CidrIpv4 != nil:
			v4++
		case r.CidrIpv6 != nil:
			v6++
		case r.ReferencedGroupInfo != nil:
			v4, v6 = v4+1, v6+1
		default:
			l, err := w.list(*r.PrefixListId)
			if err != nil {
				return err
			}
			if aws.ToString(l.AddressFamily) == "IPv6" {
				v6 += int(*l.MaxEntries)
			} else {
				v4 += int(*l.MaxEntries)
			}
		}
	}
	if max(v4, v6) > quota {
		return Refusal("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.")
	}
	return nil
}
