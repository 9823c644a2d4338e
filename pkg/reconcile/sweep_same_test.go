package reconcile_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// onTheBus are the findings about a resource on their way, in a fixed order.
func (c *cloud) onTheBus(ref string) []rules.Finding {
	c.t.Helper()
	var all []rules.Finding
	for _, body := range c.findings {
		ev, err := trigger.Parse([]byte(body))
		if err != nil {
			c.t.Fatal(err)
		}
		if ev.Finding.Resource == ref {
			all = append(all, ev.Finding)
		}
	}
	slices.SortFunc(all, func(a, b rules.Finding) int { return strings.Compare(a.Fingerprint(), b.Fingerprint()) })
	return all
}

// aggregator is a definition of a container that is no router and serves its port.
func aggregator(family string, mode ecstypes.NetworkMode) *ecs.RegisterTaskDefinitionInput {
	in := firelens(family, mode)
	in.ContainerDefinitions = in.ContainerDefinitions[1:]
	in.ContainerDefinitions[0].LogConfiguration = nil
	in.ContainerDefinitions[0].PortMappings = []ecstypes.PortMapping{{ContainerPort: aws.Int32(24224)}}
	return in
}

// TestASweepFindsWhatAnEventFinds: the same findings go to the bus, with the same evidence, whether the account is listed for an event,
// swept, or known from a sweep when the event comes.
func TestASweepFindsWhatAnEventFinds(t *testing.T) {
	for _, k := range []struct {
		name  string
		users func(c *cloud, g string)
		says  string
	}{
		{"a service", func(c *cloud, g string) { c.awsvpcService("web", g) }, "service prod/web"},
		{"two services and a task", func(c *cloud, g string) {
			c.awsvpcService("api", g)
			c.awsvpcService("web", g)
			c.started(c.register(firelens("job", ecstypes.NetworkModeAwsvpc)), g)
		}, "service prod/api"},
		{"a service with another beside it that has no router", func(c *cloud, g string) {
			c.awsvpcService("web", g)
			in := aggregator("plain", ecstypes.NetworkModeAwsvpc)
			in.ContainerDefinitions[0].PortMappings = nil
			c.service("plain", c.register(in), g)
		}, "service prod/web"},
		{"one shared with an aggregator", func(c *cloud, g string) {
			c.awsvpcService("web", g)
			c.service("sink", c.register(aggregator("sink", ecstypes.NetworkModeAwsvpc)), g)
		}, "container app of service prod/sink maps port 24224"},
		{"one shared with a virtual machine", func(c *cloud, g string) {
			c.awsvpcService("web", g)
			c.ecs.Network.AddInstance(c.subnet, g)
		}, "service prod/web"}, // not told from a container instance
		{"one shared with a load balancer", func(c *cloud, g string) {
			c.awsvpcService("web", g)
			c.ecs.Network.AddInterface(c.subnet, "ELB net/logs/0123456789abcdef", g)
		}, "is no task's"},
		{"an instance with a task of host mode", func(c *cloud, g string) {
			c.instance(c.register(firelens("node", ecstypes.NetworkModeHost)), g)
		}, "container instance"},
		{"nobody with a router", func(c *cloud, g string) {
			c.service("sink", c.register(aggregator("sink", ecstypes.NetworkModeAwsvpc)), g)
		}, ""},
	} {
		t.Run(k.name, func(t *testing.T) {
			build := func() (*cloud, string) {
				c := newCloud(t)
				g := c.group("web", tcp(24000, 25000, "0.0.0.0/0", ""), tcp(24224, 24224, "10.0.0.0/8", ""))
				k.users(c, g)
				return c, g
			}
			heard, g := build()
			heard.audit(opened(g))
			found := heard.onTheBus("security-group/" + g)
			swept, _ := build()
			swept.sweepOnly()
			want(t, "by the sweep", swept.onTheBus("security-group/"+g), found)
			swept.findings = nil
			swept.ecs.Reset()
			swept.audit(opened(g))
			want(t, "by an event after it", swept.onTheBus("security-group/"+g), found)
			want(t, "listings for that", swept.ecs.Count("ListServices"), 0)
			if k.says == "" {
				want(t, "found", len(found), 0)
				return
			}
			want(t, "found", len(found), 2)
			if text := found[0].Message + "\n" + strings.Join(found[0].Evidence, "\n"); !strings.Contains(text, k.says) {
				t.Errorf("the finding says %q", text)
			}
		})
	}
}

// TestATaskThatItsServiceStandsForIsNotInTheIndexApart; one that runs something else, or behind other groups, than its service does now is.
func TestATaskThatItsServiceStandsForIsNotInTheIndexApart(t *testing.T) {
	c := newCloud(t)
	g, h, third := c.group("g"), c.group("h"), c.group("third")
	other := c.register(firelens("web", ecstypes.NetworkModeAwsvpc))
	c.service("web", c.register(firelens("web", ecstypes.NetworkModeAwsvpc)), g, h)
	for _, k := range []struct {
		name    string
		service string
		runs    inventory.Run
		apart   bool
	}{
		{"as its service", "service web", inventory.Run{Revision: "web:2", Groups: []string{g, h}}, false},
		{"behind one of its groups", "service web", inventory.Run{Revision: "web:2", Groups: []string{h}}, false},
		{"behind another group, too", "service web", inventory.Run{Revision: "web:2", Groups: []string{g, third}}, true},
		{"an older revision", "service web", inventory.Run{Revision: lastOf(other), Groups: []string{g}}, true},
		{"of a service that nobody knows", "service gone", inventory.Run{Revision: "web:2", Groups: []string{g}}, true},
		{"alone", "", inventory.Run{Revision: "web:2", Groups: []string{g}}, true},
		{"as its service, again", "service web", inventory.Run{Revision: "web:2", Groups: []string{g, h}}, false},
	} {
		t.Run(k.name, func(t *testing.T) {
			c.t = t
			task := inventory.Placed{By: "task", Name: "0123", Cluster: "prod", Key: "task 0123", Service: k.service, Runs: []inventory.Run{k.runs}}
			c.lister = func(l reconcile.Lister) reconcile.Lister { return tasked{l, task} }
			c.sweepOnly()
			keys, err := c.stack.Ledger.Places(t.Context(), "prod")
			want(t, "a task is there apart", slices.Contains(keys, "task 0123"), k.apart)
			want(t, "its service is there", slices.Contains(keys, "service web"), true)
			want(t, "error", err, nil)
		})
	}
}

// TestATaskThatHasNoInterfaceYetIsNotItsInstances: in awsvpc mode it gets its own, with its own groups.
func TestATaskThatHasNoInterfaceYetIsNotItsInstances(t *testing.T) {
	for mode, used := range map[ecstypes.NetworkMode]int{ecstypes.NetworkModeAwsvpc: 0, ecstypes.NetworkModeHost: 1} {
		c := newCloud(t)
		g := c.group("instances")
		c.register(firelens("web", mode))
		task := inventory.Placed{
			By: "container instance", Name: "prod/i-0a", Cluster: "prod", Key: "task 0123", Runs: []inventory.Run{{Revision: "web:1", Groups: []string{g}}},
		}
		c.lister = func(l reconcile.Lister) reconcile.Lister { return tasked{l, task} }
		c.sweepOnly()
		users, err := c.stack.Ledger.Users(t.Context(), g)
		if err != nil || len(users) != used {
			t.Errorf("%s: users %v, %v", mode, users, err)
		}
	}
}

func lastOf(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// tasked is an account with one task.
type tasked struct {
	reconcile.Lister
	task inventory.Placed
}

func (l tasked) Tasks(context.Context, string, string) (inventory.Piece, error) {
	return inventory.Piece{Placed: []inventory.Placed{l.task}}, nil
}

// TestInterfacesAreReadBehindOpenGroupsOnly, and only where a router is behind them: an account has more interfaces than anything else.
func TestInterfacesAreReadBehindOpenGroupsOnly(t *testing.T) {
	for _, k := range []struct {
		name  string
		build func(c *cloud)
		reads int
	}{
		{"closed", func(c *cloud) { c.awsvpcService("web", c.group("web", tcp(443, 443, "0.0.0.0/0", ""))) }, 0},
		{"open, without a router", func(c *cloud) {
			c.service("sink", c.register(aggregator("sink", ecstypes.NetworkModeAwsvpc)), c.group("sink", tcp(24224, 24224, "0.0.0.0/0", "")))
		}, 0},
		{"open", func(c *cloud) { c.awsvpcService("web", c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))) }, 1},
	} {
		c := newCloud(t)
		k.build(c)
		c.ecs.Reset()
		c.sweepOnly()
		want(t, k.name, c.ecs.Count("DescribeNetworkInterfaces"), k.reads)
	}
}
