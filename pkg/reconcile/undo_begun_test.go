package reconcile_test

import (
	"testing"
)

// undo that was begun once skips what it refuses.
func TestAnUndoBegunOnceStillRefuses(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	c.run(registered("web"))
	id := c.notices[0].Remediation
	c.tasks = denyingDeregister{c.ecs}
	if err := c.undo(id); err == nil {
		t.Fatal("not denied")
	}
	c.tasks = c.ecs
	c.service("web", "web:2")
	if err := c.undo(id); err == nil {
		t.Errorf("deregistered %s, which service prod/web runs: %s", "web:2", c.status("web:2"))
	}
}
