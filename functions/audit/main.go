// Command audit is the function behind the audit queue and the sweep queue: it reads the state that events and shards name
// and puts findings on FireWarden's bus. See reconcile.Auditor.
package main

import (
	"context"
	"os"
	"sync"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/firewarden/firewarden/functions/internal/stack"
	"github.com/firewarden/firewarden/pkg/bus"
	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/trail"
)

func main() {
	auditor := sync.OnceValues(build)
	lambda.Start(func(ctx context.Context, in events.SQSEvent) (events.SQSEventResponse, error) {
		a, err := auditor()
		if err != nil {
			return events.SQSEventResponse{}, err
		}
		return a.Handle(ctx, in)
	})
}

func build() (reconcile.Auditor, error) {
	w, err := stack.Build(context.Background())
	return reconcile.Auditor{
		Stack: w.Stack, Tasks: w.Tasks, Groups: w.Groups, Inventory: w.Inventory,
		Findings: bus.Findings{Client: eventbridge.NewFromConfig(w.Config), Bus: os.Getenv("FINDING_BUS")},
		Sweeper: reconcile.Sweeper{
			Stack: w.Stack, Families: w.Tasks, Inventory: w.Inventory,
			Shards: bus.Queue{Client: sqs.NewFromConfig(w.Config), URL: os.Getenv("SWEEP_QUEUE_URL")},
			Trails: trail.Checker{Client: cloudtrail.NewFromConfig(w.Config)},
		},
	}, err
}
