package reconcile_test

import (
	"testing"
)

func TestASweepReadsWhatABatchBegan(t *testing.T) {
	c := rollingOut(t)
	c.stack.Policy.DeregisterCorrected = true
	c.register(bad("a"))
	arn := c.register(bad("b"))
	c.audit(registered("a"), registered("b"))
	c.tasks = creating{c.ecs, func() { c.service("late", arn) }}
	c.remediate()
	t.Log(c.statuses(), c.status("b:1"), c.running("late"))
	for _, n := range c.notices {
		t.Log(n.Resource, n.Status, n.Reason, n.Notes)
	}
	want(t, "b:1, which service late runs", string(c.status("b:1")), "ACTIVE")
}
