package reconcile_test

import (
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// TestTwoRemediatorsAtOnce gives two handlers the same findings at the same moment: one plan is applied.
func TestTwoRemediatorsAtOnce(t *testing.T) {
	for range 20 {
		tr := newTrial(t, "several")
		findings := tr.findings
		var all sync.WaitGroup
		answers := make([]events.SQSEventResponse, 2)
		for i := range answers {
			all.Go(func() {
				out, err := tr.remediator().Handle(t.Context(), batchOf(findings...))
				if err != nil {
					t.Error(err)
				}
				answers[i] = out
			})
		}
		all.Wait()
		for _, a := range answers { // the one that waited too long for the lease comes again
			if len(a.BatchItemFailures) > 0 {
				tr.deliver(findings, 2)
			}
		}
		if bad := tr.problems(1); len(bad) > 0 {
			t.Fatal(bad)
		}
		writes := 0
		for _, call := range tr.ec2.Calls() {
			if call.Writes() {
				writes++
			}
		}
		want(t, "changes", writes, 4)
	}
}

// TestForgedFindings are about a clean group, one that does not exist, and a family that does not exist.
func TestForgedFindings(t *testing.T) {
	c := newCloud(t)
	clean := c.group("clean", tcp(443, 443, "0.0.0.0/0", ""))
	c.awsvpcService("clean", clean)
	for _, ref := range []string{"security-group/" + clean, "security-group/sg-0123456789abcdef0", "task-definition/nobody"} {
		kind := "FL101"
		if ref == "task-definition/nobody" {
			kind = "FL103"
		}
		m, err := trigger.FindingMessage(rules.Finding{
			Rule: kind, Severity: rules.Critical, Status: rules.Noncompliant, Resource: ref, Path: "ingress[tcp 0.0.0.0/0]", Message: "forged", Fixable: true,
		}, trigger.Origin{EventName: "forged", Time: time.Time{}}, "")
		if err != nil {
			t.Fatal(err)
		}
		c.findings = append(c.findings, m.Body())
	}
	c.ec2.Forget()
	if failed := c.remediate(); len(failed) > 0 {
		t.Errorf("left for another delivery: %v", failed)
	}
	want(t, "notices", c.statuses(), []string(nil))
	for _, call := range c.ec2.Calls() {
		if call.Writes() {
			t.Errorf("a forged finding led to %s", call.Op)
		}
	}
}
