package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/inventory/eventsfake"
	"github.com/firewarden/firewarden/pkg/reconcile"
)

// TestARevisionThatAScheduleNamesIsNotDeregistered makes the schedule after all was listed, and no event tells of it.
func TestARevisionThatAScheduleNamesIsNotDeregistered(t *testing.T) {
	for name, k := range map[string]struct {
		change func(*cloud)
		status string
	}{
		"nothing names it":                  {func(*cloud) {}, "INACTIVE"},
		"a schedule names it":               {func(c *cloud) { c.scheduled("nightly", "web:1") }, "ACTIVE"},
		"a schedule names another":          {func(c *cloud) { c.scheduled("nightly", "web") }, "INACTIVE"},
		"what starts tasks may not be read": {func(c *cloud) { c.events.Fail = func(op string, _ int) error { return eventsfake.Denied(op) } }, "ACTIVE"},
	} {
		t.Run(name, func(t *testing.T) {
			c := rollingOut(t)
			c.stack.Policy.DeregisterCorrected = true
			c.register(bad("web"))
			k.change(c)
			c.run(registered("web"))
			want(t, "web:1", string(c.status("web:1")), k.status)
		})
	}
}

func TestAScheduleOfTheRevisionThatWasCorrectedIsNamed(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	c.scheduled("nightly", "web:1")
	c.events.PutRule("default", "hourly", c.starting("web"))
	c.sweep()
	want(t, "notices", c.statuses(), []string{"corrected task-definition/web"})
	want(t, "reason", c.notices[0].Reason, "not rolled out: schedule prod/default/nightly")
	if notes := strings.Join(c.notices[0].Notes, "; "); !strings.Contains(notes, "schedule prod/default/nightly starts web:1, or another revision with the finding, until it names web:2") {
		t.Errorf("notes %s", notes)
	}
	c.scheduled("nightly", "web:2")
	c.sweep()
	want(t, "notices", c.statuses(), []string{"corrected task-definition/web", "remediated task-definition/web"})
}

func surveyed(t *testing.T, s reconcile.Survey) (reconcile.Surveyed, error) {
	t.Helper()
	read, err := s.Read(t.Context())
	if err != nil {
		return reconcile.Surveyed{}, err
	}
	return read.Judge(nil), nil
}

func TestASurveySeesWhatIsStarted(t *testing.T) {
	c := newCloud(t)
	g := c.group("job", tcp(24224, 24224, "10.0.0.0/8", ""))
	c.register(bad("api"))
	c.register(firelens("api", "awsvpc"))
	c.register(firelens("job", "awsvpc"))
	c.events.PutRule("default", "hourly", c.starting("api:1"))
	c.scheduled("nightly", "job", g)
	inv := c.inventory()
	inv.Keys = nil
	survey := reconcile.Survey{
		Stack: c.stack, Families: ecstask.Store{API: c.ecs}, Tasks: ecstask.Store{API: c.ecs}, Groups: c.auditor().Groups, Inventory: inv,
		Planned: func(int, int) {}, Done: func() {},
	}
	var found []string
	got, err := surveyed(t, survey)
	for _, f := range got.Found {
		found = append(found, fmt.Sprint(f.Rule, " ", f.Resource, " ", f.Revisions, " ", f.Users))
	}
	if err != nil || len(got.Unread) > 0 {
		t.Errorf("%v, not read %v", err, got.Unread)
	}
	want(t, "found", found, []string{
		"FL101 security-group/" + g + " [job:1] [schedule prod/default/nightly]",
		"FL103 task-definition/api [api:1] [EventBridge rule prod/default/hourly]",
		"FL201 task-definition/api [api:1] [EventBridge rule prod/default/hourly]",
	})
	want(t, "revisions", got.Revisions, 3)
	c.events.Fail = func(op string, _ int) error { return eventsfake.Denied(op) }
	got, err = surveyed(t, survey)
	if err != nil || len(got.Unread) != 1 || got.Unread[0].Resource != "account/starts" || !inventory.IsUnanswered(got.Unread[0].Err) || got.Families != 2 {
		t.Errorf("%v, not read %v", err, got.Unread)
	}
}
