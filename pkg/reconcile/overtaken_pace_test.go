package reconcile_test

import (
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
)

func TestOvertakenKeepsThePace(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	var times []time.Time
	c.tasks = overtaking{c.ecs, func() { c.register(bad("web")) }, &times, c.clock}
	c.run(registered("web"))
	t.Log(times, c.latest("web").Revision)
	if len(times) > 1 && times[1].Sub(times[0]) < 2*time.Second {
		t.Errorf("two registrations within %s", times[1].Sub(times[0]))
	}
}

func TestOvertakenKeepsHandsOff(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Rules["FL201"] = rules.Remediate
	c.register(bad("web"))
	known, _ := c.stack.Ledger.Resource(t.Context(), "task-definition/web")
	known.Hold(ledger.Hold{Rule: "FL201", Until: c.now.Add(24 * time.Hour), Why: "held"}, c.now)
	if err := c.stack.Ledger.PutResource(t.Context(), &known, nil); err != nil {
		t.Fatal(err)
	}
	var times []time.Time
	c.tasks = overtaking{c.ecs, func() { c.register(bad("web")) }, &times, c.clock}
	c.run(registered("web"))
	want(t, "dependsOn", len(c.latest("web").ContainerDefinitions[1].DependsOn), 0)
	t.Log(c.latest("web").Revision, c.states("task-definition/web"))
}
