package ecsfake

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
)

// Network is as much of EC2 as tells which groups guard a task: subnets, groups and interfaces.
type Network struct {
	*recorder

	groups     []types.SecurityGroup
	subnets    []types.Subnet
	interfaces []types.NetworkInterface
	serial     int
}

// AddVPC makes a VPC with its default group and one subnet, and returns their ids.
func (n *Network) AddVPC() (vpc, group, subnet string) {
	n.mu.Lock()
	vpc = n.id("vpc")
	n.mu.Unlock()
	return vpc, n.AddGroup(vpc, "default"), n.AddSubnet(vpc)
}

// AddGroup makes a security group in a VPC.
func (n *Network) AddGroup(vpc, name string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	id, owner := n.id("sg"), Account
	n.groups = append(n.groups, types.SecurityGroup{GroupId: &id, GroupName: &name, VpcId: &vpc, OwnerId: &owner})
	return id
}

// AddSubnet makes a subnet in a VPC.
func (n *Network) AddSubnet(vpc string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	id := n.id("subnet")
	n.subnets = append(n.subnets, types.Subnet{SubnetId: &id, VpcId: &vpc})
	return id
}

// SetGroups gives an interface other groups, as ModifyNetworkInterfaceAttribute does.
func (n *Network) SetGroups(eni string, groups ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range n.interfaces {
		if str(n.interfaces[i].NetworkInterfaceId) == eni {
			n.interfaces[i].Groups = identifiers(groups)
		}
	}
}

// AddInstance makes an EC2 instance with one interface in a subnet, in the VPC's default group where none is given.
func (n *Network) AddInstance(subnet string, groups ...string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	id := n.id("i")
	n.hang(n.attach(subnet, groups, ""), id)
	return id
}

// AddInterface makes an interface that is neither a task's nor an instance's, a load balancer's say, and returns its id.
func (n *Network) AddInterface(subnet, description string, groups ...string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.attach(subnet, groups, description)
}

// Give makes an interface another account's: the group or the subnet is shared with that one.
func (n *Network) Give(eni, account string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range n.interfaces {
		if *n.interfaces[i].NetworkInterfaceId == eni {
			n.interfaces[i].OwnerId = &account
		}
	}
}

// DescribeNetworkInterfaces knows the filters network-interface-id, group-id, subnet-id, vpc-id and attachment.instance-id.
func (n *Network) DescribeNetworkInterfaces(ctx context.Context, in *ec2.DescribeNetworkInterfacesInput, _ ...func(*ec2.Options)) (*ec2.DescribeNetworkInterfacesOutput, error) {
	return call(ctx, n.recorder, in, func(in *ec2.DescribeNetworkInterfacesInput) (*ec2.DescribeNetworkInterfacesOutput, error) {
		s := selection[types.NetworkInterface]{
			ids: in.NetworkInterfaceIds, filters: in.Filters, max: in.MaxResults, token: in.NextToken,
			id: func(i types.NetworkInterface) string { return *i.NetworkInterfaceId },
			values: map[string]func(types.NetworkInterface) []string{
				"network-interface-id": func(i types.NetworkInterface) []string { return []string{*i.NetworkInterfaceId} },
				"subnet-id":            func(i types.NetworkInterface) []string { return []string{str(i.SubnetId)} },
				"vpc-id":               func(i types.NetworkInterface) []string { return []string{str(i.VpcId)} },
				"group-id":             groupsOf,
				"attachment.instance-id": func(i types.NetworkInterface) []string {
					if i.Attachment == nil {
						return nil
					}
					return []string{str(i.Attachment.InstanceId)}
				},
			},
			missing: "InvalidNetworkInterfaceID.NotFound",
		}
		found, next, err := s.from(n.interfaces)
		return &ec2.DescribeNetworkInterfacesOutput{NetworkInterfaces: found, NextToken: next}, err
	})
}

// DescribeSubnets knows the filters subnet-id and vpc-id.
func (n *Network) DescribeSubnets(ctx context.Context, in *ec2.DescribeSubnetsInput, _ ...func(*ec2.Options)) (*ec2.DescribeSubnetsOutput, error) {
	return call(ctx, n.recorder, in, func(in *ec2.DescribeSubnetsInput) (*ec2.DescribeSubnetsOutput, error) {
		s := selection[types.Subnet]{
			ids: in.SubnetIds, filters: in.Filters, max: in.MaxResults, token: in.NextToken,
			id: func(s types.Subnet) string { return *s.SubnetId },
			values: map[string]func(types.Subnet) []string{
				"subnet-id": func(s types.Subnet) []string { return []string{*s.SubnetId} },
				"vpc-id":    func(s types.Subnet) []string { return []string{*s.VpcId} },
			},
			missing: "InvalidSubnetID.NotFound",
		}
		found, next, err := s.from(n.subnets)
		return &ec2.DescribeSubnetsOutput{Subnets: found, NextToken: next}, err
	})
}

// DescribeSecurityGroups knows the filters group-id, group-name and vpc-id.
func (n *Network) DescribeSecurityGroups(ctx context.Context, in *ec2.DescribeSecurityGroupsInput, _ ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupsOutput, error) {
	return call(ctx, n.recorder, in, func(in *ec2.DescribeSecurityGroupsInput) (*ec2.DescribeSecurityGroupsOutput, error) {
		s := selection[types.SecurityGroup]{
			ids: in.GroupIds, filters: in.Filters, max: in.MaxResults, token: in.NextToken,
			id: func(g types.SecurityGroup) string { return *g.GroupId },
			values: map[string]func(types.SecurityGroup) []string{
				"group-id":   func(g types.SecurityGroup) []string { return []string{*g.GroupId} },
				"group-name": func(g types.SecurityGroup) []string { return []string{*g.GroupName} },
				"vpc-id":     func(g types.SecurityGroup) []string { return []string{*g.VpcId} },
			},
			missing: "InvalidGroup.NotFound",
		}
		found, next, err := s.from(n.groups)
		return &ec2.DescribeSecurityGroupsOutput{SecurityGroups: found, NextToken: next}, err
	})
}

// attach makes an interface in a subnet, in the VPC's default group where none is given. The lock is held.
func (n *Network) attach(subnet string, groups []string, description string) string {
	vpc := n.vpc(subnet)
	if len(groups) == 0 {
		groups = []string{n.defaultGroup(vpc)}
	}
	id := n.id("eni")
	n.interfaces = append(n.interfaces, types.NetworkInterface{
		NetworkInterfaceId: &id, SubnetId: &subnet, VpcId: &vpc, Groups: identifiers(groups), Status: types.NetworkInterfaceStatusInUse,
		Description: &description,
	})
	return id
}

// hang attaches an interface to an instance. The lock is held.
func (n *Network) hang(eni, instance string) {
	for i := range n.interfaces {
		if *n.interfaces[i].NetworkInterfaceId == eni {
			n.interfaces[i].Attachment = &types.NetworkInterfaceAttachment{InstanceId: &instance, Status: types.AttachmentStatusAttached}
		}
	}
}

func (n *Network) detach(eni string) {
	n.interfaces = slices.DeleteFunc(n.interfaces, func(i types.NetworkInterface) bool { return *i.NetworkInterfaceId == eni })
}

func (n *Network) vpc(subnet string) string {
	for _, s := range n.subnets {
		if *s.SubnetId == subnet {
			return *s.VpcId
		}
	}
	return ""
}

func (n *Network) defaultGroup(vpc string) string {
	for _, g := range n.groups {
		if *g.VpcId == vpc && *g.GroupName == "default" {
			return *g.GroupId
		}
	}
	return ""
}

// home is the VPC of a group; empty where there is no such group.
func (n *Network) home(group string) string {
	for _, g := range n.groups {
		if *g.GroupId == group {
			return *g.VpcId
		}
	}
	return ""
}

func (n *Network) id(kind string) string {
	n.serial++
	return fmt.Sprintf("%s-%017x", kind, n.serial)
}

func identifiers(groups []string) []types.GroupIdentifier {
	var all []types.GroupIdentifier
	for _, g := range groups {
		all = append(all, types.GroupIdentifier{GroupId: &g})
	}
	return all
}

func groupsOf(i types.NetworkInterface) []string {
	var all []string
	for _, g := range i.Groups {
		all = append(all, *g.GroupId)
	}
	return all
}

func refused(code, format string, args ...any) error {
	return &smithy.GenericAPIError{Code: code, Message: fmt.Sprintf(format, args...), Fault: smithy.FaultClient}
}
