package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/smithy-go/middleware"

	"github.com/firewarden/firewarden/pkg/trigger"
)

// live is what an event that opens a group led to in the middle of a sweep: how long the audit took and how many calls it made, and
// the same of the remediation.
type live struct {
	verdict, closed time.Duration
	asked, mended   int
}

// eventAfter is when, after a sweep's beginning, the event comes.
const eventAfter = time.Second

// event gives it to functions of its own, as Lambda would.
func (b *bench) event(began time.Time) (l live) {
	time.Sleep(time.Until(began.Add(eventAfter)))
	calls := 0
	a, r := b.functions(func(*middleware.Stack) error {
		calls++
		return nil
	})
	var found []string
	a.Findings = sink(func(details []string) { found = append(found, details...) })
	const g = 103 // an open one, of services that are not in the default group
	began = time.Now()
	out, err := a.Handle(context.Background(), batch(fmt.Sprintf(`{"id":"event","source":"aws.ec2","detail-type":"AWS API Call via CloudTrail","detail":{`+
		`"eventSource":"ec2.amazonaws.com","eventName":"AuthorizeSecurityGroupIngress","eventTime":"2026-11-23T12:00:00Z","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::123456789012:user/jo"},`+
		`"requestParameters":{"groupId":%q,"ipPermissions":{},"ipProtocol":"tcp","fromPort":24000,"toPort":25000,"cidrIp":"0.0.0.0/0"}}}`, group(g))))
	l.verdict, l.asked = time.Since(began), calls
	b.judged(out, err)
	var bodies []string
	for _, detail := range found {
		bodies = append(bodies, trigger.Message{DetailType: trigger.DetailTypeFinding, Detail: detail}.Body())
	}
	calls, began = 0, time.Now()
	out, err = r.Handle(context.Background(), batch(bodies...))
	l.closed, l.mended = time.Since(began), calls
	b.judged(out, err)
	return l
}

func (b *bench) judged(out events.SQSEventResponse, err error) {
	if err != nil || len(out.BatchItemFailures) > 0 {
		b.failed.Add(1)
	}
}

func batch(bodies ...string) (in events.SQSEvent) {
	for i, body := range bodies {
		in.Records = append(in.Records, events.SQSMessage{MessageId: fmt.Sprintf("event-%d", i), Body: body})
	}
	return in
}
