package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/firewarden/firewarden/pkg/local/cloudtrail"
)

// Config is the configuration of an ordinary client of the cloud: its calls make CloudTrail records.
func (c *Cloud) Config() aws.Config { return c.client }

// Physical is the physical id of a resource of the template: a queue's URL, a table's name, a topic's ARN.
func (c *Cloud) Physical(logical string) string { return c.stack.physical[logical] }

// Topic is the ARN of the notice topic.
func (c *Cloud) Topic() string { return c.Physical("NoticeTopic") }

// Exports are the environment variables that a client in another shell needs.
func (c *Cloud) Exports(ctx context.Context) ([]string, error) {
	who, err := c.client.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	return []string{
		"AWS_ENDPOINT_URL=" + c.URL, "AWS_REGION=" + c.o.Region, "AWS_DEFAULT_REGION=" + c.o.Region,
		"AWS_ACCESS_KEY_ID=" + who.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + who.SecretAccessKey,
	}, nil
}

// Sweep sends the schedule's message: moto runs no schedules.
func (c *Cloud) Sweep(ctx context.Context) error {
	input, queue := c.doc.schedule()
	return c.Send(ctx, queue, input)
}

// Invoke gives a function of the template one SQS batch, past its queue, and returns its answer.
func (c *Cloud) Invoke(ctx context.Context, function string, in events.SQSEvent) (events.SQSEventResponse, error) {
	var out events.SQSEventResponse
	for i, p := range c.pollers {
		if p.function != function {
			continue
		}
		payload, err := json.Marshal(in)
		if err != nil {
			return out, fmt.Errorf("writing the batch: %w", err)
		}
		body, err := c.hosts[i].Invoke(ctx, payload)
		if err != nil {
			return out, fmt.Errorf("invoking %s: %w", function, err)
		}
		return out, json.Unmarshal(body, &out)
	}
	return out, fmt.Errorf("invoking %s: it is behind no queue", function)
}

// Send sends a message to a queue of the template.
func (c *Cloud) Send(ctx context.Context, queue, body string) error {
	url := c.Physical(queue)
	if _, err := sqs.NewFromConfig(c.direct).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
		return fmt.Errorf("sending to %s: %w", queue, err)
	}
	return nil
}

// Redeliver delivers every message that was delivered so far once more, and says how many there were.
func (c *Cloud) Redeliver(ctx context.Context) (int, error) {
	total := 0
	for _, p := range c.pollers {
		n, err := p.again(ctx)
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

// Mutations lists the calls since a time that changed EC2 or ECS, as "ec2 RevokeSecurityGroupIngress".
func (c *Cloud) Mutations(since time.Time) []string {
	var all []string
	for _, call := range c.Trail.Calls(cloudtrail.Changes, cloudtrail.Services("ec2", "ecs"), cloudtrail.Since(since)) {
		all = append(all, call.Service+" "+call.Action)
	}
	return all
}

// Depth is the number of messages in a queue of the template, those in flight and those delayed included.
func (c *Cloud) Depth(ctx context.Context, queue string) (int, error) {
	url := c.Physical(queue)
	names := []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
	}
	out, err := sqs.NewFromConfig(c.direct).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: names})
	if err != nil {
		return 0, fmt.Errorf("reading the depth of %s: %w", queue, err)
	}
	total := 0
	for _, name := range names {
		n, err := strconv.Atoi(out.Attributes[string(name)])
		if err != nil {
			return 0, fmt.Errorf("reading the depth of %s: %w", queue, err)
		}
		total += n
	}
	return total, nil
}

// idlePause is between two looks; nothing may be on its way in either.
const idlePause = 100 * time.Millisecond

// Idle waits until every deployment has ended, every record is on the bus, every queue of the template is empty, its
// dead-letter queues too, and no function is at work.
func (c *Cloud) Idle(ctx context.Context) error {
	calm := 0
	for calm < 2 {
		busy, err := c.busy(ctx)
		if err != nil {
			return err
		}
		calm++
		if busy != "" {
			calm = 0
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %s", ctx.Err(), busy)
		case <-time.After(idlePause):
		}
	}
	return nil
}

// busy says what is still on its way, "" for nothing.
func (c *Cloud) busy(ctx context.Context) (string, error) {
	if n := c.Trail.Pending(); n > 0 {
		return fmt.Sprintf("%d records and ends of deployments are on their way to the bus", n), nil
	}
	queues := c.doc.of("AWS::SQS::Queue")
	slices.Sort(queues)
	for _, q := range queues {
		n, err := c.Depth(ctx, q)
		if err != nil {
			return "", err
		}
		if n > 0 {
			return fmt.Sprintf("%s holds %d messages", q, n), nil
		}
	}
	for _, p := range c.pollers {
		if p.busy.Load() > 0 {
			return p.function + " is at work", nil
		}
	}
	return "", nil
}
