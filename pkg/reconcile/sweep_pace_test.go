package reconcile_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/smithy-go/middleware"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/pace"
	"github.com/firewarden/firewarden/pkg/reconcile"
)

// paced is a listing whose clusters a real client lists.
type paced struct {
	reconcile.Lister
	clusters func(context.Context) ([]string, error)
}

func (p paced) Clusters(ctx context.Context) ([]string, error) { return p.clusters(ctx) }

// TestTheCallsOfASweepKeepThePace: a client with a pacer waits for its turn in a sweep, and in nothing else.
func TestTheCallsOfASweepKeepThePace(t *testing.T) {
	c := newCloud(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"clusterArns": []}`) }))
	defer server.Close()
	turns := 0
	pacer := &pace.Pacer{Wait: c.wait, Turn: func(context.Context, string, time.Duration) (time.Duration, error) {
		turns++
		return 0, nil
	}}
	lister := inventory.Reader{ECS: ecs.NewFromConfig(aws.Config{
		BaseEndpoint: &server.URL, Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		APIOptions: []func(*middleware.Stack) error{pacer.Keep},
	})}.Lister()
	c.lister = func(l reconcile.Lister) reconcile.Lister { return paced{l, lister.Clusters} }
	if _, err := lister.Clusters(t.Context()); err != nil || turns > 0 {
		t.Fatalf("%d turns outside of a sweep, %v", turns, err)
	}
	c.sweepOnly()
	want(t, "turns", turns, 1)
}
