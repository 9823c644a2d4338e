package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/firewarden/firewarden/pkg/local/lambdahost"
)

// poller is one event source mapping at work: it takes batches from a queue and gives them to a function, as Lambda does.
type poller struct {
	mapping
	sqs     *sqs.Client
	url     string
	arn     string
	account string
	region  string
	host    *lambdahost.Host
	warn    func(format string, args ...any)

	busy atomic.Int32
	// deletes is held for each deletion, by all pollers of a queue: moto writes its list of messages anew at each, and of two at once
	// one is lost, so that a message that was done comes back when its visibility time-out is over.
	deletes *sync.Mutex

	mu   sync.Mutex
	seen []string // bodies of all messages delivered, each once
	once map[string]bool
}

// receiveMax is SQS's limit of messages a call.
const receiveMax = 10

// run polls until the context ends.
func (p *poller) run(ctx context.Context) {
	for ctx.Err() == nil {
		batch := p.collect(ctx)
		if len(batch) > 0 && ctx.Err() == nil {
			p.deliver(ctx, batch)
		}
		p.busy.Store(0)
	}
}

// collect waits for a first message, then until the batch is full or the batching window has closed.
func (p *poller) collect(ctx context.Context) []types.Message {
	var batch []types.Message
	var closes time.Time
	for len(batch) < p.batch && ctx.Err() == nil {
		got, err := p.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &p.url, MaxNumberOfMessages: int32(min(receiveMax, p.batch-len(batch))), WaitTimeSeconds: 1,
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		})
		if err != nil {
			if ctx.Err() == nil {
				p.warn("receiving from %s: %v", p.queue, err)
			}
			return batch
		}
		if len(got.Messages) > 0 && len(batch) == 0 {
			p.busy.Store(1)
			closes = time.Now().Add(time.Duration(p.windowSeconds) * time.Second)
		}
		batch = append(batch, got.Messages...)
		if len(batch) > 0 && !time.Now().Before(closes) {
			return batch
		}
	}
	return batch
}

// deliver invokes the function and deletes what it did not return as failed; that, and everything where the function fails, stays
// invisible until the queue's visibility time-out.
func (p *poller) deliver(ctx context.Context, batch []types.Message) {
	payload, err := json.Marshal(events.SQSEvent{Records: p.records(batch)})
	if err != nil {
		p.warn("writing the batch of %s: %v", p.queue, err)
		return
	}
	body, err := p.host.Invoke(ctx, payload)
	var failed map[string]bool
	if err == nil && p.partial {
		failed, err = failures(body, batch)
	}
	if err != nil {
		if ctx.Err() == nil {
			p.warn("%s: %v", p.function, err)
		}
		return
	}
	for _, m := range batch {
		if failed[aws.ToString(m.MessageId)] {
			continue
		}
		if err := p.remove(ctx, m); err != nil && ctx.Err() == nil {
			p.warn("deleting from %s: %v", p.queue, err)
		}
	}
}

func (p *poller) remove(ctx context.Context, m types.Message) error {
	p.deletes.Lock()
	defer p.deletes.Unlock()
	_, err := p.sqs.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &p.url, ReceiptHandle: m.ReceiptHandle})
	return err
}

// failures are the ids that a batch response names. One that cannot be read, or that names what was not in the batch, fails all
// of it (Lambda Developer Guide, "Implementing partial batch responses").
func failures(body []byte, batch []types.Message) (map[string]bool, error) {
	var answer events.SQSEventResponse
	if len(body) > 0 { // an empty answer is success
		if err := json.Unmarshal(body, &answer); err != nil {
			return nil, fmt.Errorf("reading the batch response: %w", err)
		}
	}
	failed := map[string]bool{}
	for _, f := range answer.BatchItemFailures {
		known := slices.ContainsFunc(batch, func(m types.Message) bool { return aws.ToString(m.MessageId) == f.ItemIdentifier })
		if !known {
			return nil, fmt.Errorf("reading the batch response: %q is no message of the batch", f.ItemIdentifier)
		}
		failed[f.ItemIdentifier] = true
	}
	return failed, nil
}

func (p *poller) records(batch []types.Message) []events.SQSMessage {
	var all []events.SQSMessage
	for _, m := range batch {
		body := p.withAccount(aws.ToString(m.Body))
		p.remember(aws.ToString(m.MessageId), body)
		all = append(all, events.SQSMessage{
			MessageId: aws.ToString(m.MessageId), ReceiptHandle: aws.ToString(m.ReceiptHandle), Body: body,
			Md5OfBody: aws.ToString(m.MD5OfBody), Attributes: m.Attributes, MessageAttributes: map[string]events.SQSMessageAttribute{},
			EventSourceARN: p.arn, EventSource: "aws:sqs", AWSRegion: p.region,
		})
	}
	return all
}

// withAccount adds to an EventBridge envelope the account that moto leaves out (docs/emulator.md).
func (p *poller) withAccount(body string) string {
	var envelope map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &envelope) != nil || envelope["id"] == nil || envelope["detail-type"] == nil || envelope["account"] != nil {
		return body
	}
	envelope["account"] = json.RawMessage(`"` + p.account + `"`)
	out, err := json.Marshal(envelope)
	if err != nil { // it was JSON a line ago
		return body
	}
	return string(out)
}

func (p *poller) remember(id, body string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.once == nil {
		p.once = map[string]bool{}
	}
	if !p.once[id] {
		p.once[id] = true
		p.seen = append(p.seen, body)
	}
}

// again sends every message delivered so far once more.
func (p *poller) again(ctx context.Context) (int, error) {
	p.mu.Lock()
	bodies := p.seen
	p.mu.Unlock()
	for _, b := range bodies {
		if _, err := p.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &p.url, MessageBody: &b}); err != nil {
			return 0, fmt.Errorf("sending to %s: %w", p.queue, err)
		}
	}
	return len(bodies), nil
}
