package reconcile_test

import (
	"testing"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/inventory/eventsfake"
)

// TestAScheduleThatMayNotBeReadAnyMoreStopsNothing has one that the index knows, and that is encrypted with a key of somebody's own since.
func TestAScheduleThatMayNotBeReadAnyMoreStopsNothing(t *testing.T) {
	for name, start := range map[string]func(c *cloud, g string){
		"a service is behind the group, too": func(c *cloud, g string) { c.awsvpcService("web", g) },
		"nobody else":                        func(*cloud, string) {},
	} {
		for _, listed := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", and the account is listed"}[listed], func(t *testing.T) {
				c := newCloud(t)
				g := c.group("job")
				start(c, g)
				c.register(firelens("job", ecstypes.NetworkModeAwsvpc))
				c.scheduled("nightly", "job", g)
				c.sweep()
				if listed { // for somebody of whom the index does not know
					c.started(c.register(firelens("late", ecstypes.NetworkModeAwsvpc)), g)
				}
				c.events.Fail = func(operation string, _ int) error { return eventsfake.Denied(operation) }
				before := c.users(g)
				c.open(g, tcp(24224, 24224, "10.0.0.0/8", ""))
				c.run(opened(g))
				want(t, "entries", c.entries(g), []string(nil))
				want(t, "users", c.users(g), before)
			})
		}
	}
}
