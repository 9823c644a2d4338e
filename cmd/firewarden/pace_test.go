package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go/middleware"

	awspace "github.com/firewarden/firewarden/pkg/pace"
	"github.com/firewarden/firewarden/pkg/plan"
)

// attempt makes an attempt of a call through the pace, and says whether it reached AWS.
func (p pace) attempt(t *testing.T, ctx context.Context, service, operation string) (reached bool, err error) {
	t.Helper()
	stack := middleware.NewStack("test", func() any { return nil })
	retry := middleware.FinalizeMiddlewareFunc("Retry", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
		return next.HandleFinalize(ctx, in)
	})
	if err := errors.Join(stack.Finalize.Add(retry, middleware.After), p.paced(stack)); err != nil {
		t.Fatal(err)
	}
	ctx = awsmiddleware.SetOperationName(awsmiddleware.SetServiceID(ctx, service), operation)
	_, _, err = stack.HandleMiddleware(ctx, nil, middleware.HandlerFunc(func(context.Context, any) (any, middleware.Metadata, error) {
		reached = true
		return nil, middleware.Metadata{}, nil
	}))
	return reached, err
}

// TestNoMoreThanHalfOfEachRate empties each family's bucket by calls of all its operations: half of AWS's burst goes through, and what comes after
// has to wait as half of AWS's rate says.
func TestNoMoreThanHalfOfEachRate(t *testing.T) {
	p := newPace(50)
	families := map[awspace.Bucket][][2]string{}
	for _, call := range apiCalls {
		b, known := bucketOf(call)
		if !known {
			t.Fatalf("%v: no rate is known", call)
		}
		families[b] = append(families[b], call)
	}
	for f, calls := range families {
		now := time.Now()
		for i := range f.Burst / 2 {
			call := calls[i%len(calls)]
			if ok, err := p.attempt(t, t.Context(), call[0], call[1]); !ok || err != nil {
				t.Fatalf("%v: call %d: %v", calls, i, err)
			}
		}
		bucket := p[calls[0][0]+" "+calls[0][1]]
		if rate := float64(bucket.Limit()); rate != float64(f.Refill)/2 || bucket.TokensAt(now) > float64(f.Burst)/2 {
			t.Errorf("%v: %v a second", calls, rate)
		}
		bucket.ReserveN(time.Now(), f.Burst/2) // as many as come back in some seconds
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		if ok, err := p.attempt(t, soon, calls[0][0], calls[0][1]); ok || err == nil || !strings.Contains(err.Error(), "waiting for the turn of "+calls[0][0]) {
			t.Errorf("%v: one more went through: %v", calls, err)
		}
		cancel()
	}
}

func TestACallOfNoKnownRateIsRefused(t *testing.T) {
	for _, call := range [][2]string{{"ECS", "UpdateService"}, {"EC2", "RevokeSecurityGroupIngress"}, {"IAM", "GetRole"}} {
		if ok, err := newPace(50).attempt(t, t.Context(), call[0], call[1]); ok || err == nil {
			t.Errorf("%v went through", call)
		}
	}
}

// TestDialLive: no stack is looked for, and every client is paced.
func TestDialLive(t *testing.T) {
	awsAnswering(t, nil)
	s, err := dial(t.Context(), connection{live: true, region: "us-east-1", percent: 50})
	if err != nil || s.place.Region != "us-east-1" || s.place.Account != "123456789012" || s.families == nil || s.known == nil {
		t.Fatalf("%+v, %v", s.place, err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.known.Describe(over, "web"); !errors.Is(err, context.Canceled) {
		t.Errorf("after Ctrl-C: %v", err)
	}
	if err := s.groups.Apply(t.Context(), "sg-0a", plan.Step{Op: plan.Revoke, Before: &types.SecurityGroupRule{SecurityGroupRuleId: aws.String("sgr-0a")}}); err == nil || !strings.Contains(err.Error(), "of which no rate is known") {
		t.Errorf("a change: %v", err)
	}
}

func TestProgress(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		terminal bool
		want     string
	}{
		"elsewhere":     {false, "eu-west-1: reading 30 families and 10 groups\n20 of 40 read, 1.0 a second, about 20s left\n40 of 40 read, 1.0 a second, about 0s left\nend\n"},
		"on a terminal": {true, "eu-west-1: reading 30 families and 10 groups\n\r\x1b[K20 of 40 read, 1.0 a second, about 20s left\r\x1b[K40 of 40 read, 1.0 a second, about 0s left\r\x1b[Kend\n"},
	} {
		var talk bytes.Buffer
		at := now
		p := newProgress(&talk, func() time.Time { return at })
		p.terminal = c.terminal
		p.plan(40, "%s: reading %s and %s", "eu-west-1", countedFamilies(30), counted(10, "group"))
		for i := range 40 {
			if i%20 == 19 {
				at = at.Add(20 * time.Second)
			}
			p.read()
		}
		p.note("end")
		p.end()
		if got := talk.String(); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, fmt.Sprintf("%q", got), fmt.Sprintf("%q", c.want))
		}
	}
}

func TestTheRateIsThePolicys(t *testing.T) {
	for percent, want := range map[int][2]float64{5: {1, 2}, 50: {10, 25}, 100: {20, 50}} {
		b := newPace(percent)["ECS DescribeTaskDefinition"]
		if float64(b.Limit()) != want[0] || float64(b.Burst()) != want[1] {
			t.Errorf("%d percent: %v a second, %d at once", percent, b.Limit(), b.Burst())
		}
	}
}
