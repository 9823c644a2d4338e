// Package bus sends FireWarden's own messages: findings to its event bus, shards of a sweep to the sweep queue.
//
// Floor 2.
package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/firewarden/firewarden/pkg/trigger"
)

// EventsAPI is what Findings needs of EventBridge. IAM: events:PutEvents on the bus.
type EventsAPI interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// Findings puts finding events on a bus.
type Findings struct {
	Client EventsAPI
	Bus    string
}

// entriesMax is PutEvents' limit of entries a call, and SendMessageBatch's.
const entriesMax = 10

// Send sends details, each a finding event's JSON, ten a call. An entry that EventBridge refuses makes an error, though the
// call succeeds (FailedEntryCount): the caller's message is delivered again, and a finding sent twice costs a read.
func (f Findings) Send(ctx context.Context, details []string) error {
	for chunk := range slices.Chunk(details, entriesMax) {
		in := &eventbridge.PutEventsInput{}
		for _, d := range chunk {
			in.Entries = append(in.Entries, types.PutEventsRequestEntry{
				EventBusName: &f.Bus, Source: aws.String(trigger.Source), DetailType: aws.String(trigger.DetailTypeFinding), Detail: aws.String(d),
			})
		}
		out, err := f.Client.PutEvents(ctx, in)
		if err != nil {
			return fmt.Errorf("putting findings on the bus: %w", err)
		}
		if out.FailedEntryCount > 0 {
			return fmt.Errorf("putting findings on the bus: %w", refused(out.Entries))
		}
	}
	return nil
}

func refused(entries []types.PutEventsResultEntry) error {
	var all []error
	for _, e := range entries {
		if e.ErrorCode != nil {
			all = append(all, fmt.Errorf("%s: %s", *e.ErrorCode, aws.ToString(e.ErrorMessage)))
		}
	}
	return errors.Join(all...)
}

// QueueAPI is what Queue needs of SQS. IAM: sqs:SendMessage on the queue.
type QueueAPI interface {
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
}

// Queue sends messages to one queue.
type Queue struct {
	Client QueueAPI
	URL    string
}

// Send sends bodies, ten a call. A message that SQS refuses makes an error, though the call succeeds.
func (q Queue) Send(ctx context.Context, bodies []string) error {
	for chunk := range slices.Chunk(bodies, entriesMax) {
		in := &sqs.SendMessageBatchInput{QueueUrl: &q.URL}
		for i, b := range chunk {
			in.Entries = append(in.Entries, sqstypes.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(b)})
		}
		out, err := q.Client.SendMessageBatch(ctx, in)
		if err != nil {
			return fmt.Errorf("sending %d messages: %w", len(chunk), err)
		}
		if len(out.Failed) > 0 {
			return fmt.Errorf("sending messages: %d of %d refused, the first with %s", len(out.Failed), len(chunk), aws.ToString(out.Failed[0].Code))
		}
	}
	return nil
}
