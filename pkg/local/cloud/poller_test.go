package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/firewarden/firewarden/pkg/local"
	"github.com/firewarden/firewarden/pkg/local/lambdahost"
)

// echo is the built function of the tests, endpoint an emulator for all of them.
var echo, endpoint string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "cloud")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	echo = filepath.Join(dir, "bootstrap")
	if out, err := exec.Command("go", "build", "-o", echo, "../testdata/echo").CombinedOutput(); err != nil {
		panic(string(out))
	}
	python, err := local.Python("../../..")
	if err != nil {
		panic(err)
	}
	e, err := local.StartEmulator(context.Background(), python, nil)
	if err != nil {
		panic(err)
	}
	defer e.Stop()
	endpoint = e.URL
	return m.Run()
}

// bench is a poller between two queues: what the function gets, it sends on to the second.
type bench struct {
	*poller
	heard  string
	mu     sync.Mutex
	warned []string
}

func newBench(t *testing.T, m mapping, visibility string) *bench {
	t.Helper()
	client := sqs.NewFromConfig(config(endpoint, "us-east-1", credentials.NewStaticCredentialsProvider("AKIATEST", "x", "")))
	b := &bench{}
	b.poller = &poller{mapping: m, sqs: client, account: Account, region: "us-east-1", warn: b.warn, deletes: &sync.Mutex{}}
	b.url, b.heard = b.make(t, "in", visibility), b.make(t, "out", "30")
	b.arn = "arn:aws:sqs:us-east-1:" + Account + ":in"
	var err error
	b.host, err = lambdahost.Start(lambdahost.Function{Name: "echo", Bootstrap: echo, Timeout: 20 * time.Second, Env: map[string]string{
		"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "x", "ECHO_QUEUE": b.heard,
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.host.Stop)
	return b
}

func (b *bench) warn(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.warned = append(b.warned, fmt.Sprintf(format, args...))
}

func (b *bench) make(t *testing.T, kind, visibility string) string {
	t.Helper()
	name := kind + "-" + strings.NewReplacer("/", "-").Replace(t.Name())
	out, err := b.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{"VisibilityTimeout": visibility}})
	if err != nil {
		t.Fatal(err)
	}
	return *out.QueueUrl
}

func (b *bench) send(t *testing.T, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		if _, err := b.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &b.url, MessageBody: &body}); err != nil {
			t.Fatal(err)
		}
	}
}

// depth is how many messages a queue holds, by the attribute's name.
func (b *bench) depth(t *testing.T, url string, which types.QueueAttributeName) string {
	t.Helper()
	out, err := b.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{which}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Attributes[string(which)]
}

const (
	waiting  = types.QueueAttributeNameApproximateNumberOfMessages
	inFlight = types.QueueAttributeNameApproximateNumberOfMessagesNotVisible
)

// TestABatchWaitsForItsWindow: messages that come while the window is open are one batch, so that they are coalesced.
func TestABatchWaitsForItsWindow(t *testing.T) {
	b := newBench(t, mapping{batch: 50, windowSeconds: 3}, "30")
	b.send(t, "first")
	got := make(chan []types.Message)
	go func() { got <- b.collect(t.Context()) }()
	for b.depth(t, b.url, inFlight) != "1" { // the window is open now
		if t.Context().Err() != nil {
			t.Fatal(t.Context().Err())
		}
	}
	b.send(t, "second", "third")
	if batch := <-got; len(batch) != 3 {
		t.Errorf("a batch of %d, want 3", len(batch))
	}
}

func TestABatchIsNoLargerThanTheMappingSays(t *testing.T) {
	b := newBench(t, mapping{batch: 12, windowSeconds: 20}, "30") // more than one receive, and full before its window closes
	for i := range 13 {
		b.send(t, strconv.Itoa(i))
	}
	began := time.Now()
	batch := b.collect(t.Context())
	if len(batch) != 12 {
		t.Errorf("a batch of %d, want 12", len(batch))
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("a full batch waited %s for its window", took)
	}
}

// TestOnlyWhatFailedStays: the message that the function names comes again when its visibility ends, the others do not.
func TestOnlyWhatFailedStays(t *testing.T) {
	b := newBench(t, mapping{batch: 10, partial: true}, "1")
	b.send(t, "well", "once more")
	all := map[string]int{}
	for len(all) < 2 || all["once more"] < 2 {
		if t.Context().Err() != nil {
			t.Fatal(t.Context().Err())
		}
		batch := b.collect(t.Context())
		for _, m := range batch {
			all[aws.ToString(m.Body)]++
		}
		b.deliver(t.Context(), batch)
	}
	if all["well"] != 1 {
		t.Errorf("deliveries %v, want well once", all)
	}
	if n := b.depth(t, b.url, waiting) + b.depth(t, b.url, inFlight); n != "00" {
		t.Errorf("the queue still holds %s (waiting, in flight)", n)
	}
}

// TestAFailureOfAllStaysWhole: the function's own error and its process's end leave every message in the queue.
func TestAFailureOfAllStaysWhole(t *testing.T) {
	for _, body := range []string{"fail", "die"} {
		t.Run(body, func(t *testing.T) {
			b := newBench(t, mapping{function: "echo", batch: 2, windowSeconds: 10, partial: true}, "30")
			b.send(t, "well", body)
			b.deliver(t.Context(), b.collect(t.Context()))
			if n := b.depth(t, b.url, inFlight); n != "2" {
				t.Errorf("%s messages left, want both", n)
			}
			if len(b.warned) != 1 || !strings.Contains(b.warned[0], "echo") {
				t.Errorf("warnings %q", b.warned)
			}
		})
	}
}

// TestWithoutReportBatchItemFailuresTheAnswerIsNotRead: AWS then deletes also what the function names as failed.
func TestWithoutReportBatchItemFailuresTheAnswerIsNotRead(t *testing.T) {
	b := newBench(t, mapping{batch: 1}, "30")
	b.send(t, "poison")
	b.deliver(t.Context(), b.collect(t.Context()))
	if n := b.depth(t, b.url, inFlight); n != "0" {
		t.Errorf("%s messages left, want none", n)
	}
}

func TestABatchResponseIsReadAsLambdaDoes(t *testing.T) {
	batch := []types.Message{{MessageId: aws.String("a")}, {MessageId: aws.String("b")}}
	for answer, want := range map[string]string{
		"":                           "map[]",
		"null":                       "map[]",
		`{"batchItemFailures":null}`: "map[]",
		`{"batchItemFailures":[]}`:   "map[]",
		`{"batchItemFailures":[{"itemIdentifier":"b"}]}`: "map[b:true]",
		`{"batchItemFailures":[{"itemIdentifier":""}]}`:  "all",
		`{"batchItemFailures":[{"itemIdentifier":"c"}]}`: "all",
		`{"batchItemFailures":7}`:                        "all",
		`not JSON`:                                       "all",
	} {
		failed, err := failures([]byte(answer), batch)
		got := fmt.Sprint(failed)
		if err != nil {
			got = "all"
		}
		if got != want {
			t.Errorf("%s: %s fail, want %s", answer, got, want)
		}
	}
}

func TestARecordHasWhatLambdaGives(t *testing.T) {
	p := &poller{arn: "arn:aws:sqs:us-east-1:" + Account + ":q", account: Account, region: "us-east-1"}
	envelope := `{"version":"0","id":"1","detail-type":"x","source":"aws.ec2","detail":{}}`
	got := p.records([]types.Message{
		{MessageId: aws.String("m"), ReceiptHandle: aws.String("r"), Body: &envelope, Attributes: map[string]string{"ApproximateReceiveCount": "2"}},
		{MessageId: aws.String("n"), Body: aws.String("no JSON")},
	})
	var body map[string]any
	if err := json.Unmarshal([]byte(got[0].Body), &body); err != nil || body["account"] != Account {
		t.Errorf("body %s, %v", got[0].Body, err)
	}
	want := events.SQSMessage{MessageId: "m", ReceiptHandle: "r", EventSource: "aws:sqs", EventSourceARN: p.arn, AWSRegion: "us-east-1"}
	have := events.SQSMessage{
		MessageId: got[0].MessageId, ReceiptHandle: got[0].ReceiptHandle, EventSource: got[0].EventSource, EventSourceARN: got[0].EventSourceARN, AWSRegion: got[0].AWSRegion,
	}
	if fmt.Sprint(want) != fmt.Sprint(have) || got[0].Attributes["ApproximateReceiveCount"] != "2" {
		t.Errorf("record %+v", got[0])
	}
	if got[1].Body != "no JSON" {
		t.Errorf("a body that is no envelope became %q", got[1].Body)
	}
}
