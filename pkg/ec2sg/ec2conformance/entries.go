package ec2conformance

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Ids in AWS's form that nothing has.
const (
	noGroup = "sg-0fedcba9876543210"
	noRule  = "sgr-0fedcba9876543210"
)

// kind is a kind of source.
type kind struct {
	name string
	// put gives an entry this place's source of the kind.
	put func(*place, *types.SecurityGroupRule)
	// undescribed is the row of docs/emulator.md for those whose description moto loses.
	undescribed string
}

func kinds() []kind {
	return []kind{
		{name: "IPv4 range", put: func(_ *place, e *types.SecurityGroupRule) { e.CidrIpv4 = aws.String("198.51.100.0/24") }},
		{name: "IPv6 range", put: func(_ *place, e *types.SecurityGroupRule) { e.CidrIpv6 = aws.String("2001:db8::/32") }},
		{name: "prefix list", put: func(p *place, e *types.SecurityGroupRule) { e.PrefixListId = &p.list }, undescribed: "E22"},
		{name: "group", put: func(p *place, e *types.SecurityGroupRule) {
			e.ReferencedGroupInfo = &types.ReferencedSecurityGroup{GroupId: &p.friend}
		}, undescribed: "E22"},
	}
}

// tcp is an entry without a source.
func tcp(from, to int32) types.SecurityGroupRule {
	return types.SecurityGroupRule{IpProtocol: aws.String("tcp"), FromPort: &from, ToPort: &to}
}

// from4 is an entry from an IPv4 range.
func from4(e types.SecurityGroupRule, cidr string) types.SecurityGroupRule {
	e.CidrIpv4 = &cidr
	return e
}

// from6 is an entry from 2001:db8::/32.
func from6(e types.SecurityGroupRule) types.SecurityGroupRule {
	e.CidrIpv6 = aws.String("2001:db8::/32")
	return e
}

// all is an entry for all traffic from 192.0.2.0/24, as it is described: with ports -1.
func all() types.SecurityGroupRule {
	return types.SecurityGroupRule{IpProtocol: aws.String("-1"), FromPort: aws.Int32(-1), ToPort: aws.Int32(-1), CidrIpv4: aws.String("192.0.2.0/24")}
}

// ranged is an entry with other ports.
func ranged(e types.SecurityGroupRule, from, to int32) types.SecurityGroupRule {
	e.FromPort, e.ToPort = &from, &to
	return e
}

func described(e types.SecurityGroupRule, text string) types.SecurityGroupRule {
	e.Description = &text
	return e
}

func tagged(e types.SecurityGroupRule, key, value string) types.SecurityGroupRule {
	e.Tags = append(slices.Clip(e.Tags), types.Tag{Key: &key, Value: &value})
	return e
}

func allowances(g rules.Group) []string {
	var texts []string
	for _, e := range g.Entries {
		texts = append(texts, rules.Allowance(e))
	}
	return texts
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func tagTexts(tags []types.Tag) []string {
	var texts []string
	for _, t := range tags {
		texts = append(texts, *t.Key+"="+*t.Value)
	}
	return texts
}
