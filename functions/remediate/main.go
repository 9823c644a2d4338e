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
	r := reconcile.Remediator{
		Stack: w.Stack, Tasks: w.Tasks, Groups: w.Groups, Services: w.Services, Inventory: w.Inventory, Onlooker: w.Inventory.Lister(),
		Owner: os.Getenv("AWS_LAMBDA_LOG_STREAM_NAME"), Self: os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}
	return w.Metered(func(ctx context.Context, in events.SQSEvent) (events.SQSEventResponse, error) {
		r := r
		r.Policy = w.Policies.Current(ctx)
		return r.Handle(ctx, in)
	}), err
}
