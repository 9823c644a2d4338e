package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
)

// TestWhatComesWhileASweepListsStaysInTheIndex makes a service, and starts a host's task, after their cluster was listed; events tell of both.
func TestWhatComesWhileASweepListsStaysInTheIndex(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Cap = rules.Report
	g, nodes := c.group("web"), c.group("nodes", tcp(24224, 24224, "10.0.0.0/8", ""))
	c.indexed()
	c.audit(`{"id":"sweep-between","source":"firewarden","detail-type":"FireWarden Sweep","detail":{"version":"1"}}`)
	for came := false; len(c.shards) > 0; {
		body := c.shards[0]
		c.shards = c.shards[1:]
		if !came && strings.Contains(body, `"listed"`) {
			came = true
			c.wait(t.Context(), time.Second)
			c.awsvpcService("web", g)
			node := c.register(firelens("node", "host"))
			c.instance(node, nodes)
			c.audit(steady("web"), c.lastTask(node, ""))
		}
		c.audit(body)
	}
	want(t, "users", c.users(g), []string{"service prod/web runs web:1"})
	want(t, "users of the host's group", len(c.users(nodes)), 1)
	c.stop("web")
	c.wait(t.Context(), time.Second)
	c.indexed()
	want(t, "users after the next sweep", c.users(g), []string(nil))
}
