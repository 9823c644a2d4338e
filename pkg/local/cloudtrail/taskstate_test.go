package cloudtrail_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/firewarden/firewarden/pkg/local/cloudtrail"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// bus keeps what is put on it.
type bus chan eventtypes.PutEventsRequestEntry

// PutEvents implements cloudtrail.EventsAPI.
func (b bus) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	for _, e := range in.Entries {
		b <- e
	}
	return &eventbridge.PutEventsOutput{}, nil
}

// runTask sends a RunTask through a proxy before a cloud that gives this answer, and returns what comes on the bus.
func runTask(t *testing.T, status int, answer string) []eventtypes.PutEventsRequestEntry {
	t.Helper()
	cloud := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(cloud.Close)
	heard := make(bus, 10)
	p, err := cloudtrail.New(cloudtrail.Options{Upstream: cloud.URL, Region: region, Account: "123456789012", Events: heard, Warn: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(`{"cluster":"prod","taskDefinition":"web"}`))
	r.Header.Set("X-Amz-Target", "AmazonEC2ContainerServiceV20141113.RunTask")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIATEST000000000000/20260504/"+region+"/ecs/aws4_request, SignedHeaders=host, Signature=0")
	p.ServeHTTP(httptest.NewRecorder(), r)
	for p.Pending() > 0 { // all were counted before the answer
		time.Sleep(time.Millisecond)
	}
	var all []eventtypes.PutEventsRequestEntry
	for len(heard) > 0 {
		all = append(all, <-heard)
	}
	return all
}

func TestTasksThatAreStartedTellThatTheyRun(t *testing.T) {
	const attachments = `[{"id":"a","type":"ElasticNetworkInterface","status":"ATTACHED","details":[{"name":"networkInterfaceId","value":"eni-0123456789abcdef0"}]}]`
	const task = `"taskDefinitionArn":"arn:aws:ecs:us-east-1:123456789012:task-definition/web:3","lastStatus":"PENDING","desiredStatus":"RUNNING"`
	all := runTask(t, http.StatusOK, `{"tasks":[{"taskArn":"arn:aws:ecs:us-east-1:123456789012:task/prod/1",`+task+`,"attachments":`+attachments+`},{"taskArn":"arn:aws:ecs:us-east-1:123456789012:task/prod/2",`+task+`}],"failures":[]}`)
	if len(all) != 3 || *all[0].DetailType != "AWS API Call via CloudTrail" {
		t.Fatalf("%d events came, not a record and one for each task", len(all))
	}
	var got []trigger.Event
	for _, e := range all[1:] {
		body, err := json.Marshal(map[string]any{
			"id": "x", "source": *e.Source, "detail-type": *e.DetailType, "resources": e.Resources, "detail": json.RawMessage(*e.Detail),
		})
		if err != nil {
			t.Fatal(err)
		}
		ev, err := trigger.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ev)
	}
	if strings.Join(append(got[0].Families, got[0].Interfaces...), " ") != "web eni-0123456789abcdef0" || len(got[0].Revisions) > 0 {
		t.Errorf("the first task leads to %+v", got[0])
	}
	if strings.Join(append(got[1].Families, got[1].Revisions...), " ") != "web web:3" {
		t.Errorf("the second task leads to %+v", got[1])
	}
	if !strings.Contains(aws.ToString(all[1].Detail), `"type":"eni"`) || all[2].Resources[0] != "arn:aws:ecs:us-east-1:123456789012:task/prod/2" {
		t.Errorf("got %s about %v", *all[1].Detail, all[2].Resources)
	}
}

func TestTasksThatAreRefusedTellNothing(t *testing.T) {
	if all := runTask(t, http.StatusBadRequest, `{"__type":"ClusterNotFoundException"}`); len(all) != 1 {
		t.Errorf("%d events came, not the refused call's record alone", len(all))
	}
}
