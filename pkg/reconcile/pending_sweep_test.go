package reconcile_test

import (
	"testing"
	"time"
)

func TestWhatNoDeliveryFinishesASweepDoes(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	c.audit(registered("web"))
	c.findings = nil
	c.audit(registered("web"))
	c.tasks = lateRegister{c.ecs}
	c.remediate() // registered, answer lost; the message ends in the dead-letter queue
	c.tasks = c.ecs
	c.findings = nil
	for range 3 {
		c.now = c.now.Add(6 * time.Hour)
		c.sweep()
	}
	known, _ := c.stack.Ledger.Resource(t.Context(), "task-definition/web")
	t.Log(c.latest("web").Revision, c.statuses(), known.Pending, known.Registered, c.states("task-definition/web"))
	want(t, "notices", len(c.notices), 1)
}
