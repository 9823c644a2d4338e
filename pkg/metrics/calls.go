package metrics

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
)

// CountCalls is for aws.Config.APIOptions: it counts each attempt of each call by service and operation, and those that AWS
// throttles. It stands behind the retries, for every attempt counts against AWS's limits.
func (m *Meter) CountCalls(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("FireWardenCountCalls", m.attempt), "Retry", middleware.After)
}

func (m *Meter) attempt(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	out, metadata, err := next.HandleFinalize(ctx, in)
	m.call(awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx), isThrottled(err))
	return out, metadata, err
}

func isThrottled(err error) bool {
	return retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err) == aws.TrueTernary
}
