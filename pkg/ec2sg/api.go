package ec2sg

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// API is what a [Store] needs of EC2: these methods of *ec2.Client. Request rates are EC2's token buckets of an account and
// Region, burst and refill a second.
type API interface {
	// DescribeSecurityGroups needs ec2:DescribeSecurityGroups (resource "*"); 100/20 with ids or filters.
	DescribeSecurityGroups(context.Context, *ec2.DescribeSecurityGroupsInput, ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupsOutput, error)
	// DescribeSecurityGroupRules needs ec2:DescribeSecurityGroupRules (resource "*"); 100/20.
	DescribeSecurityGroupRules(context.Context, *ec2.DescribeSecurityGroupRulesInput, ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupRulesOutput, error)
	// AuthorizeSecurityGroupIngress needs ec2:AuthorizeSecurityGroupIngress on the group, on a referenced group, and on a prefix
	// list; with tags also ec2:CreateTags on security-group-rule/* (condition ec2:CreateAction); 50/5.
	AuthorizeSecurityGroupIngress(context.Context, *ec2.AuthorizeSecurityGroupIngressInput, ...func(*ec2.Options)) (*ec2.AuthorizeSecurityGroupIngressOutput, error)
	// ModifySecurityGroupRules needs ec2:ModifySecurityGroupRules on the group, the rule, a referenced group and a prefix list; 50/5.
	ModifySecurityGroupRules(context.Context, *ec2.ModifySecurityGroupRulesInput, ...func(*ec2.Options)) (*ec2.ModifySecurityGroupRulesOutput, error)
	// RevokeSecurityGroupIngress needs ec2:RevokeSecurityGroupIngress on the group; 50/5.
	RevokeSecurityGroupIngress(context.Context, *ec2.RevokeSecurityGroupIngressInput, ...func(*ec2.Options)) (*ec2.RevokeSecurityGroupIngressOutput, error)
}

// Store reads and changes security groups over one account's and Region's EC2. It keeps nothing and may be copied.
type Store struct {
	API API
}
