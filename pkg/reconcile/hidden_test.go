package reconcile_test

import (
	"testing"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
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
