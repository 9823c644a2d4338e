package reconcile_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// TestWhoElseIsBehindAGroupIsSaid puts a FireLens service behind an open group, and beside it what may serve the port: before a sweep and
// after one, which knows of neither.
func TestWhoElseIsBehindAGroupIsSaid(t *testing.T) {
	aggregator := func(c *cloud, mode ecstypes.NetworkMode) string {
		in := withoutRouter("aggregator")
		in.NetworkMode = mode
		in.ContainerDefinitions[0].PortMappings = []ecstypes.PortMapping{{ContainerPort: aws.Int32(24224), HostPort: aws.Int32(24224)}}
		return c.register(in)
	}
	for _, k := range []struct {
		name     string
		beside   func(c *cloud, group string)
		evidence string // "" where it is closed
	}{
		{"nobody", func(*cloud, string) {}, ""},
		{"a task of another account", func(c *cloud, g string) {
			eni := c.ecs.Network.AddInterface(c.subnet, "arn:aws:ecs:eu-central-1:999999999999:attachment/1", g)
			c.ecs.Network.Give(eni, "999999999999")
		}, "is of account 999999999999"},
		{"an instance of EC2", func(c *cloud, g string) { c.ecs.Network.AddInstance(c.subnet, g) }, "is no container instance"},
		{"a container instance without tasks", func(c *cloud, g string) { c.host(g) }, ""},
		{"a container instance with a router in host mode", func(c *cloud, g string) { c.instance(c.register(firelens("node", ecstypes.NetworkModeHost)), g) }, ""},
		{"a container instance with an aggregator in host mode", func(c *cloud, g string) { c.instance(aggregator(c, ecstypes.NetworkModeHost), g) }, "container app of container instance prod/i-"},
		{"a container instance with an aggregator in bridge mode", func(c *cloud, g string) { c.instance(aggregator(c, ecstypes.NetworkModeBridge), g) }, "container app of container instance prod/i-"},
	} {
		for _, swept := range []bool{false, true} {
			t.Run(k.name+map[bool]string{false: ", before a sweep", true: ", after one"}[swept], func(t *testing.T) {
				c := newCloud(t)
				g := c.group("web")
				c.awsvpcService("web", g)
				if swept {
					c.sweep()
				}
				k.beside(c, g)
				c.open(g, tcp(24224, 24224, "10.0.0.0/8", ""))
				c.run(opened(g))
				if k.evidence == "" {
					want(t, "entries", c.entries(g), []string(nil))
					return
				}
				want(t, "entries", c.entries(g), []string{"tcp 24224 10.0.0.0/8 ()"})
				want(t, "notices", c.statuses(), []string{"reported security-group/" + g})
				if e := strings.Join(c.notices[0].Findings[0].Evidence, "\n"); !strings.Contains(e, k.evidence) {
					t.Errorf("the notice does not say who else: %s", e)
				}
			})
		}
	}
}
