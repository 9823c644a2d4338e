package cloudtrail

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// EventsAPI is what the proxy needs of EventBridge. moto takes events of the sources aws.*; AWS refuses them.
type EventsAPI interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// sender puts the records on the default bus, one after the other and after the call was answered, as CloudTrail does: moto
// takes 86 ms for each target that a pattern sends a record to.
type sender struct {
	events EventsAPI
	warn   func(format string, args ...any)
	wake   chan struct{}
	done   chan struct{}

	mu      sync.Mutex
	waiting []types.PutEventsRequestEntry
	pending int
}

func newSender(events EventsAPI, warn func(string, ...any)) *sender {
	return &sender{events: events, warn: warn, wake: make(chan struct{}, 1), done: make(chan struct{})}
}

func (s *sender) send(e types.PutEventsRequestEntry) {
	s.mu.Lock()
	s.waiting = append(s.waiting, e)
	s.pending++
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run sends until the context ends.
func (s *sender) run(ctx context.Context) {
	defer close(s.done)
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		}
		for e, ok := s.next(); ok && ctx.Err() == nil; e, ok = s.next() {
			s.put(ctx, e)
		}
	}
}

func (s *sender) next() (types.PutEventsRequestEntry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		return types.PutEventsRequestEntry{}, false
	}
	e := s.waiting[0]
	s.waiting = s.waiting[1:]
	return e, true
}

func (s *sender) put(ctx context.Context, e types.PutEventsRequestEntry) {
	out, err := s.events.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{e}})
	if err == nil && out.FailedEntryCount > 0 {
		err = fmt.Errorf("%s: %s", aws.ToString(out.Entries[0].ErrorCode), aws.ToString(out.Entries[0].ErrorMessage))
	}
	if err != nil && ctx.Err() == nil {
		s.warn("a CloudTrail record of %s is lost: %v", *e.Source, err)
	}
	s.mu.Lock()
	s.pending--
	s.mu.Unlock()
}

// left is how many records are not yet on the bus.
func (s *sender) left() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pending
}

// entry wraps a record as EventBridge's envelope; moto adds the rest of it.
func entry(p protocol, x *exchange, record map[string]any) (types.PutEventsRequestEntry, error) {
	detail, err := json.Marshal(record)
	return types.PutEventsRequestEntry{
		Source: aws.String(p.source), DetailType: aws.String("AWS API Call via CloudTrail"), Detail: aws.String(string(detail)),
		Time: aws.Time(x.call.Time),
	}, err
}
