package ec2fake_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
)

// What moto lets through: rows E21, E30, E31 and E37 of docs/emulator.md.
func TestAuthorizeRefuses(t *testing.T) {
	long := strings.Repeat("x", 256)
	ok := from4(permission("tcp", 1, 2), "192.0.2.0/24")
	cases := map[string]struct {
		p    types.IpPermission
		tags []types.Tag
		want string
	}{
		"ports in the wrong order":        {p: from4(permission("tcp", 5, 2), "192.0.2.0/24"), want: "InvalidParameterValue"},
		"a port beyond 65535":             {p: from4(permission("udp", 1, 70000), "192.0.2.0/24"), want: "InvalidParameterValue"},
		"a negative port":                 {p: from4(permission("tcp", -1, -1), "192.0.2.0/24"), want: "InvalidParameterValue"},
		"tcp without ports":               {p: from4(types.IpPermission{IpProtocol: aws.String("tcp")}, "192.0.2.0/24"), want: "InvalidParameterValue"},
		"no protocol":                     {p: from4(types.IpPermission{}, "192.0.2.0/24"), want: "InvalidParameterValue"},
		"an icmp code without a type":     {p: from4(permission("icmp", -1, 3), "192.0.2.0/24"), want: "InvalidParameterValue"},
		"no source":                       {p: permission("tcp", 1, 2), want: "MissingParameter"},
		"an IPv6 range as IPv4":           {p: from4(permission("tcp", 1, 2), "2001:db8::/32"), want: "InvalidParameterValue"},
		"an IPv4 range as IPv6":           {p: from6(permission("tcp", 1, 2), "192.0.2.0/24"), want: "InvalidParameterValue"},
		"a prefix list that is not there": {p: fromList(permission("tcp", 1, 2), "pl-0123"), want: "InvalidPrefixListID.NotFound"},
		"a group that is no id":           {p: fromGroup(permission("tcp", 1, 2), "123456789012/sg-1", ""), want: "InvalidGroupId.Malformed"},
		"one source twice":                {p: from4(permission("tcp", 1, 2), "192.0.2.0/24", "192.0.2.9/24"), want: "InvalidParameterValue"},
		"a reserved tag":                  {p: ok, tags: []types.Tag{{Key: aws.String("aws:x"), Value: aws.String("y")}}, want: "InvalidParameterValue"},
		"a description with a tab":        {p: fromGroup(permission("tcp", 1, 2), "sg-1", "a\tb"), want: "InvalidParameterValue"},
		"a description that is too long":  {p: fromGroup(permission("tcp", 1, 2), "sg-1", long), want: "InvalidParameterValue"},
	}
	for name, k := range cases {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, ec2fake.Settings{})
			_, err := a.authorize(k.p, k.tags...)
			if code(err) != k.want {
				t.Errorf("answered %v, not %s", err, k.want)
			}
			if left := a.ingress(a.group); len(left) != 0 {
				t.Errorf("left %d entries", len(left))
			}
		})
	}
}

// Rows E32 and E37 of docs/emulator.md.
func TestEntriesAreCanonical(t *testing.T) {
	a := newAccount(t, ec2fake.Settings{})
	_, err := a.authorize(fromGroup(permission("tcp", 1, 2), a.friend, "one"))
	a.must(err)
	if _, err := a.authorize(fromGroup(permission("6", 1, 2), a.friend, "two")); code(err) != "InvalidPermission.Duplicate" {
		t.Errorf("the same with another description is answered with %v", err)
	}
	made, err := a.authorize(from6(types.IpPermission{IpProtocol: aws.String("58")}, "2001:DB8:0::7/32"))
	a.must(err)
	if r := made[0]; *r.IpProtocol != "icmpv6" || *r.FromPort != -1 || *r.ToPort != -1 || *r.CidrIpv6 != "2001:db8::/32" {
		t.Errorf("stored as %s %d %d %s", *r.IpProtocol, *r.FromPort, *r.ToPort, *r.CidrIpv6)
	}
	made, err = a.authorize(from4(permission("50", 7, 8), "192.0.2.0/24"))
	a.must(err)
	if r := made[0]; *r.IpProtocol != "50" || *r.FromPort != -1 {
		t.Errorf("a protocol without ports is stored with port %d", *r.FromPort)
	}
}

// Row E26 of docs/emulator.md: every kind of source into every other kind, and into another of its own.
func TestModifyKeepsTheKindOfSource(t *testing.T) {
	a := newAccount(t, ec2fake.Settings{})
	list, other := a.list("IPv4", 1), a.list("IPv4", 1)
	third := a.newGroup("third", a.vpc)
	p := permission("tcp", 1, 2)
	kinds := []struct {
		name string
		made types.IpPermission
		want types.SecurityGroupRuleRequest
	}{
		{"IPv4", from4(p, "192.0.2.0/24"), types.SecurityGroupRuleRequest{CidrIpv4: aws.String("198.51.100.0/24")}},
		{"IPv6", from6(p, "2001:db8::/32"), types.SecurityGroupRuleRequest{CidrIpv6: aws.String("2001:db9::/32")}},
		{"list", fromList(p, list), types.SecurityGroupRuleRequest{PrefixListId: &other}},
		{"group", fromGroup(p, a.friend, ""), types.SecurityGroupRuleRequest{ReferencedGroupId: &third}},
	}
	for _, is := range kinds {
		made, err := a.authorize(is.made)
		a.must(err)
		for _, wants := range kinds {
			want := wants.want
			want.IpProtocol, want.FromPort, want.ToPort = aws.String("tcp"), aws.Int32(1), aws.Int32(2)
			err := a.modify(*made[0].SecurityGroupRuleId, want)
			if is.name == wants.name && err != nil || is.name != wants.name && code(err) != "InvalidParameterValue" {
				t.Errorf("%s into %s is answered with %v", is.name, wants.name, err)
			}
		}
	}
}

func TestModifyRefuses(t *testing.T) {
	a := newAccount(t, ec2fake.Settings{})
	made, err := a.authorize(from4(permission("tcp", 1, 2), "192.0.2.0/24", "198.51.100.0/24"))
	a.must(err)
	id := *made[0].SecurityGroupRuleId
	request := func(from, to int32, cidr string) types.SecurityGroupRuleRequest {
		return types.SecurityGroupRuleRequest{IpProtocol: aws.String("tcp"), FromPort: &from, ToPort: &to, CidrIpv4: &cidr}
	}
	cases := map[string]struct {
		id   string
		want types.SecurityGroupRuleRequest
		code string
	}{
		"what another entry is":  {id, request(1, 2, "198.51.100.0/24"), "InvalidPermission.Duplicate"},
		"host bits":              {id, request(1, 2, "192.0.2.1/24"), "InvalidParameterValue"},
		"ports in wrong order":   {id, request(2, 1, "192.0.2.0/24"), "InvalidParameterValue"},
		"no id":                  {"rule", request(1, 2, "192.0.2.0/24"), "InvalidSecurityGroupRuleId.Malformed"},
		"an id that nothing has": {"sgr-0fedcba9876543210", request(1, 2, "192.0.2.0/24"), "InvalidSecurityGroupRuleId.NotFound"},
	}
	for name, k := range cases {
		if err := a.modify(k.id, k.want); code(err) != k.code {
			t.Errorf("%s: answered %v, not %s", name, err, k.code)
		}
	}
}

// Rows E24 and E27 of docs/emulator.md.
func TestRevoke(t *testing.T) {
	a := newAccount(t, ec2fake.Settings{})
	_, err := a.RevokeSecurityGroupIngress(t.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &a.group, SecurityGroupRuleIds: []string{"sgr-0fedcba9876543210"}})
	if code(err) != "InvalidSecurityGroupRuleId.NotFound" {
		t.Errorf("an unknown id is answered with %v", err)
	}
	a.group = a.newGroup("forgiving", "")
	_, err = a.authorize(from4(permission("tcp", 1, 2), "192.0.2.0/24"))
	a.must(err)
	out, err := a.RevokeSecurityGroupIngress(t.Context(), &ec2.RevokeSecurityGroupIngressInput{
		GroupName: aws.String("forgiving"), IpPermissions: []types.IpPermission{from4(permission("tcp", 1, 2), "198.51.100.0/24", "192.0.2.0/24")},
	})
	a.must(err)
	if len(out.UnknownIpPermissions) != 1 || len(out.RevokedSecurityGroupRules) != 1 || len(a.ingress(a.group)) != 0 {
		t.Errorf("answered %+v", out)
	}
}

// Row E25 of docs/emulator.md.
func TestQuota(t *testing.T) {
	const limit = "RulesPerSecurityGroupLimitExceeded"
	a := newAccount(t, ec2fake.Settings{Quota: 5})
	three, two := a.list("IPv4", 3), a.list("IPv6", 5)
	steps := []struct {
		name string
		p    types.IpPermission
		want string
	}{
		{"an IPv4 list of 3", fromList(permission("tcp", 1, 1), three), ""},
		{"another of 3", fromList(permission("tcp", 2, 2), three), limit},
		{"an IPv4 range", from4(permission("tcp", 1, 1), "192.0.2.0/24"), ""},
		{"an IPv6 list of 5", fromList(permission("tcp", 1, 1), two), ""},
		{"a group, which counts in both", fromGroup(permission("tcp", 1, 1), a.friend, ""), limit},
		{"an IPv6 range", from6(permission("tcp", 1, 1), "2001:db8::/32"), limit},
		{"the last IPv4 range", from4(permission("tcp", 2, 2), "192.0.2.0/24"), ""},
		{"one more", from4(permission("tcp", 3, 3), "192.0.2.0/24"), limit},
	}
	for _, s := range steps {
		if _, err := a.authorize(s.p); code(err) != s.want {
			t.Errorf("%s: answered %v, not %q", s.name, err, s.want)
		}
	}
}

// Rows E28 and E29 of docs/emulator.md.
func TestDefaultGroups(t *testing.T) {
	a := newAccount(t, ec2fake.Settings{})
	out, err := a.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{GroupNames: []string{"default"}})
	a.must(err)
	if len(out.SecurityGroups) != 1 || *out.SecurityGroups[0].VpcId != ec2fake.DefaultVPC {
		t.Fatalf("found %+v", out.SecurityGroups)
	}
	id := *out.SecurityGroups[0].GroupId
	if in := a.ingress(id); len(in) != 1 || *in[0].IpProtocol != "-1" || *in[0].ReferencedGroupInfo.GroupId != id {
		t.Errorf("lets in %+v", in)
	}
	_, err = a.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{GroupNames: []string{"router"}})
	if code(err) != "InvalidGroup.NotFound" {
		t.Errorf("a name of another VPC is answered with %v", err)
	}
}

// Row E34 of docs/emulator.md.
func TestDeletingGroupsInUse(t *testing.T) {
	a := newAccount(t, ec2fake.Settings{})
	_, err := a.authorize(fromGroup(permission("tcp", 1, 1), a.friend, ""))
	a.must(err)
	subnet, err := a.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{VpcId: &a.vpc})
	a.must(err)
	_, err = a.CreateNetworkInterface(t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: subnet.Subnet.SubnetId, Groups: []string{a.group}})
	a.must(err)
	for _, id := range []string{a.group, a.friend} {
		if _, err := a.DeleteSecurityGroup(t.Context(), &ec2.DeleteSecurityGroupInput{GroupId: &id}); code(err) != "DependencyViolation" {
			t.Errorf("deleting %s is answered with %v", id, err)
		}
	}
	third := a.newGroup("third", a.vpc)
	_, err = a.DeleteSecurityGroup(t.Context(), &ec2.DeleteSecurityGroupInput{GroupId: &third})
	a.must(err)
}
