package reconcile_test

import (
	"context"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/notify"
	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/rules"
)

// wiredSweeper are a sweep's ways out, each call of which passes the line.
type wiredSweeper struct {
	reconcile.Lister
	reconcile.GroupPages
	reconcile.Revisions
	reconcile.TaskReader
	reconcile.Publisher
	l *line
}

func get[Out any](l *line, call string, do func() (Out, error)) (out Out, err error) {
	err = l.pass(call, func() error {
		out, err = do()
		return err
	})
	return out, err
}

func (w wiredSweeper) Clusters(ctx context.Context) ([]string, error) {
	return get(w.l, "list clusters", func() ([]string, error) { return w.Lister.Clusters(ctx) })
}

func (w wiredSweeper) Services(ctx context.Context, cluster, token string) (inventory.Piece, error) {
	return get(w.l, "list services", func() (inventory.Piece, error) { return w.Lister.Services(ctx, cluster, token) })
}

func (w wiredSweeper) Tasks(ctx context.Context, cluster, token string) (inventory.Piece, error) {
	return get(w.l, "list tasks", func() (inventory.Piece, error) { return w.Lister.Tasks(ctx, cluster, token) })
}

func (w wiredSweeper) Behind(ctx context.Context, groups []string) (map[string]inventory.Behind, error) {
	return get(w.l, "list interfaces", func() (map[string]inventory.Behind, error) { return w.Lister.Behind(ctx, groups) })
}

func (w wiredSweeper) Groups(ctx context.Context, ids []string) ([]rules.Group, error) {
	return get(w.l, "list groups", func() ([]rules.Group, error) { return w.GroupPages.Groups(ctx, ids) })
}

func (w wiredSweeper) Active(ctx context.Context, token string) (revisions []string, next string, err error) {
	err = w.l.pass("list definitions", func() error {
		revisions, next, err = w.Revisions.Active(ctx, token)
		return err
	})
	return revisions, next, err
}

func (w wiredSweeper) Tags(ctx context.Context, arn string) ([]ecstypes.Tag, error) {
	return get(w.l, "read tags", func() ([]ecstypes.Tag, error) { return w.Revisions.Tags(ctx, arn) })
}

func (w wiredSweeper) Describe(ctx context.Context, ref string) (rules.Definition, error) {
	return get(w.l, "describe", func() (rules.Definition, error) { return w.TaskReader.Describe(ctx, ref) })
}

func (w wiredSweeper) Publish(ctx context.Context, n notify.Notice) error {
	return w.l.pass("publish", func() error { return w.Publisher.Publish(ctx, n) })
}

func (w wiredSweeper) PublishDigest(ctx context.Context, d notify.Digest) error {
	return w.l.pass("publish digest", func() error { return w.Publisher.PublishDigest(ctx, d) })
}

// wiredSink is a queue or the bus at the end of the line.
type wiredSink struct {
	reconcile.Sink
	l    *line
	call string
}

// Send implements reconcile.Sink.
func (w wiredSink) Send(ctx context.Context, bodies []string) error {
	return w.l.pass(w.call, func() error { return w.Sink.Send(ctx, bodies) })
}

// auditorOn is an auditor whose calls all pass a line.
func (c *cloud) auditorOn(l *line) reconcile.Auditor {
	a := c.auditor()
	w := wiredSweeper{a.Sweeper.Lister, a.Sweeper.Pages, a.Sweeper.Revisions, a.Tasks, c, l}
	a.Publisher, a.Ledger, a.Tasks = w, ledger.Ledger{Store: wiredLedger{c.ledger, l}}, w
	a.Findings = wiredSink{a.Findings, l, "send findings"}
	a.Sweeper = reconcile.Sweeper{Stack: a.Stack, Lister: w, Pages: w, Revisions: w, Trails: c, Shards: wiredSink{a.Sweeper.Shards, l, "send parts"}}
	return a
}
