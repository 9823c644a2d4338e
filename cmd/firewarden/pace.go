package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"

	awspace "github.com/firewarden/firewarden/pkg/pace"
)

// apiCalls are the calls that an audit makes, by the SDK's ids of service and operation.
var apiCalls = [][2]string{
	{"ECS", "DescribeTaskDefinition"},
	{"ECS", "ListTaskDefinitionFamilies"},
	{"ECS", "DescribeServices"},
	{"ECS", "ListServices"},
	{"ECS", "ListClusters"},
	{"ECS", "DescribeTasks"},
	{"ECS", "ListTasks"},
	{"ECS", "DescribeContainerInstances"},
	{"EC2", "DescribeSecurityGroups"},
	{"EC2", "DescribeSecurityGroupRules"},
	{"EC2", "DescribeNetworkInterfaces"},
	{"EC2", "DescribeSubnets"},
	{"S3", "GetObject"},
	{"IAM", "SimulatePrincipalPolicy"},
	{"EventBridge", "ListEventBuses"},
	{"EventBridge", "ListRules"},
	{"EventBridge", "ListRuleNamesByTarget"},
	{"EventBridge", "ListTargetsByRule"},
	{"Scheduler", "ListSchedules"},
	{"Scheduler", "GetSchedule"},
}

// others are the buckets of calls that no sweep makes at a pace of its own. S3 takes 5,500 reads a second and prefix
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html), far more than the definitions come at that name
// the objects: theirs is the pace. Of IAM AWS tells no rate; it throttles what asks as fast as it can after some hundred simulations
// (nccgroup/PMapper#1, cloud-custodian/cloud-custodian#7641), and advises to spread them
// (https://repost.aws/knowledge-center/iam-sts-throttling-error). Its rates are the account's, not a Region's.
var others = map[[2]string]awspace.Bucket{
	{"S3", "GetObject"}:                {Name: "s3-objects", Burst: 50, Refill: 20},
	{"IAM", "SimulatePrincipalPolicy"}: {Name: "iam-simulations", Burst: 10, Refill: 4},
}

// bucketOf is the bucket of a call; false where none is known.
func bucketOf(call [2]string) (awspace.Bucket, bool) {
	if b, ok := others[call]; ok {
		return b, true
	}
	return awspace.Of(call[0], call[1])
}

// pace holds calls back, so that no family's rate is more than a part of AWS's: deployments ask ECS too. It is one Region's.
type pace map[string]*rate.Limiter

// newPace is a pace of so many percent of AWS's rates.
func newPace(percent int) pace {
	p, buckets := pace{}, map[string]*rate.Limiter{}
	for _, call := range apiCalls {
		b, known := bucketOf(call)
		if !known {
			continue // refused, when it is made
		}
		if buckets[b.Name] == nil {
			buckets[b.Name] = rate.NewLimiter(rate.Limit(b.Refill)*rate.Limit(percent)/100, max(1, b.Burst*percent/100))
		}
		p[call[0]+" "+call[1]] = buckets[b.Name]
	}
	return p
}

// paced makes each attempt of a call wait for its turn, the SDK's own retries too. A call of no family is refused: it would be at
// nobody's rate.
func (p pace) paced(stack *middleware.Stack) error {
	wait := func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
		call := awsmiddleware.GetServiceID(ctx) + " " + awsmiddleware.GetOperationName(ctx)
		bucket, ok := p[call]
		if !ok {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("calling %s, of which no rate is known", call)
		}
		if err := bucket.Wait(ctx); err != nil {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("waiting for the turn of %s: %w", call, err)
		}
		return next.HandleFinalize(ctx, in)
	}
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("FireWardenPace", wait), "Retry", middleware.After)
}

// reads are the actions that an audit needs, sorted.
func reads() []string {
	var all []string
	for _, call := range apiCalls {
		prefix := strings.ToLower(call[0])
		if prefix == "eventbridge" {
			prefix = "events"
		}
		all = append(all, prefix+":"+call[1])
	}
	slices.Sort(all)
	return all
}
