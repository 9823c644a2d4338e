package ec2sg

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// pageSize is the most that DescribeSecurityGroupRules gives at once.
const pageSize = 1000

// Group reads a group and all its ingress entries, sorted by rule id; who uses it is left empty. It calls
// DescribeSecurityGroups once and DescribeSecurityGroupRules once a page. A group that is gone, or an id that cannot be one,
// is an error of which IsNotFound is true.
func (s Store) Group(ctx context.Context, id string) (rules.Group, error) {
	found, err := s.groups(ctx, "security group "+id, ec2.DescribeSecurityGroupsInput{GroupIds: []string{id}})
	if err != nil {
		return rules.Group{}, err
	}
	g := rules.Group{
		ID:    aws.ToString(found.GroupId),
		Name:  aws.ToString(found.GroupName),
		VPC:   aws.ToString(found.VpcId),
		Owner: aws.ToString(found.OwnerId),
		Tags:  found.Tags,
	}
	g.Entries, err = s.entries(ctx, id)
	return g, err
}

// GroupID finds the id of a group of the Region's default VPC by its name: calls by name mean that VPC (SDK documentation of
// AuthorizeSecurityGroupIngress, GroupName). One call; IsNotFound is true of the error where there is none.
func (s Store) GroupID(ctx context.Context, name string) (string, error) {
	found, err := s.groups(ctx, "security group "+name+" of the default VPC", ec2.DescribeSecurityGroupsInput{GroupNames: []string{name}})
	return aws.ToString(found.GroupId), err
}

// DefaultGroup finds the id of the group that EC2 made with a VPC, which whatever names no group gets. One call; IsNotFound is
// true of the error where the VPC is gone.
func (s Store) DefaultGroup(ctx context.Context, vpc string) (string, error) {
	found, err := s.groups(ctx, "default security group of "+vpc, ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{
		{Name: aws.String("vpc-id"), Values: []string{vpc}},
		{Name: aws.String("group-name"), Values: []string{"default"}},
	}})
	return aws.ToString(found.GroupId), err
}

// groups describes exactly one group.
func (s Store) groups(ctx context.Context, what string, in ec2.DescribeSecurityGroupsInput) (types.SecurityGroup, error) {
	out, err := s.API.DescribeSecurityGroups(ctx, &in)
	switch {
	case err != nil:
		return types.SecurityGroup{}, fmt.Errorf("describing %s: %w", what, err)
	case len(out.SecurityGroups) == 0:
		return types.SecurityGroup{}, fmt.Errorf("describing %s: %w", what, errNoGroup)
	case len(out.SecurityGroups) > 1:
		return types.SecurityGroup{}, fmt.Errorf("describing %s: %d groups answer to it", what, len(out.SecurityGroups))
	}
	return out.SecurityGroups[0], nil
}

// entries reads the ingress entries of a group. There is no filter for the direction: egress comes too and is dropped.
func (s Store) entries(ctx context.Context, group string) ([]types.SecurityGroupRule, error) {
	var entries []types.SecurityGroupRule
	err := s.eachEntry(ctx, []string{group}, func(e types.SecurityGroupRule) { entries = append(entries, e) })
	if err != nil {
		return nil, fmt.Errorf("describing the rules of security group %s: %w", group, err)
	}
	sortEntries(entries)
	return entries, nil
}

func sortEntries(entries []types.SecurityGroupRule) {
	slices.SortFunc(entries, func(a, b types.SecurityGroupRule) int {
		return cmp.Compare(aws.ToString(a.SecurityGroupRuleId), aws.ToString(b.SecurityGroupRuleId))
	})
}
