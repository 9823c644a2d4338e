package metrics_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/smithy-go/middleware"

	"github.com/firewarden/firewarden/pkg/metrics"
)

// TestEveryAttemptIsACall: a real client, a server that throttles twice, then answers, then refuses.
func TestEveryAttemptIsACall(t *testing.T) {
	answers := []string{
		`400 {"__type":"ThrottlingException","message":"Rate exceeded"}`, `400 {"__type":"ThrottlingException","message":"Rate exceeded"}`,
		`200 {"clusterArns":[]}`, `400 {"__type":"AccessDeniedException"}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		status, body := 0, answers[0][4:]
		if n, err := fmt.Sscanf(answers[0], "%d", &status); n != 1 || err != nil {
			t.Error(err)
		}
		answers = answers[1:]
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	defer server.Close()
	m, out := newMeter()
	atOnce := retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
	client := ecs.NewFromConfig(aws.Config{
		BaseEndpoint: &server.URL, Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("AKIATEST000000000000", "x", ""),
		APIOptions: []func(*middleware.Stack) error{m.CountCalls},
		Retryer:    func() aws.Retryer { return retry.NewStandard(func(o *retry.StandardOptions) { o.Backoff = atOnce }) },
	})
	if _, err := client.ListClusters(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := client.DescribeClusters(t.Context(), nil); err == nil {
		t.Fatal("not refused")
	}
	m.Flush()
	var got []string
	for _, line := range lines(t, out) {
		members, _, _ := strings.Cut(line, `,"_aws"`)
		got = append(got, members)
	}
	want := []string{
		`{"Calls":1,"Operation":"DescribeClusters","Service":"ECS","Stack":"firewarden"`,
		`{"Calls":3,"Operation":"ListClusters","Service":"ECS","Stack":"firewarden","Throttles":2`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if !strings.Contains(out.String(), `"Dimensions":[["Stack","Service","Operation"],["Stack"]],"Metrics":[{"Name":"Throttles","Unit":"Count"}]`) {
		t.Errorf("no total of throttles: %s", out)
	}
}

func TestMetricsAreFewAndNamedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range metrics.All() {
		if m.Name == "" || seen[m.Name] || m.Unit == "" || len(m.By) > 2 {
			t.Errorf("%+v", m)
		}
		seen[m.Name] = true
	}
}
