// Command remediate is the function behind the remediate queue: it mends what findings name, as the policy lets it, and tells
// what came of it. See reconcile.Remediator.
package main

import (
	"context"
	"os"
	"sync"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/firewarden/firewarden/functions/internal/stack"
	"github.com/firewarden/firewarden/pkg/reconcile"
)

func main() {
	remediator := sync.OnceValues(build)
	lambda.Start(func(ctx context.Context, in events.SQSEvent) (events.SQSEventResponse, error) {
		r, err := remediator()
		if err != nil {
			return events.SQSEventResponse{}, err
		}
		return r.Handle(ctx, in)
	})
}

func build() (reconcile.Remediator, error) {
	w, err := stack.Build(context.Background())
	return reconcile.Remediator{
		Stack: w.Stack, Tasks: w.Tasks, Groups: w.Groups, Services: w.Services, Inventory: w.Inventory,
		Owner: os.Getenv("AWS_LAMBDA_LOG_STREAM_NAME"), Self: os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}, err
}
