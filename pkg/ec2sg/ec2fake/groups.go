package ec2fake

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// DescribeSecurityGroups lists groups. Their IpPermissions are left out: what works on grouped permissions instead of rules
// is to fail here.
func (c *Cloud) DescribeSecurityGroups(ctx context.Context, in *ec2.DescribeSecurityGroupsInput, _ ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupsOutput, error) {
	return run(ctx, c, call[ec2.DescribeSecurityGroupsOutput]{"DescribeSecurityGroups", in, func(w *world) (*ec2.DescribeSecurityGroupsOutput, error) {
		var all []types.SecurityGroup
		for _, g := range w.groups {
			all = append(all, g.SecurityGroup)
		}
		ids := slices.Clone(in.GroupIds)
		for _, name := range in.GroupNames {
			g, err := w.named(nil, &name)
			if err != nil {
				return nil, err
			}
			ids = append(ids, *g.GroupId)
		}
		all, err := byID(all, ids, groupID, missing)
		if err != nil {
			return nil, err
		}
		all, err = filtered(all, in.Filters, groupFilters, func(g types.SecurityGroup) []types.Tag { return g.Tags })
		if err != nil {
			return nil, err
		}
		page, next, err := c.page(in.MaxResults, in.NextToken, len(all))
		if err != nil {
			return nil, err
		}
		return &ec2.DescribeSecurityGroupsOutput{SecurityGroups: slices.Clone(all[page.from:page.to]), NextToken: next}, nil
	}})
}

var groupFilters = map[string]func(types.SecurityGroup) []string{
	"group-id":   func(g types.SecurityGroup) []string { return []string{*g.GroupId} },
	"group-name": func(g types.SecurityGroup) []string { return []string{*g.GroupName} },
	"vpc-id":     func(g types.SecurityGroup) []string { return []string{*g.VpcId} },
	"owner-id":   func(g types.SecurityGroup) []string { return []string{*g.OwnerId} },
}

func groupID(g types.SecurityGroup) string { return *g.GroupId }

func missing(id string) error {
	if !strings.HasPrefix(id, "sg-") {
		return Refusal("InvalidGroupId.Malformed", "Invalid id: \""+id+"\"")
	}
	return noGroup(id)
}

// named finds the group that a call is about: by id, or by its name in the default VPC.
func (w *world) named(id, name *string) (*group, error) {
	if id != nil {
		if g := w.group(*id); g != nil {
			return g, nil
		}
		return nil, missing(*id)
	}
	if name == nil {
		return nil, Refusal("MissingParameter", "The request must contain the parameter groupName or groupId")
	}
	for i := range w.groups {
		if g := &w.groups[i]; *g.GroupName == *name && w.isDefault(g) {
			return g, nil
		}
	}
	return nil, Refusal("InvalidGroup.NotFound", fmt.Sprintf("The security group '%s' does not exist in default VPC '%s'", *name, w.defaultVPC()))
}

// CreateSecurityGroup makes a group with the egress entry that AWS gives it; in the default VPC where none is named.
func (c *Cloud) CreateSecurityGroup(ctx context.Context, in *ec2.CreateSecurityGroupInput, _ ...func(*ec2.Options)) (*ec2.CreateSecurityGroupOutput, error) {
	return run(ctx, c, call[ec2.CreateSecurityGroupOutput]{"CreateSecurityGroup", in, func(w *world) (*ec2.CreateSecurityGroupOutput, error) {
		tags, err := tagsOf(in.TagSpecifications, types.ResourceTypeSecurityGroup)
		if err != nil {
			return nil, err
		}
		vpc := aws.ToString(in.VpcId)
		if vpc == "" {
			vpc = w.defaultVPC()
		}
		if err := w.hasVPC(vpc); err != nil {
			return nil, err
		}
		name := aws.ToString(in.GroupName)
		switch {
		case name == "" || aws.ToString(in.Description) == "":
			return nil, Refusal("MissingParameter", "The request must contain the parameters GroupName and GroupDescription")
		case name == "default" || strings.HasPrefix(strings.ToLower(name), "sg-"):
			return nil, invalidf("Cannot use reserved security group name: %s", name)
		case slices.ContainsFunc(w.groups, func(g group) bool { return *g.GroupName == name && *g.VpcId == vpc }):
			return nil, Refusal("InvalidGroup.Duplicate", fmt.Sprintf("The security group '%s' already exists for VPC '%s'", name, vpc))
		}
		g := w.addGroup(vpc, name)
		g.Description, g.Tags = copied(in.Description), tags
		return &ec2.CreateSecurityGroupOutput{GroupId: copied(g.GroupId), SecurityGroupArn: copied(g.SecurityGroupArn), Tags: tags}, nil
	}})
}

// DeleteSecurityGroup removes a group that no interface has and no other group's rule names.
func (c *Cloud) DeleteSecurityGroup(ctx context.Context, in *ec2.DeleteSecurityGroupInput, _ ...func(*ec2.Options)) (*ec2.DeleteSecurityGroupOutput, error) {
	return run(ctx, c, call[ec2.DeleteSecurityGroupOutput]{"DeleteSecurityGroup", in, func(w *world) (*ec2.DeleteSecurityGroupOutput, error) {
		g, err := w.named(in.GroupId, in.GroupName)
		if err != nil {
			return nil, err
		}
		id := *g.GroupId
		switch {
		case *g.GroupName == "default":
			return nil, Refusal("CannotDelete", "the specified group: \""+id+"\" name: \"default\" cannot be deleted by a user")
		case w.inUse(id):
			return nil, Refusal("DependencyViolation", "resource "+id+" has a dependent object")
		}
		w.groups = slices.DeleteFunc(w.groups, func(g group) bool { return *g.GroupId == id })
		return &ec2.DeleteSecurityGroupOutput{GroupId: &id, Return: aws.Bool(true)}, nil
	}})
}

func (w *world) inUse(id string) bool {
	for _, i := range w.interfaces {
		if slices.ContainsFunc(i.Groups, func(g types.GroupIdentifier) bool { return *g.GroupId == id }) {
			return true
		}
	}
	for _, g := range w.groups {
		for _, r := range g.rules {
			if *g.GroupId != id && r.ReferencedGroupInfo != nil && *r.ReferencedGroupInfo.GroupId == id {
				return true
			}
		}
	}
	return false
}

// addGroup puts a group into a VPC.
func (w *world) addGroup(vpc, name string) *group {
	id := w.id("sg")
	g := group{SecurityGroup: types.SecurityGroup{
		GroupId: &id, GroupName: &name, VpcId: &vpc, OwnerId: aws.String(Owner), Description: aws.String(name),
		SecurityGroupArn: aws.String(fmt.Sprintf("arn:aws:ec2:us-east-1:%s:security-group/%s", Owner, id)),
	}}
	g.add(w, types.SecurityGroupRule{IsEgress: aws.Bool(true), CidrIpv4: aws.String("0.0.0.0/0")})
	w.groups = append(w.groups, g)
	return &w.groups[len(w.groups)-1]
}

// add gives a group a rule for all traffic.
func (g *group) add(w *world, r types.SecurityGroupRule) {
	r.GroupId, r.GroupOwnerId, r.IpProtocol = g.GroupId, aws.String(Owner), aws.String("-1")
	r.FromPort, r.ToPort = aws.Int32(-1), aws.Int32(-1)
	w.identify(&r)
	g.rules = append(g.rules, r)
}
