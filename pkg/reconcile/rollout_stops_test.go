package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
)

// TestWhatStopsARollout: the first service is under way when something comes up, so that the second is left, and told of with why.
func TestWhatStopsARollout(t *testing.T) {
	for _, c := range []struct {
		name  string
		comes func(c *cloud)
		why   string
	}{
		{"a newer revision", func(c *cloud) { c.register(ordered("web")) }, "the family has a newer revision, web:3"},
		{"the corrected revision is gone", func(c *cloud) {
			for _, revision := range []string{"web:1", "web:2"} {
				if _, err := c.ecs.DeregisterTaskDefinition(c.t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: &revision}); err != nil {
					c.t.Fatal(err)
				}
			}
		}, "the corrected revision is not active any more"},
		{"somebody holds the rule", func(c *cloud) {
			known, err := c.stack.Ledger.Resource(c.t.Context(), "task-definition/web")
			if err != nil {
				c.t.Fatal(err)
			}
			known.Hold(ledger.Hold{Rule: "FL103", Until: c.now.Add(24 * time.Hour), Why: "held"}, c.now)
			if err := c.stack.Ledger.PutResource(c.t.Context(), &known, nil); err != nil {
				c.t.Fatal(err)
			}
		}, "a remediation of it was undone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := rollingOut(t)
			arn := w.register(bad("web"))
			w.breaker("a", arn, true)
			w.breaker("b", arn, true)
			w.run(registered("web"))
			c.comes(w)
			w.ecs.Settle("prod", "a")
			w.run(deployed("a", "SERVICE_DEPLOYMENT_COMPLETED"))
			want(t, "they run", []string{w.running("a"), w.running("b")}, []string{"web:2", "web:1"})
			want(t, "calls", len(w.changesOf("UpdateService")), 1)
			last := w.notices[len(w.notices)-1]
			want(t, "told", last.Status+": "+last.Reason, "corrected: not rolled out: service prod/b")
			if !strings.Contains(strings.Join(last.Notes, "\n"), "service prod/b was left as it is: "+c.why) {
				t.Errorf("notes %q", last.Notes)
			}
		})
	}
}

// TestAServiceThatIsDeletedMeanwhileIsNoFailure: it is gone when its turn comes.
func TestAServiceThatIsDeletedMeanwhileIsNoFailure(t *testing.T) {
	c := rollingOut(t)
	arn := c.register(bad("web"))
	c.breaker("a", arn, true)
	c.breaker("b", arn, true)
	c.run(registered("web"))
	if _, err := c.ecs.DeleteService(t.Context(), &ecs.DeleteServiceInput{Cluster: aws.String("prod"), Service: aws.String("b"), Force: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	c.ecs.Settle("prod", "a")
	c.run(deployed("a", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "notices", c.statuses(), []string{"rolling out task-definition/web", "remediated task-definition/web"})
}

// TestAServiceMadeMeanwhileIsMovedToo: it was not there when the revision was corrected.
func TestAServiceMadeMeanwhileIsMovedToo(t *testing.T) {
	c := rollingOut(t)
	arn := c.register(bad("web"))
	c.breaker("a", arn, true)
	c.run(registered("web"))
	c.breaker("late", arn, true)
	c.ecs.Settle("prod", "a")
	c.run(deployed("a", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "the late one runs", c.running("late"), "web:2")
	c.ecs.Settle("prod", "late")
	c.run(deployed("late", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "in the end", c.statuses()[len(c.notices)-1], "remediated task-definition/web")
}

// TestReportModeDeregistersNothing: the cap comes between the correction and the end of its rollout.
func TestReportModeDeregistersNothing(t *testing.T) {
	c := rollingOut(t)
	c.stack.Policy.DeregisterCorrected = true
	c.breaker("web", c.register(bad("web")), true)
	c.run(registered("web"))
	c.stack.Policy.Cap = rules.Report
	c.ecs.Settle("prod", "web")
	c.run(deployed("web", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "web:1", c.status("web:1"), ecstypes.TaskDefinitionStatusActive)
	want(t, "told", c.statuses()[len(c.notices)-1], "remediated task-definition/web")
}

// TestARevisionOfOursThatHasWhatItMendsStopsUs: that is a bug of FireWarden, and registering again would never end.
func TestARevisionOfOursThatHasWhatItMendsStopsUs(t *testing.T) {
	for _, mended := range [][]string{{"FL103"}, {"FL204"}} {
		c := newCloud(t)
		arn := c.register(bad("web"))
		known, err := c.stack.Ledger.Resource(t.Context(), "task-definition/web")
		if err != nil {
			t.Fatal(err)
		}
		known.Registered, known.RegisteredRules = arn, mended
		if err := c.stack.Ledger.PutResource(t.Context(), &known, nil); err != nil {
			t.Fatal(err)
		}
		c.run(registered("web"))
		ours := mended[0] == "FL103"
		want(t, "revision", c.latest("web").Revision, map[bool]int32{true: 1, false: 2}[ours])
		want(t, "a bug of ours", strings.Contains(c.notices[0].Reason, "a bug of FireWarden"), ours)
	}
}
