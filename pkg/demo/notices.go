package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/firewarden/firewarden/pkg/notify"
)

// inbox is an SQS queue that subscribes to the notice topic, as a person's tooling would.
type inbox struct {
	sqs *sqs.Client
	url string
	// got are the notices so far, in the order of their coming.
	got []notify.Notice
	// digests are the sweeps' digests so far.
	digests []notify.Digest
}

// read takes a notice or a digest.
func (in *inbox) read(body []byte) error {
	var n notify.Notice
	if err := json.Unmarshal(body, &n); err != nil {
		return err
	}
	if n.Status != "digest" {
		in.got = append(in.got, n)
		return nil
	}
	var d notify.Digest
	err := json.Unmarshal(body, &d)
	in.digests = append(in.digests, d)
	return err
}

func subscribe(ctx context.Context, cfg aws.Config, topic string) (*inbox, error) {
	in := &inbox{sqs: sqs.NewFromConfig(cfg)}
	queue, err := in.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("demo-notices")})
	if err != nil {
		return nil, fmt.Errorf("making the subscriber's queue: %w", err)
	}
	in.url = *queue.QueueUrl
	attributes, err := in.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &in.url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn}})
	if err != nil {
		return nil, fmt.Errorf("reading the subscriber's queue: %w", err)
	}
	_, err = sns.NewFromConfig(cfg).Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: aws.String(attributes.Attributes["QueueArn"]),
		Attributes: map[string]string{"RawMessageDelivery": "true"},
	})
	if err != nil {
		return nil, fmt.Errorf("subscribing to %s: %w", topic, err)
	}
	return in, nil
}

// receive takes what is there, waiting a second at the most.
func (in *inbox) receive(ctx context.Context) error {
	out, err := in.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &in.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
	if err != nil {
		return fmt.Errorf("receiving notices: %w", err)
	}
	for _, m := range out.Messages {
		if err := in.read([]byte(aws.ToString(m.Body))); err != nil {
			return fmt.Errorf("reading a notice: %w", err)
		}
		if _, err := in.sqs.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &in.url, ReceiptHandle: m.ReceiptHandle}); err != nil {
			return fmt.Errorf("deleting a notice: %w", err)
		}
	}
	return nil
}

// await waits for the next notice about a resource, beyond those already seen.
func (in *inbox) await(ctx context.Context, resource string, seen int, patience time.Duration) (notify.Notice, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		for _, n := range in.got[seen:] {
			if n.Resource == resource {
				return n, nil
			}
		}
		if err := in.receive(ctx); err != nil {
			if ctx.Err() != nil {
				return notify.Notice{}, fmt.Errorf("no notice about %s within %s", resource, patience)
			}
			return notify.Notice{}, err
		}
	}
}
