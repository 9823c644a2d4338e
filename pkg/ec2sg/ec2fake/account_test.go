package ec2fake_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
)

// account is a fake with a group outside the default VPC.
type account struct {
	*testing.T
	*ec2fake.Cloud
	vpc, group, friend string
}

func newAccount(t *testing.T, s ec2fake.Settings) account {
	t.Helper()
	a := account{T: t, Cloud: ec2fake.New(s)}
	vpc, err := a.CreateVpc(t.Context(), &ec2.CreateVpcInput{})
	a.must(err)
	a.vpc = *vpc.Vpc.VpcId
	a.group, a.friend = a.newGroup("router", a.vpc), a.newGroup("friend", a.vpc)
	a.Forget()
	return a
}

func (a account) must(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

func (a account) newGroup(name, vpc string) string {
	a.Helper()
	in := &ec2.CreateSecurityGroupInput{GroupName: &name, Description: aws.String("of the tests")}
	if vpc != "" {
		in.VpcId = &vpc
	}
	out, err := a.CreateSecurityGroup(a.Context(), in)
	a.must(err)
	return *out.GroupId
}

func (a account) list(family string, entries int32) string {
	a.Helper()
	out, err := a.CreateManagedPrefixList(a.Context(), &ec2.CreateManagedPrefixListInput{AddressFamily: &family, MaxEntries: &entries})
	a.must(err)
	return *out.PrefixList.PrefixListId
}

// authorize sends one permission and returns the rules that it made.
func (a account) authorize(p types.IpPermission, tags ...types.Tag) ([]types.SecurityGroupRule, error) {
	in := &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &a.group, IpPermissions: []types.IpPermission{p}}
	if len(tags) > 0 {
		in.TagSpecifications = []types.TagSpecification{{ResourceType: types.ResourceTypeSecurityGroupRule, Tags: tags}}
	}
	out, err := a.AuthorizeSecurityGroupIngress(a.Context(), in)
	if err != nil {
		return nil, err
	}
	return out.SecurityGroupRules, nil
}

func (a account) modify(id string, want types.SecurityGroupRuleRequest) error {
	_, err := a.ModifySecurityGroupRules(a.Context(), &ec2.ModifySecurityGroupRulesInput{
		GroupId: &a.group, SecurityGroupRules: []types.SecurityGroupRuleUpdate{{SecurityGroupRuleId: &id, SecurityGroupRule: &want}},
	})
	return err
}

// ingress are the ingress entries of a group.
func (a account) ingress(group string) []types.SecurityGroupRule {
	a.Helper()
	out, err := a.Other().DescribeSecurityGroupRules(a.Context(), &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{group}}},
	})
	a.must(err)
	var found []types.SecurityGroupRule
	for _, r := range out.SecurityGroupRules {
		if !*r.IsEgress {
			found = append(found, r)
		}
	}
	return found
}

func code(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return ""
	}
	return api.ErrorCode()
}

func permission(protocol string, from, to int32) types.IpPermission {
	return types.IpPermission{IpProtocol: &protocol, FromPort: &from, ToPort: &to}
}

func from4(p types.IpPermission, cidrs ...string) types.IpPermission {
	for _, c := range cidrs {
		p.IpRanges = append(p.IpRanges, types.IpRange{CidrIp: &c})
	}
	return p
}

func from6(p types.IpPermission, cidr string) types.IpPermission {
	p.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: &cidr}}
	return p
}

func fromList(p types.IpPermission, id string) types.IpPermission {
	p.PrefixListIds = []types.PrefixListId{{PrefixListId: &id}}
	return p
}

func fromGroup(p types.IpPermission, id, description string) types.IpPermission {
	p.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: &id, Description: &description}}
	return p
}
