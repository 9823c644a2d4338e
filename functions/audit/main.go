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
	handler := sync.OnceValues(build)
	lambda.Start(func(ctx context.Context, in events.SQSEvent) (events.SQSEventResponse, error) {
		handle, err := handler()
		if err != nil {
			return events.SQSEventResponse{}, err
		}
		return handle(ctx, in)
	})
}

func build() (stack.Handler, error) {
	w, err := stack.Build(context.Background())
	a := reconcile.Auditor{
		Stack: w.Stack, Tasks: w.Tasks, Groups: w.Groups, Inventory: w.Inventory,
		Findings: bus.Findings{Client: eventbridge.NewFromConfig(w.Config), Bus: os.Getenv("FINDING_BUS")},
		Sweeper: reconcile.Sweeper{
			Stack: w.Stack, Lister: w.Inventory.Lister(), Pages: w.Groups, Revisions: w.Revisions,
			Shards: bus.Queue{Client: sqs.NewFromConfig(w.Config), URL: os.Getenv("SWEEP_QUEUE_URL")},
			Trails: trail.Checker{Client: cloudtrail.NewFromConfig(w.Config)},
		},
	}
	return w.Metered(func(ctx context.Context, in events.SQSEvent) (events.SQSEventResponse, error) {
		a := a
		a.Policy = w.Policies.Current(ctx)
		a.Sweeper.Policy = a.Policy
		return a.Handle(ctx, in)
	}), err
}
