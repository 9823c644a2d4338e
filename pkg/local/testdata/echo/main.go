// Command echo is a function for the tests of the local cloud: it sends each SQS message's body on to the queue ECHO_QUEUE
// and obeys some bodies.
package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func main() {
	lambda.Start(handle)
}

func handle(ctx context.Context, in events.SQSEvent) (events.SQSEventResponse, error) {
	out := events.SQSEventResponse{}
	for _, m := range in.Records {
		switch {
		case m.Body == "die":
			os.Exit(7)
		case m.Body == "hang":
			time.Sleep(time.Minute)
		case m.Body == "fail":
			return out, errors.New("told to fail")
		case strings.HasPrefix(m.Body, "poison"), strings.HasPrefix(m.Body, "once") && m.Attributes["ApproximateReceiveCount"] == "1":
			out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return out, pass(ctx, in)
}

// pass sends the bodies on, where there is a queue for them.
func pass(ctx context.Context, in events.SQSEvent) error {
	queue := os.Getenv("ECHO_QUEUE")
	if queue == "" {
		return nil
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := sqs.NewFromConfig(cfg)
	for _, m := range in.Records {
		if _, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &queue, MessageBody: &m.Body}); err != nil {
			return err
		}
	}
	return nil
}
