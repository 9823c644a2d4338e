package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
)

func (c *cloud) undo(id string) error {
	_, err := c.remediator().ApplyUndo(c.t.Context(), id, c.now.Add(24*time.Hour))
	return err
}

func (c *cloud) status(revision string) ecstypes.TaskDefinitionStatus {
	c.t.Helper()
	out, err := c.ecs.DescribeTaskDefinition(c.t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: &revision})
	if err != nil {
		c.t.Fatal(err)
	}
	return out.TaskDefinition.Status
}

func TestUndoDeregistersACorrectedRevision(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	c.run(registered("web"))
	id := c.notices[0].Remediation
	u, err := c.remediator().PlanUndo(t.Context(), id)
	if err != nil || u.Empty() {
		t.Fatalf("plan %+v, %v", u, err)
	}
	want(t, "the plan", u.String(), "deregister web:2; who names the family without a revision gets web:1 again\n")
	want(t, "planning changes nothing", c.status("web:2"), ecstypes.TaskDefinitionStatusActive)
	if err := c.undo(id); err != nil {
		t.Fatal(err)
	}
	want(t, "web:2", c.status("web:2"), ecstypes.TaskDefinitionStatusInactive)
	want(t, "the latest revision", c.latest("web").Revision, int32(1))
	c.run(registered("web"))
	c.sweep()
	want(t, "events and sweeps leave it alone", c.latest("web").Revision, int32(1))
	want(t, "notices", c.statuses(), []string{"remediated task-definition/web"})
	if err := c.undo(id); err == nil || !strings.Contains(err.Error(), "undone already") {
		t.Errorf("undone twice: %v", err)
	}
	c.now = c.now.Add(25 * time.Hour)
	c.sweep()
	want(t, "when the hold has ended", c.latest("web").Revision, int32(3))
}

// TestUndoEndsTheRollout: a service that runs the revision which was corrected is not moved any more.
func TestUndoEndsTheRollout(t *testing.T) {
	c := newCloud(t)
	c.breaker("web", c.register(bad("web")), true)
	c.run(registered("web"))
	want(t, "notices", c.statuses(), []string{"corrected task-definition/web"})
	if err := c.undo(c.notices[0].Remediation); err != nil {
		t.Fatal(err)
	}
	known, err := c.stack.Ledger.Resource(t.Context(), "task-definition/web")
	if err != nil || known.Rollout != nil {
		t.Errorf("the rollout is still there: %v, %v", known.Rollout, err)
	}
	c.sweep()
	want(t, "notices", c.statuses(), []string{"corrected task-definition/web"})
}

func TestUndoOfARevisionRefuses(t *testing.T) {
	for name, setup := range map[string]struct {
		before, after func(c *cloud)
		want          string
	}{
		"where something runs it": {
			after: func(c *cloud) {
				c.service("web", "web:2")
			},
			want: "web:2 is in use by service prod/web: move it first\n  aws ecs update-service --cluster prod --service web --task-definition web:1",
		},
		"where it is not the latest any more": {
			after: func(c *cloud) { c.register(firelens("web", ecstypes.NetworkModeAwsvpc)) },
			want:  "web:2 is not the latest revision of web any more; whoever wants web:1 names it, or registers it again",
		},
		"where the family is gone": {
			after: func(c *cloud) {
				for _, revision := range []string{"web:1", "web:2"} {
					if _, err := c.ecs.DeregisterTaskDefinition(c.t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: &revision}); err != nil {
						c.t.Fatal(err)
					}
				}
			},
			want: "web:2 is not the latest revision of web any more",
		},
		"where the old one is not active any more": {
			before: func(c *cloud) { c.stack.Policy.DeregisterCorrected = true },
			want:   "web:1 is not active any more, and cannot be made so: register it again",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			if setup.before != nil {
				setup.before(c)
			}
			c.register(bad("web"))
			c.run(registered("web"))
			if setup.after != nil {
				setup.after(c)
			}
			calls := len(c.changesOf("DeregisterTaskDefinition"))
			id := c.notices[0].Remediation
			if err := c.undo(id); err == nil || !strings.Contains(err.Error(), setup.want) {
				t.Errorf("got %v\nwant %s", err, setup.want)
			}
			want(t, "calls", len(c.changesOf("DeregisterTaskDefinition")), calls)
		})
	}
}

func TestAnUndoThatDiedGoesOn(t *testing.T) {
	for _, late := range []bool{true, false} {
		c := newCloud(t)
		c.register(bad("web"))
		c.run(registered("web"))
		id := c.notices[0].Remediation
		at := 0
		for i, call := range c.undoCalls() {
			if call == "DeregisterTaskDefinition" {
				at = i + 1
			}
		}
		c.ecs.Reset()
		c.ecs.FailAt(at, ecsfake.Fault{Err: ecsfake.Throttled(), Late: late})
		if err := c.undo(id); err == nil {
			t.Fatal("the fault did not strike")
		}
		if err := c.undo(id); err != nil {
			t.Fatal(err)
		}
		want(t, "web:2", c.status("web:2"), ecstypes.TaskDefinitionStatusInactive)
		m, err := c.stack.Ledger.Remediation(t.Context(), id)
		if err != nil || m.Undone.IsZero() {
			t.Errorf("undone %v, %v", m.Undone, err)
		}
	}
}

// undoCalls are the calls of ECS that an undo makes, seen on another account.
func (c *cloud) undoCalls() []string {
	other := newCloud(c.t)
	other.register(bad("web"))
	other.run(registered("web"))
	other.ecs.Reset()
	if err := other.undo(other.notices[0].Remediation); err != nil {
		c.t.Fatal(err)
	}
	var ops []string
	for _, call := range other.ecs.Calls() {
		ops = append(ops, call.Op)
	}
	return ops
}
