package cloudtrail

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// RulesAPI is what the proxy needs of EC2.
type RulesAPI interface {
	DescribeSecurityGroupRules(context.Context, *ec2.DescribeSecurityGroupRulesInput, ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupRulesOutput, error)
}

// readRules lists the entries of the group that the request names by id; for a groupName, those of all groups.
func readRules(ctx context.Context, api RulesAPI, request map[string]any) ([]types.SecurityGroupRule, error) {
	in := &ec2.DescribeSecurityGroupRulesInput{}
	if id, _ := request["GroupId"].(string); id != "" {
		in.Filters = []types.Filter{{Name: aws.String("group-id"), Values: []string{id}}}
	}
	out, err := api.DescribeSecurityGroupRules(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("reading the entries that a call changes: %w", err)
	}
	return out.SecurityGroupRules, nil
}

// changed lists the rules that are on one side only.
func changed(before, after []types.SecurityGroupRule) []types.SecurityGroupRule {
	return append(without(before, after), without(after, before)...)
}

func without(rules, known []types.SecurityGroupRule) []types.SecurityGroupRule {
	ids := map[string]bool{}
	for _, r := range known {
		ids[aws.ToString(r.SecurityGroupRuleId)] = true
	}
	var out []types.SecurityGroupRule
	for _, r := range rules {
		if !ids[aws.ToString(r.SecurityGroupRuleId)] {
			out = append(out, r)
		}
	}
	return out
}
