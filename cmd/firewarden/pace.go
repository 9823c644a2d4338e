package main

import (
	"context"
	"fmt"
	"slices"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"
)

// apiFamily is a family of operations that AWS counts together for an account in a Region: its bucket's size, and what comes back into it a
// second.
type apiFamily struct {
	service       string
	operations    []string
	burst, refill int
}

// apiFamilies are those that an audit calls, as AWS documents their buckets. ECS: "Request throttling for the Amazon ECS API"; EC2: "Request
// throttling for the Amazon EC2 API", where each operation has its own, and filtered or paged reads this one.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
var apiFamilies = []apiFamily{
	{"ECS", []string{"DescribeTaskDefinition", "ListTaskDefinitionFamilies"}, 50, 20},
	{"ECS", []string{"DescribeServices", "ListServices"}, 100, 20},
	{"ECS", []string{"ListClusters"}, 50, 20},
	{"ECS", []string{"DescribeTasks", "ListTasks", "DescribeContainerInstances"}, 100, 20},
	{"EC2", []string{"DescribeSecurityGroups"}, 100, 20},
	{"EC2", []string{"DescribeSecurityGroupRules"}, 100, 20},
	{"EC2", []string{"DescribeNetworkInterfaces"}, 100, 20},
	{"EC2", []string{"DescribeSubnets"}, 100, 20},
}

// share is what of AWS's rates an audit leaves to everybody else: half.
const share = 2

// pace holds calls back, so that no family's rate is more than half of AWS's: deployments ask ECS too. It is one Region's.
type pace map[string]*rate.Limiter

func newPace() pace {
	p := pace{}
	for _, f := range apiFamilies {
		bucket := rate.NewLimiter(rate.Limit(f.refill)/share, f.burst/share)
		for _, op := range f.operations {
			p[f.service+" "+op] = bucket
		}
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
	for _, f := range apiFamilies {
		for _, op := range f.operations {
			all = append(all, map[string]string{"ECS": "ecs:", "EC2": "ec2:"}[f.service]+op)
		}
	}
	slices.Sort(all)
	return all
}
