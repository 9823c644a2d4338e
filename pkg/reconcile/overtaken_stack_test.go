package reconcile_test

import (
	"testing"
	"time"
)

func TestOvertakenByAStackIsPutBack(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	var times []time.Time
	c.tasks = overtaking{c.ecs, func() { c.register(ordered("web")); c.ecs.Reserve("web", "aws:cloudformation:stack-name", "shop") }, &times, c.clock}
	failed := append(c.audit(registered("web")), c.remediate()...)
	t.Log(failed, c.statuses(), c.latest("web").Revision)
	for _, n := range c.notices {
		t.Log(n.Status, n.Reason, n.Notes)
	}
	want(t, "latest", c.latest("web").Revision, int32(4))
}
