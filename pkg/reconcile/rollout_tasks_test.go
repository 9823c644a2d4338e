package reconcile_test

import (
	"testing"
	"time"
)

// tasks that come and go.
func TestTasksThatComeAndGoAreToldOnce(t *testing.T) {
	c := newCloud(t)
	in := bad("job")
	c.register(in)
	stop := c.task("job:1")
	c.run(registered("job"))
	for range 3 {
		stop()
		stop = c.task("job:1")
		c.now = c.now.Add(6 * time.Hour)
		c.sweep()
	}
	for _, n := range c.notices {
		t.Log(n.Status, n.Reason)
	}
	want(t, "notices", len(c.notices), 1)
}
