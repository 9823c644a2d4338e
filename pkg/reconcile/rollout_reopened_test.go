package reconcile_test

import (
	"testing"
	"time"
)

// TestARolloutWhoseFindingsCameBackIsNotForgotten has them resolved when they go.
func TestARolloutWhoseFindingsCameBackIsNotForgotten(t *testing.T) {
	c := newCloud(t)
	c.service("web", c.register(bad("web")))
	c.run(registered("web")) // web:2, not rolled out
	c.register(bad("web"))   // web:3 by Terraform: reported
	c.run(applied("web"))
	t.Log(c.states("task-definition/web"))
	c.register(ordered("web")) // web:4 is good
	c.run(applied("web"))
	c.now = c.now.Add(6 * time.Hour)
	c.sweep()
	c.sweep()
	t.Log(c.states("task-definition/web"), c.statuses())
	known, _ := c.stack.Ledger.Resource(t.Context(), "task-definition/web")
	t.Logf("rollout %+v", known.Rollout)
	for rule, s := range c.states("task-definition/web") {
		if s == "reported" {
			t.Error(rule, s)
		}
	}
}
