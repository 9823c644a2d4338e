package ec2conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/plan"
)

func readCases() []Case {
	return []Case{
		{Name: "reading a group gives id, name, VPC and owner", run: func(p *place) {
			g := p.read()
			if g.ID != p.group || g.Name != "router" || g.VPC != p.vpc || len(g.Owner) != 12 {
				p.Errorf("read %+v", g)
			}
		}},
		{Name: "reading a new group gives no entries: egress is left out", run: func(p *place) {
			p.has()
		}},
		{Name: "reading a group that is not there is not found", run: func(p *place) {
			_, err := p.store.Group(p.Context(), noGroup)
			p.refused(ec2sg.IsNotFound, err)
		}},
		{Name: "reading what cannot be a group's id is not found", run: func(p *place) {
			_, err := p.store.Group(p.Context(), "router")
			p.refused(ec2sg.IsNotFound, err)
		}},
		{Name: "reading gives all of many entries, sorted by id", run: func(p *place) {
			for i := range int32(25) {
				p.must(p.authorize(from4(tcp(i, i), "192.0.2.0/24")))
			}
			g := p.read()
			ordered := slices.IsSortedFunc(g.Entries, func(a, b types.SecurityGroupRule) int {
				return strings.Compare(*a.SecurityGroupRuleId, *b.SecurityGroupRuleId)
			})
			if len(g.Entries) != 25 || !ordered {
				p.Errorf("%d entries, sorted: %v", len(g.Entries), ordered)
			}
		}},
		{Name: "reading leaves the entries of other groups out", run: func(p *place) {
			e := from4(tcp(1, 2), "192.0.2.0/24")
			p.must(p.store.Apply(p.Context(), p.friend, plan.Step{Op: plan.Authorize, After: &e}))
			p.has()
		}},
		{Name: "every entry has an id and a group", run: func(p *place) {
			e := p.add(from4(tcp(1, 2), "192.0.2.0/24"))
			if !strings.HasPrefix(*e.SecurityGroupRuleId, "sgr-") || aws.ToString(e.GroupId) != p.group || aws.ToBool(e.IsEgress) {
				p.Errorf("entry %+v", e)
			}
		}},
		{Name: "a name finds the group of the default VPC", run: func(p *place) {
			name := "by-name-" + p.vpc
			want := p.newGroup(name, "")
			got, err := p.store.GroupID(p.Context(), name)
			p.must(err)
			if got != want {
				p.Errorf("found %s, not %s", got, want)
			}
		}},
		{Name: "a name that nothing has is not found", run: func(p *place) {
			_, err := p.store.GroupID(p.Context(), "nothing-has-this-name")
			p.refused(ec2sg.IsNotFound, err)
		}},
		{Name: "a VPC has a default group of its own", run: func(p *place) {
			id, err := p.store.DefaultGroup(p.Context(), p.vpc)
			p.must(err)
			g, err := p.store.Group(p.Context(), id)
			p.must(err)
			if g.Name != "default" || g.VPC != p.vpc {
				p.Errorf("found %+v", g)
			}
		}},
		{Name: "a VPC that is not there has no default group", run: func(p *place) {
			_, err := p.store.DefaultGroup(p.Context(), "vpc-0fedcba9876543210")
			p.refused(ec2sg.IsNotFound, err)
		}},
		{Name: "rules are found by their ids", run: func(p *place) {
			e := p.add(from4(tcp(1, 2), "192.0.2.0/24"))
			out, err := p.DescribeSecurityGroupRules(p.Context(), &ec2.DescribeSecurityGroupRulesInput{SecurityGroupRuleIds: []string{*e.SecurityGroupRuleId}})
			p.must(err)
			if len(out.SecurityGroupRules) != 1 {
				p.Errorf("found %d", len(out.SecurityGroupRules))
			}
			_, err = p.DescribeSecurityGroupRules(p.Context(), &ec2.DescribeSecurityGroupRulesInput{SecurityGroupRuleIds: []string{noRule}})
			p.refused(ec2sg.IsNotFound, err)
		}},
		{Name: "each kind of step shows once it is made", run: func(p *place) {
			e := from4(tcp(24000, 25000), "192.0.2.0/24")
			p.settles(plan.Step{Op: plan.Authorize, After: &e})
			was := p.only()
			narrow := ranged(was, 24000, 24223)
			p.settles(plan.Step{Op: plan.Modify, Before: &was, After: &narrow})
			p.settles(plan.Step{Op: plan.Revoke, Before: &was})
		}},
	}
}

// settles makes a step that does not show before, and does after.
func (p *place) settles(step plan.Step) {
	p.Helper()
	for _, want := range []bool{false, true} {
		_, shows, err := p.store.Settled(p.Context(), p.group, step)
		p.must(err)
		if shows != want {
			p.Errorf("%s shows: %v, not %v", step.Op, shows, want)
		}
		if !want {
			p.must(p.store.Apply(p.Context(), p.group, step))
		}
	}
}

func networkCases() []Case {
	return []Case{
		{Name: "a subnet names its VPC", run: func(p *place) {
			out, err := p.DescribeSubnets(p.Context(), &ec2.DescribeSubnetsInput{SubnetIds: []string{p.subnet()}})
			p.must(err)
			if len(out.Subnets) != 1 || aws.ToString(out.Subnets[0].VpcId) != p.vpc {
				p.Errorf("found %+v", out.Subnets)
			}
		}},
		{Name: "subnets are found by their VPC", run: func(p *place) {
			want := p.subnet()
			out, err := p.DescribeSubnets(p.Context(), &ec2.DescribeSubnetsInput{Filters: filter("vpc-id", p.vpc)})
			p.must(err)
			if len(out.Subnets) != 1 || *out.Subnets[0].SubnetId != want {
				p.Errorf("found %+v", out.Subnets)
			}
		}},
		{Name: "a subnet that is not there is an error", run: func(p *place) {
			_, err := p.DescribeSubnets(p.Context(), &ec2.DescribeSubnetsInput{SubnetIds: []string{"subnet-0fedcba9876543210"}})
			if err == nil {
				p.Error("was found")
			}
		}},
		{Name: "interfaces are found by their group", run: func(p *place) {
			want := p.networkInterface(p.group)
			p.networkInterface(p.friend)
			out, err := p.DescribeNetworkInterfaces(p.Context(), &ec2.DescribeNetworkInterfacesInput{Filters: filter("group-id", p.group)})
			p.must(err)
			if len(out.NetworkInterfaces) != 1 || *out.NetworkInterfaces[0].NetworkInterfaceId != want {
				p.Errorf("found %+v", out.NetworkInterfaces)
			}
		}},
		{Name: "an interface names its groups, VPC and description", run: func(p *place) {
			id := p.networkInterface(p.group)
			out, err := p.DescribeNetworkInterfaces(p.Context(), &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{id}})
			p.must(err)
			i := out.NetworkInterfaces[0]
			got := fmt.Sprint(aws.ToString(i.VpcId), " ", aws.ToString(i.Description), " ", aws.ToString(i.Groups[0].GroupId))
			if want := p.vpc + " of the suite " + p.group; got != want {
				p.Errorf("found %s, not %s", got, want)
			}
		}},
		{Name: "an interface that is not there is an error", run: func(p *place) {
			_, err := p.DescribeNetworkInterfaces(p.Context(), &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{"eni-0fedcba9876543210"}})
			if err == nil {
				p.Error("was found")
			}
		}},
	}
}

func filter(name string, values ...string) []types.Filter {
	return []types.Filter{{Name: &name, Values: values}}
}

func (p *place) subnet() string {
	p.Helper()
	out, err := p.CreateSubnet(p.Context(), &ec2.CreateSubnetInput{VpcId: &p.vpc, CidrBlock: aws.String("10.0.1.0/24")})
	p.must(err)
	return *out.Subnet.SubnetId
}

func (p *place) networkInterface(group string) string {
	p.Helper()
	found, err := p.DescribeSubnets(p.Context(), &ec2.DescribeSubnetsInput{Filters: filter("vpc-id", p.vpc)})
	p.must(err)
	var subnet string
	if len(found.Subnets) == 0 {
		subnet = p.subnet()
	} else {
		subnet = *found.Subnets[0].SubnetId
	}
	out, err := p.CreateNetworkInterface(p.Context(), &ec2.CreateNetworkInterfaceInput{
		SubnetId: &subnet, Groups: []string{group}, Description: aws.String("of the suite"),
	})
	p.must(err)
	return *out.NetworkInterface.NetworkInterfaceId
}
