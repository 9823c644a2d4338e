package stack

import (
	"context"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/firewarden/firewarden/pkg/metrics"
)

// Handler is what Lambda calls with a batch.
type Handler func(context.Context, events.SQSEvent) (events.SQSEventResponse, error)

// Metered is a handler that writes what was counted once it is done.
func (w World) Metered(handle Handler) Handler {
	return func(ctx context.Context, in events.SQSEvent) (events.SQSEventResponse, error) {
		defer w.Meter.Flush()
		return handle(ctx, in)
	}
}

// meter writes to standard output where FIREWARDEN_METRICS is true, else nothing.
func meter() *metrics.Meter {
	m := &metrics.Meter{Stack: os.Getenv("FIREWARDEN_STACK"), Now: time.Now}
	if os.Getenv("FIREWARDEN_METRICS") == "true" {
		m.Out = os.Stdout
	}
	return m
}
