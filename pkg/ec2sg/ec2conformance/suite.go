// Package ec2conformance is the suite that says what pkg/ec2sg expects of EC2. It runs on the strict fake and on the local
// cloud's moto: the same cases, so that what unit tests rest on is what a server answers too.
//
// A case in which moto is known to differ names its row of docs/emulator.md and is skipped there, and only there.
package ec2conformance

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

// Client is what the suite needs: what it tests, what it builds with, and what it looks with. *ec2.Client and *ec2fake.Cloud
// are clients.
type Client interface {
	ec2sg.API
	Builder
	Network
}

// Builder makes what a case needs.
type Builder interface {
	CreateVpc(context.Context, *ec2.CreateVpcInput, ...func(*ec2.Options)) (*ec2.CreateVpcOutput, error)
	CreateSubnet(context.Context, *ec2.CreateSubnetInput, ...func(*ec2.Options)) (*ec2.CreateSubnetOutput, error)
	CreateSecurityGroup(context.Context, *ec2.CreateSecurityGroupInput, ...func(*ec2.Options)) (*ec2.CreateSecurityGroupOutput, error)
	CreateManagedPrefixList(context.Context, *ec2.CreateManagedPrefixListInput, ...func(*ec2.Options)) (*ec2.CreateManagedPrefixListOutput, error)
	CreateNetworkInterface(context.Context, *ec2.CreateNetworkInterfaceInput, ...func(*ec2.Options)) (*ec2.CreateNetworkInterfaceOutput, error)
}

// Network is what an inventory reads.
type Network interface {
	DescribeSubnets(context.Context, *ec2.DescribeSubnetsInput, ...func(*ec2.Options)) (*ec2.DescribeSubnetsOutput, error)
	DescribeNetworkInterfaces(context.Context, *ec2.DescribeNetworkInterfacesInput, ...func(*ec2.Options)) (*ec2.DescribeNetworkInterfacesOutput, error)
}

// Trait is what a client's other end is known for.
type Trait string

// Moto is a client's trait whose other end is moto.
const Moto Trait = "moto"

// Case is one thing that EC2 does.
type Case struct {
	Name string
	// Row is the row of docs/emulator.md that says how moto differs; empty where it does not.
	Row string
	run func(*place)
}

// Cases are all cases, by what they are about.
func Cases() []Case {
	var all []Case
	for _, some := range [][]Case{readCases(), sourceCases(), authorizeCases(), modifyCases(), revokeCases(), quotaCases(), networkCases()} {
		all = append(all, some...)
	}
	return all
}

// Run runs every case, each in a VPC of its own.
func Run(t *testing.T, c Client, traits ...Trait) {
	moto := len(traits) > 0 && traits[0] == Moto
	for _, k := range Cases() {
		t.Run(k.Name, func(t *testing.T) {
			if moto && k.Row != "" {
				t.Skipf("moto differs: docs/emulator.md, %s", k.Row)
			}
			k.run(newPlace(t, c))
		})
	}
}

// place is where a case happens: two groups and a prefix list in a VPC of their own.
type place struct {
	*testing.T
	Client
	store              ec2sg.Store
	vpc, group, friend string
	list               string
}

func newPlace(t *testing.T, c Client) *place {
	t.Helper()
	p := &place{T: t, Client: c, store: ec2sg.Store{API: c}}
	vpc, err := c.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")})
	p.must(err)
	p.vpc = *vpc.Vpc.VpcId
	p.group, p.friend = p.newGroup("router", p.vpc), p.newGroup("friend", p.vpc)
	list, err := c.CreateManagedPrefixList(t.Context(), &ec2.CreateManagedPrefixListInput{
		PrefixListName: aws.String("offices"), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(3),
	})
	p.must(err)
	p.list = *list.PrefixList.PrefixListId
	return p
}

func (p *place) newGroup(name, vpc string) string {
	p.Helper()
	in := &ec2.CreateSecurityGroupInput{GroupName: &name, Description: aws.String("of the conformance suite")}
	if vpc != "" {
		in.VpcId = &vpc
	}
	out, err := p.CreateSecurityGroup(p.Context(), in)
	p.must(err)
	return *out.GroupId
}

func (p *place) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// refused fails unless the question is answered with yes.
func (p *place) refused(is func(error) bool, err error) {
	p.Helper()
	if !is(err) {
		p.Errorf("was answered with %v", err)
	}
}

// read is the group as the store reads it.
func (p *place) read() rules.Group {
	p.Helper()
	g, err := p.store.Group(p.Context(), p.group)
	p.must(err)
	return g
}

// only is the group's one entry.
func (p *place) only() types.SecurityGroupRule {
	p.Helper()
	g := p.read()
	if len(g.Entries) != 1 {
		p.Fatalf("the group has %d entries, not one: %v", len(g.Entries), allowances(g))
	}
	return g.Entries[0]
}

// has fails unless the group's entries allow exactly this, in any order.
func (p *place) has(want ...string) {
	p.Helper()
	got := allowances(p.read())
	if !sameSet(got, want) {
		p.Errorf("the group has\n  %q, not\n  %q", got, want)
	}
}

// add authorizes an entry and returns it as read back.
func (p *place) add(e types.SecurityGroupRule) types.SecurityGroupRule {
	p.Helper()
	p.must(p.authorize(e))
	for _, r := range p.read().Entries {
		if rules.Allowance(r) == rules.Allowance(e) {
			return r
		}
	}
	p.Fatalf("%s was authorized and is not there", rules.Allowance(e))
	return e
}

func (p *place) authorize(e types.SecurityGroupRule) error {
	return p.store.Apply(p.Context(), p.group, plan.Step{Op: plan.Authorize, After: &e})
}

func (p *place) modify(before, after types.SecurityGroupRule) error {
	return p.store.Apply(p.Context(), p.group, plan.Step{Op: plan.Modify, Before: &before, After: &after})
}

func (p *place) revoke(e types.SecurityGroupRule) error {
	return p.store.Apply(p.Context(), p.group, plan.Step{Op: plan.Revoke, Before: &e})
}
