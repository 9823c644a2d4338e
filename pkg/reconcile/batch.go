package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-lambda-go/events"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// target is one thing to look at, however many messages of a batch name it.
type target struct {
	kind trigger.Kind
	name string
}

// batch is an SQS batch, coalesced: each target once, with the events that name it, in the order of their coming.
type batch struct {
	order    []target
	events   map[target][]trigger.Event
	messages map[target][]string // SQS message ids
}

func newBatch() *batch {
	return &batch{events: map[target][]trigger.Event{}, messages: map[target][]string{}}
}

func (b *batch) add(t target, ev trigger.Event, message string) {
	if _, seen := b.events[t]; !seen {
		b.order = append(b.order, t)
	}
	b.events[t] = append(b.events[t], ev)
	b.messages[t] = append(b.messages[t], message)
}

// run does each target once and returns the messages of those that are to be delivered again.
func (b *batch) run(ctx context.Context, s Stack, do func(context.Context, target, []trigger.Event) error) events.SQSEventResponse {
	failed := map[string]bool{}
	var answer events.SQSEventResponse
	for _, t := range b.order {
		err := do(ctx, t, b.events[t])
		if err == nil {
			continue
		}
		s.Log.ErrorContext(ctx, "left for another delivery", "kind", t.kind, "resource", t.name, "error", err.Error())
		for _, id := range b.messages[t] {
			if !failed[id] {
				failed[id] = true
				answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
			}
		}
	}
	return answer
}

// parse reads a message. One that is ignored or malformed gives false: the first with a debug line, the second as a terminal
// outcome, recorded and told once for each thing that can be malformed. An error is for another delivery.
func (s Stack) parse(ctx context.Context, m events.SQSMessage) (trigger.Event, bool, error) {
	ev, err := trigger.Parse([]byte(m.Body))
	var bad *trigger.Malformed
	s.countEvent(ev, err != nil)
	switch {
	case errors.As(err, &bad):
		return ev, false, s.malformed(ctx, m.MessageId, bad, ev)
	case err != nil:
		return ev, false, fmt.Errorf("parsing message %s: %w", m.MessageId, err)
	case ev.Kind == trigger.Ignored:
		s.Log.DebugContext(ctx, "ignored an event", "event_id", ev.ID, "reason", ev.Reason)
		return ev, false, nil
	}
	if ev.ID == "" { // the schedule's message and shards have none
		ev.ID = m.MessageId
	}
	return ev, true, nil
}

// malformed records and tells that a message could not be read; it is not delivered again.
func (s Stack) malformed(ctx context.Context, message string, bad *trigger.Malformed, ev trigger.Event) error {
	s.Log.ErrorContext(ctx, "dropped a malformed message", "message_id", message, "malformed", bad.What)
	return s.tellOnce(ctx, "message/"+bad.What, ledger.Blocked, "malformed event: "+bad.What, ev.Origin)
}
