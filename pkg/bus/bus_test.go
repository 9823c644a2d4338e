package bus

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// partial answers that the last entry of each call failed, as AWS does with a call that succeeds.
type partial struct {
	sizes []int
	fail  bool
}

func (p *partial) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	p.sizes = append(p.sizes, len(in.Entries))
	out := &eventbridge.PutEventsOutput{Entries: make([]types.PutEventsResultEntry, len(in.Entries))}
	if p.fail {
		out.FailedEntryCount = 1
		out.Entries[len(out.Entries)-1] = types.PutEventsResultEntry{ErrorCode: aws.String("ThrottlingException"), ErrorMessage: aws.String("slow down")}
	}
	return out, nil
}

func (p *partial) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	p.sizes = append(p.sizes, len(in.Entries))
	out := &sqs.SendMessageBatchOutput{}
	if p.fail {
		out.Failed = []sqstypes.BatchResultErrorEntry{{Id: aws.String("0"), Code: aws.String("InternalError")}}
	}
	return out, nil
}

func bodies(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`{"n":%d}`, i)
	}
	return all
}

func TestTenACall(t *testing.T) {
	p := &partial{}
	if err := (Findings{Client: p, Bus: "b"}).Send(t.Context(), bodies(23)); err != nil {
		t.Fatal(err)
	}
	if err := (Queue{Client: p, URL: "u"}).Send(t.Context(), bodies(11)); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(p.sizes); got != "[10 10 3 10 1]" {
		t.Errorf("entries a call %s", got)
	}
}

func TestARefusedEntryIsAnError(t *testing.T) {
	p := &partial{fail: true}
	if err := (Findings{Client: p, Bus: "b"}).Send(t.Context(), bodies(2)); err == nil || !strings.Contains(err.Error(), "ThrottlingException: slow down") {
		t.Errorf("error %v", err)
	}
	if err := (Queue{Client: p, URL: "u"}).Send(t.Context(), bodies(2)); err == nil || !strings.Contains(err.Error(), "1 of 2 refused, the first with InternalError") {
		t.Errorf("error %v", err)
	}
}
