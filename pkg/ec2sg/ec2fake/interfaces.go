package ec2fake

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// CreateNetworkInterface makes an interface in a subnet, with the VPC's default group where none is named.
func (c *Cloud) CreateNetworkInterface(ctx context.Context, in *ec2.CreateNetworkInterfaceInput, _ ...func(*ec2.Options)) (*ec2.CreateNetworkInterfaceOutput, error) {
	return run(ctx, c, call[ec2.CreateNetworkInterfaceOutput]{"CreateNetworkInterface", in, func(w *world) (*ec2.CreateNetworkInterfaceOutput, error) {
		found, err := byID(w.subnets, []string{aws.ToString(in.SubnetId)}, subnetID, noSubnet)
		if err != nil {
			return nil, err
		}
		i := types.NetworkInterface{
			NetworkInterfaceId: aws.String(w.id("eni")), SubnetId: in.SubnetId, VpcId: found[0].VpcId, OwnerId: aws.String(Owner),
			Description: copied(in.Description), Status: types.NetworkInterfaceStatusAvailable,
			InterfaceType:    types.NetworkInterfaceType(cmp.Or(string(in.InterfaceType), string(types.NetworkInterfaceTypeInterface))),
			RequesterManaged: aws.Bool(false),
		}
		if i.Groups, err = w.identifiers(in.Groups, *i.VpcId); err != nil {
			return nil, err
		}
		w.interfaces = append(w.interfaces, i)
		return &ec2.CreateNetworkInterfaceOutput{NetworkInterface: &i}, nil
	}})
}

// Change changes an interface as services do that make their own: the attachment, the requester, the kind. It is no call.
func (c *Cloud) Change(networkInterface string, change func(*types.NetworkInterface)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.now.interfaces {
		if *c.now.interfaces[i].NetworkInterfaceId == networkInterface {
			change(&c.now.interfaces[i])
		}
	}
}

// identifiers are the groups of an interface: some of its VPC.
func (w *world) identifiers(ids []string, vpc string) ([]types.GroupIdentifier, error) {
	var found []types.GroupIdentifier
	for i := range w.groups {
		g := &w.groups[i]
		byDefault := len(ids) == 0 && *g.GroupName == "default"
		if *g.VpcId == vpc && (byDefault || slices.Contains(ids, *g.GroupId)) {
			found = append(found, types.GroupIdentifier{GroupId: g.GroupId, GroupName: g.GroupName})
		}
	}
	if len(found) < len(ids) {
		return nil, Refusal("InvalidGroup.NotFound", "A security group does not exist in VPC "+vpc)
	}
	return found, nil
}

// DescribeNetworkInterfaces lists interfaces.
func (c *Cloud) DescribeNetworkInterfaces(ctx context.Context, in *ec2.DescribeNetworkInterfacesInput, _ ...func(*ec2.Options)) (*ec2.DescribeNetworkInterfacesOutput, error) {
	return run(ctx, c, call[ec2.DescribeNetworkInterfacesOutput]{"DescribeNetworkInterfaces", in, func(w *world) (*ec2.DescribeNetworkInterfacesOutput, error) {
		all, err := byID(w.interfaces, in.NetworkInterfaceIds, func(i types.NetworkInterface) string { return *i.NetworkInterfaceId }, func(id string) error {
			return Refusal("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '"+id+"' does not exist")
		})
		if err != nil {
			return nil, err
		}
		all, err = filtered(all, in.Filters, interfaceFilters, func(i types.NetworkInterface) []types.Tag { return i.TagSet })
		if err != nil {
			return nil, err
		}
		page, next, err := c.page(in.MaxResults, in.NextToken, len(all))
		if err != nil {
			return nil, err
		}
		return &ec2.DescribeNetworkInterfacesOutput{NetworkInterfaces: slices.Clone(all[page.from:page.to]), NextToken: next}, nil
	}})
}

var interfaceFilters = map[string]func(types.NetworkInterface) []string{
	"network-interface-id": func(i types.NetworkInterface) []string { return []string{*i.NetworkInterfaceId} },
	"subnet-id":            func(i types.NetworkInterface) []string { return []string{*i.SubnetId} },
	"vpc-id":               func(i types.NetworkInterface) []string { return []string{*i.VpcId} },
	"status":               func(i types.NetworkInterface) []string { return []string{string(i.Status)} },
	"group-id": func(i types.NetworkInterface) []string {
		var ids []string
		for _, g := range i.Groups {
			ids = append(ids, *g.GroupId)
		}
		return ids
	},
	"description": func(i types.NetworkInterface) []string { return []string{aws.ToString(i.Description)} },
	"attachment.instance-id": func(i types.NetworkInterface) []string {
		if i.Attachment == nil {
			return nil
		}
		return []string{aws.ToString(i.Attachment.InstanceId)}
	},
}
