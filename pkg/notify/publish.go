package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// API is what Publisher needs of SNS. IAM: sns:Publish on the topic.
type API interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// Publisher publishes notices to one topic.
type Publisher struct {
	Client API
	Topic  string // ARN
}

// Publish sends one notice, at least once: a retry after a time-out may send it again. Mail gets the text, everything
// else the JSON.
func (p Publisher) Publish(ctx context.Context, n Notice) error {
	m := Render(n)
	body, err := json.Marshal(map[string]string{"default": m.JSON, "email": m.Text, "sms": m.Subject})
	if err != nil {
		return fmt.Errorf("rendering the notice of %s: %w", n.Resource, err)
	}
	in := &sns.PublishInput{
		TopicArn: &p.Topic, Subject: &m.Subject, Message: aws.String(string(body)), MessageStructure: aws.String("json"),
		MessageAttributes: map[string]types.MessageAttributeValue{},
	}
	for k, v := range m.Attributes {
		if v != "" {
			in.MessageAttributes[k] = types.MessageAttributeValue{DataType: aws.String(attributeType(v)), StringValue: aws.String(v)}
		}
	}
	if _, err := p.Client.Publish(ctx, in); err != nil {
		return fmt.Errorf("publishing the notice of %s: %w", n.Resource, err)
	}
	return nil
}

// attributeType is SNS's type of an attribute: a JSON list is matched element by element by filter policies.
func attributeType(v string) string {
	if strings.HasPrefix(v, "[") {
		return "String.Array"
	}
	return "String"
}
