package demo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// roles makes the task roles of the demo's definitions, which allow what their output needs.
func (a *account) roles(ctx context.Context) error {
	const (
		trust  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
		allows = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"firehose:PutRecordBatch","Resource":"arn:aws:firehose:eu-west-1:123456789012:deliverystream/app-logs"}]}`
	)
	for _, family := range []string{"web", "batch"} {
		name := aws.String(taskRole(family))
		if _, err := a.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String(trust)}); err != nil {
			return fmt.Errorf("making role %s: %w", *name, err)
		}
		if _, err := a.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("logs"), PolicyDocument: aws.String(allows)}); err != nil {
			return fmt.Errorf("giving role %s its policy: %w", *name, err)
		}
	}
	return nil
}

func taskRole(family string) string { return family + "-task" }
