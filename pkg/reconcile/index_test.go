package reconcile_test

import (
	"testing"
)

// calls is how many calls of EC2 and ECS an audit of these events makes.
func (c *cloud) calls(bodies ...string) int {
	c.t.Helper()
	c.ec2.Forget()
	c.ecs.Reset()
	if failed := c.audit(bodies...); len(failed) > 0 {
		c.t.Fatalf("left for another delivery: %v", failed)
	}
	return len(c.ec2.Calls()) + len(c.ecs.Calls())
}

func TestAGroupThatFireLensDoesNotUseCostsThreeCallsOnceTheIndexIsComplete(t *testing.T) {
	c := newCloud(t)
	unused := c.group("unused", tcp(24224, 24224, "10.0.0.0/8", ""))
	plain := c.group("plain", tcp(24224, 24224, "10.0.0.0/8", ""))
	in := firelens("plain", "awsvpc")
	in.ContainerDefinitions = in.ContainerDefinitions[1:]
	in.ContainerDefinitions[0].LogConfiguration = nil
	c.service("plain", c.register(in), plain)
	web := c.group("web", tcp(24224, 24224, "10.0.0.0/8", ""))
	c.awsvpcService("web", web)
	if n := c.calls(opened(unused)); n <= 4 {
		t.Errorf("%d calls before the index is complete: the account was not listed", n)
	}
	c.sweep()
	want(t, "calls for a group that nobody uses", c.calls(opened(unused)), 3)
	want(t, "calls for a group of a service without a router", c.calls(opened(plain)), 3)
	want(t, "entries", c.entries(plain), []string{"tcp 24224 10.0.0.0/8 ()"})
	c.open(web, tcp(24224, 24224, "10.0.0.0/8", ""))
	c.run(opened(web))
	want(t, "entries of the group that FireLens uses", c.entries(web), []string(nil))
}

// TestTheSweepRightsAStaleIndex moves a group into use without any event.
func TestTheSweepRightsAStaleIndex(t *testing.T) {
	c := newCloud(t)
	g := c.group("web", tcp(24224, 24224, "10.0.0.0/8", ""))
	c.sweep()
	c.awsvpcService("web", g)
	c.run(opened(g))
	want(t, "entries while the index is stale", len(c.entries(g)), 1)
	c.sweep()
	want(t, "entries after the sweep", len(c.entries(g)), 0)
	c.open(g, tcp(24224, 24224, "10.0.0.0/8", ""))
	c.run(opened(g))
	want(t, "entries once the index knows", len(c.entries(g)), 0)
}
