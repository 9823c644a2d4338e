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
}

// share is what of AWS's rates an audit leaves to everybody else: half.
const share = 2

// pace holds calls back, so that no family's rate is more than half of AWS's: deployments ask ECS too. It is one Region's.
type pace map[string]*rate.Limiter

func newPace() pace {
	p, buckets := pace{}, map[string]*rate.Limiter{}
	for _, call := range apiCalls {
		b, known := awspace.Of(call[0], call[1])
		if !known {
			continue // refused, when it is made
		}
		if buckets[b.Name] == nil {
			buckets[b.Name] = rate.NewLimiter(rate.Limit(b.Refill)/share, b.Burst/share)
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
		all = append(all, strings.ToLower(call[0])+":"+call[1])
	}
	slices.Sort(all)
	return all
}
