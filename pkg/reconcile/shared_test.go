package reconcile_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/policy"
)

// TestAGroupSharedWithAnAggregatorIsReported puts a FireLens service and an aggregator that serves 24224 behind one group.
func TestAGroupSharedWithAnAggregatorIsReported(t *testing.T) {
	c := newCloud(t)
	g := c.group("shared", tcp(24224, 24224, "10.0.0.0/8", "forward"))
	c.awsvpcService("web", g)
	in := firelens("aggregator", ecstypes.NetworkModeAwsvpc)
	in.ContainerDefinitions = in.ContainerDefinitions[1:]
	in.ContainerDefinitions[0].LogConfiguration = nil
	in.ContainerDefinitions[0].PortMappings = []ecstypes.PortMapping{{ContainerPort: aws.Int32(24224)}}
	c.service("aggregator", c.register(in), g)
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{"tcp 24224 10.0.0.0/8 (forward)"})
	want(t, "notices", c.statuses(), []string{"reported security-group/" + g})
	if e := strings.Join(c.notices[0].Findings[0].Evidence, "\n"); !strings.Contains(e, "container app of service prod/aggregator maps port 24224") {
		t.Errorf("the notice does not say who else: %s", e)
	}
	p, err := policy.Parse("policy.yaml", []byte("shared_groups: remediate"))
	if err != nil {
		t.Fatal(err)
	}
	c.stack.Policy = p
	c.run(opened(g))
	want(t, "entries where the policy says so", c.entries(g), []string(nil))
}

// TestAGroupSharedWithALoadBalancerIsReported, by an event and by sweeps alike.
func TestAGroupSharedWithALoadBalancerIsReported(t *testing.T) {
	c := newCloud(t)
	g := c.group("shared", tcp(24224, 24224, "10.0.0.0/8", "forward"))
	c.awsvpcService("web", g)
	eni := c.ecs.Network.AddInterface(c.subnet, "ELB net/logs/0123456789abcdef", g)
	c.run(opened(g))
	c.sweep()
	want(t, "entries", c.entries(g), []string{"tcp 24224 10.0.0.0/8 (forward)"})
	want(t, "notices", c.statuses(), []string{"reported security-group/" + g})
	if e := strings.Join(c.notices[0].Findings[0].Evidence, "\n"); !strings.Contains(e, "network interface "+eni) {
		t.Errorf("the notice does not say what else: %s", e)
	}
}
