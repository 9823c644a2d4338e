package e2e

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/firewarden/firewarden/pkg/notify"
)

// inbox is a queue that subscribes to a topic.
type inbox struct {
	sqs *sqs.Client
	url string
}

func (s *site) subscribe(t *testing.T, name string) inbox {
	t.Helper()
	client := sqs.NewFromConfig(s.Direct())
	queue := must(client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name}))(t)
	attributes := must(client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: queue.QueueUrl, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn},
	}))(t)
	must(sns.NewFromConfig(s.Direct()).Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: aws.String(s.Topic()), Protocol: aws.String("sqs"), Endpoint: aws.String(attributes.Attributes["QueueArn"]),
		Attributes: map[string]string{"RawMessageDelivery": "true"},
	}))(t)
	return inbox{client, *queue.QueueUrl}
}

// notices are those that came since the last call, by resource, in the order of their coming. Call it when the stack is idle.
func (in inbox) notices(t *testing.T) map[string][]notify.Notice {
	t.Helper()
	all := map[string][]notify.Notice{}
	for {
		out := must(in.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &in.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1}))(t)
		if len(out.Messages) == 0 {
			return all
		}
		for _, m := range out.Messages {
			var n notify.Notice
			if err := json.Unmarshal([]byte(aws.ToString(m.Body)), &n); err != nil {
				t.Fatal(err)
			}
			all[n.Resource] = append(all[n.Resource], n)
			must(in.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &in.url, ReceiptHandle: m.ReceiptHandle}))(t)
		}
	}
}

func statuses(all []notify.Notice) []string {
	var s []string
	for _, n := range all {
		s = append(s, n.Status)
	}
	return s
}
