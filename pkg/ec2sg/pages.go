package ec2sg

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// GroupsACall is how many groups one filter takes.
const GroupsACall = 200

// Groups reads at most GroupsACall groups with all their ingress entries, as [Store.Group] does, in the order of the ids: one
// DescribeSecurityGroups, and one DescribeSecurityGroupRules for each 1,000 rules. A group that is gone is left out, and no error.
func (s Store) Groups(ctx context.Context, ids []string) ([]rules.Group, error) {
	byID := map[string]*rules.Group{}
	within := []types.Filter{{Name: aws.String("group-id"), Values: ids}}
	groups := ec2.NewDescribeSecurityGroupsPaginator(s.API, &ec2.DescribeSecurityGroupsInput{Filters: within, MaxResults: aws.Int32(pageSize)})
	for groups.HasMorePages() {
		page, err := groups.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("describing %d security groups: %w", len(ids), err)
		}
		for _, g := range page.SecurityGroups {
			byID[aws.ToString(g.GroupId)] = &rules.Group{
				ID: aws.ToString(g.GroupId), Name: aws.ToString(g.GroupName), VPC: aws.ToString(g.VpcId), Owner: aws.ToString(g.OwnerId), Tags: g.Tags,
			}
		}
	}
	err := s.eachEntry(ctx, ids, func(e types.SecurityGroupRule) {
		if g := byID[aws.ToString(e.GroupId)]; g != nil {
			g.Entries = append(g.Entries, e)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("describing the rules of %d security groups: %w", len(ids), err)
	}
	var found []rules.Group
	for _, id := range ids {
		if g := byID[id]; g != nil {
			sortEntries(g.Entries)
			found = append(found, *g)
		}
	}
	return found, nil
}

// eachEntry gives each ingress entry of groups to see.
func (s Store) eachEntry(ctx context.Context, groups []string, see func(types.SecurityGroupRule)) error {
	pages := ec2.NewDescribeSecurityGroupRulesPaginator(s.API, &ec2.DescribeSecurityGroupRulesInput{
		Filters:    []types.Filter{{Name: aws.String("group-id"), Values: groups}},
		MaxResults: aws.Int32(pageSize),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, r := range page.SecurityGroupRules {
			if !aws.ToBool(r.IsEgress) {
				see(r)
			}
		}
	}
	return nil
}
