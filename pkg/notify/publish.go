package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// API is what Publisher needs of SNS. IAM: sns:Publish on the topics.
type API interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// Publisher publishes notices and digests.
type Publisher struct {
	Client API
	// Topic and ChatTopic are ARNs. The latter gets the chat form, which is another message; where it is "" nothing does.
	Topic, ChatTopic string
}

// Publish sends one notice, at least once: a retry after a time-out may send it again. Mail gets the text, everything else the JSON.
func (p Publisher) Publish(ctx context.Context, n Notice) error {
	return p.send(ctx, Render(n), "the notice of "+n.Resource)
}

// PublishDigest sends the digest of one sweep, likewise.
func (p Publisher) PublishDigest(ctx context.Context, d Digest) error {
	return p.send(ctx, RenderDigest(d), "the digest of sweep "+d.Sweep)
}

func (p Publisher) send(ctx context.Context, m Message, what string) error {
	body, err := forms(m)
	if err != nil {
		return fmt.Errorf("rendering %s: %w", what, err)
	}
	in := &sns.PublishInput{
		TopicArn: &p.Topic, Subject: &m.Subject, Message: &body, MessageStructure: aws.String("json"), MessageAttributes: m.typed(),
	}
	if _, err := p.Client.Publish(ctx, in); err != nil {
		return fmt.Errorf("publishing %s: %w", what, err)
	}
	if p.ChatTopic == "" {
		return nil
	}
	in = &sns.PublishInput{TopicArn: &p.ChatTopic, Subject: &m.Subject, Message: &m.Chat, MessageAttributes: m.typed()}
	if _, err := p.Client.Publish(ctx, in); err != nil {
		return fmt.Errorf("publishing %s for chats: %w", what, err)
	}
	return nil
}

// forms is the body that gives each protocol its form. Characters that matter in HTML are not escaped: six bytes for each would
// take the message over SNS's limit.
func forms(m Message) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(map[string]string{"default": m.JSON, "email": m.Text, "sms": m.Subject})
	return b.String(), err
}

// typed are the attributes as SNS takes them. A list is matched element by element by filter policies.
func (m Message) typed() map[string]types.MessageAttributeValue {
	typed := map[string]types.MessageAttributeValue{}
	for name, value := range m.Attributes {
		kind := "String"
		if name == "rule" {
			kind = "String.Array"
		}
		typed[name] = types.MessageAttributeValue{DataType: &kind, StringValue: aws.String(value)}
	}
	return typed
}
