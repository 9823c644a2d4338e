package ec2fake

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// CreateVpc makes a VPC with its default group; no subnets.
func (c *Cloud) CreateVpc(ctx context.Context, in *ec2.CreateVpcInput, _ ...func(*ec2.Options)) (*ec2.CreateVpcOutput, error) {
	return run(ctx, c, call[ec2.CreateVpcOutput]{"CreateVpc", in, func(w *world) (*ec2.CreateVpcOutput, error) {
		v := w.addVPC(false)
		return &ec2.CreateVpcOutput{Vpc: &v}, nil
	}})
}

// addVPC puts a VPC into the Region, with the default group that EC2 makes: it lets its own members in.
func (w *world) addVPC(isDefault bool) types.Vpc {
	v := types.Vpc{VpcId: aws.String(w.id("vpc")), IsDefault: &isDefault, OwnerId: aws.String(Owner)}
	w.vpcs = append(w.vpcs, v)
	g := w.addGroup(*v.VpcId, "default")
	g.Description = aws.String("default VPC security group")
	g.add(w, types.SecurityGroupRule{
		IsEgress:            aws.Bool(false),
		ReferencedGroupInfo: &types.ReferencedSecurityGroup{GroupId: g.GroupId, UserId: aws.String(Owner)},
	})
	if isDefault {
		w.addSubnet(*v.VpcId, isDefault)
	}
	return v
}

func (w *world) hasVPC(id string) error {
	if slices.ContainsFunc(w.vpcs, func(v types.Vpc) bool { return *v.VpcId == id }) {
		return nil
	}
	return Refusal("InvalidVpcID.NotFound", "The vpc ID '"+id+"' does not exist")
}

// CreateSubnet makes a subnet.
func (c *Cloud) CreateSubnet(ctx context.Context, in *ec2.CreateSubnetInput, _ ...func(*ec2.Options)) (*ec2.CreateSubnetOutput, error) {
	return run(ctx, c, call[ec2.CreateSubnetOutput]{"CreateSubnet", in, func(w *world) (*ec2.CreateSubnetOutput, error) {
		if err := w.hasVPC(aws.ToString(in.VpcId)); err != nil {
			return nil, err
		}
		s := w.addSubnet(*in.VpcId, false)
		return &ec2.CreateSubnetOutput{Subnet: &s}, nil
	}})
}

func (w *world) addSubnet(vpc string, isDefault bool) types.Subnet {
	s := types.Subnet{SubnetId: aws.String(w.id("subnet")), VpcId: &vpc, OwnerId: aws.String(Owner), DefaultForAz: &isDefault}
	w.subnets = append(w.subnets, s)
	return s
}

// DescribeSubnets lists subnets.
func (c *Cloud) DescribeSubnets(ctx context.Context, in *ec2.DescribeSubnetsInput, _ ...func(*ec2.Options)) (*ec2.DescribeSubnetsOutput, error) {
	return run(ctx, c, call[ec2.DescribeSubnetsOutput]{"DescribeSubnets", in, func(w *world) (*ec2.DescribeSubnetsOutput, error) {
		all, err := byID(w.subnets, in.SubnetIds, subnetID, noSubnet)
		if err != nil {
			return nil, err
		}
		all, err = filtered(all, in.Filters, map[string]func(types.Subnet) []string{
			"subnet-id": func(s types.Subnet) []string { return []string{*s.SubnetId} },
			"vpc-id":    func(s types.Subnet) []string { return []string{*s.VpcId} },
		}, func(s types.Subnet) []types.Tag { return s.Tags })
		if err != nil {
			return nil, err
		}
		page, next, err := c.page(in.MaxResults, in.NextToken, len(all))
		if err != nil {
			return nil, err
		}
		return &ec2.DescribeSubnetsOutput{Subnets: slices.Clone(all[page.from:page.to]), NextToken: next}, nil
	}})
}

func subnetID(s types.Subnet) string { return *s.SubnetId }

func noSubnet(id string) error {
	return Refusal("InvalidSubnetID.NotFound", "The subnet ID '"+id+"' does not exist")
}

// CreateManagedPrefixList makes a prefix list; its entries do not matter here, its weight does.
func (c *Cloud) CreateManagedPrefixList(ctx context.Context, in *ec2.CreateManagedPrefixListInput, _ ...func(*ec2.Options)) (*ec2.CreateManagedPrefixListOutput, error) {
	return run(ctx, c, call[ec2.CreateManagedPrefixListOutput]{"CreateManagedPrefixList", in, func(w *world) (*ec2.CreateManagedPrefixListOutput, error) {
		family := aws.ToString(in.AddressFamily)
		if family != "IPv4" && family != "IPv6" || aws.ToInt32(in.MaxEntries) < 1 {
			return nil, invalidf("AddressFamily must be IPv4 or IPv6, and MaxEntries at least 1")
		}
		l := types.ManagedPrefixList{
			PrefixListId: aws.String(w.id("pl")), PrefixListName: copied(in.PrefixListName), OwnerId: aws.String(Owner),
			AddressFamily: &family, MaxEntries: copied(in.MaxEntries),
		}
		w.lists = append(w.lists, l)
		return &ec2.CreateManagedPrefixListOutput{PrefixList: &l}, nil
	}})
}
