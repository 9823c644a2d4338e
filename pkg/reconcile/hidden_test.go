package reconcile_test

import (
	"context"
	"fmt"
	"testing"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/reconcile"
)

// TestAHostsTaskHidesNoInterface starts, without any event, an aggregator behind the group of a FireLens service and of a container
// instance, on which a task runs that has no interface of its own.
func TestAHostsTaskHidesNoInterface(t *testing.T) {
	c := newCloud(t)
	g := c.group("web")
	c.awsvpcService("web", g)
	c.instance(c.register(firelens("node", ecstypes.NetworkModeHost)), g)
	c.sweep()
	c.started(c.register(aggregator("aggregator", ecstypes.NetworkModeAwsvpc)), g)
	c.open(g, tcp(24224, 24224, "10.0.0.0/8", ""))
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{"tcp 24224 10.0.0.0/8 ()"})
	want(t, "notices", c.statuses(), []string{"reported security-group/" + g})
}

// meanwhile is an account in which something happens while services are read, once.
type meanwhile struct {
	reconcile.Onlooker
	happen *func()
}

func (m meanwhile) Named(ctx context.Context, n inventory.Named) (inventory.Piece, error) {
	piece, err := m.Onlooker.Named(ctx, n)
	if happen := *m.happen; happen != nil {
		*m.happen = nil
		happen()
	}
	return piece, err
}

// TestWhoComesWhileTheUsersAreReadIsReadToo: an event puts an aggregator without tasks into the index, at which nobody has looked then.
func TestWhoComesWhileTheUsersAreReadIsReadToo(t *testing.T) {
	c := newCloud(t)
	g := c.group("web")
	for i := range 10 { // as many as one call tells of
		c.awsvpcService(fmt.Sprint("web-", i), g)
	}
	c.sweep()
	c.open(g, tcp(24224, 24224, "10.0.0.0/8", ""))
	c.audit(opened(g))
	happen := func() {
		c.service("aggregator", c.register(aggregator("aggregator", ecstypes.NetworkModeAwsvpc)), g)
		c.audit(steady("aggregator"))
	}
	r := c.remediator()
	r.Onlooker = meanwhile{r.Onlooker, &happen}
	bodies := c.findings
	c.findings = nil
	out, err := r.Handle(t.Context(), batchOf(bodies...))
	if err != nil || len(out.BatchItemFailures) > 0 {
		t.Fatalf("left for another delivery: %v, %v", out.BatchItemFailures, err)
	}
	want(t, "entries", c.entries(g), []string{"tcp 24224 10.0.0.0/8 ()"})
}
