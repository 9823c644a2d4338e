package reconcile_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// a revision that somebody else registered is taken for ours.
func TestAPersonsRevisionIsNotTakenForOurs(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	c.audit(registered("web"))
	c.ecs.Reset()
	c.tasks = throttledRegister{c.ecs}
	again := slices.Clone(c.findings)
	if len(c.remediate()) == 0 {
		t.Fatal("expected a retry")
	}
	c.tasks = c.ecs
	c.register(ordered("web")) // the developer mends it himself
	c.findings = again         // delivered again
	c.remediate()
	for _, n := range c.notices {
		t.Logf("%s: %s notes %q", n.Status, n.Reason, n.Notes)
	}
	want(t, "notices", c.statuses(), []string(nil))
	if len(c.notices) > 0 {
		u, err := c.remediator().PlanUndo(t.Context(), c.notices[0].Remediation)
		t.Logf("undo would: %q %v", u.String(), err)
	}
}

func TestAFamilyThatIsGonePoisonsNothing(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	c.audit(registered("web"))
	again := append([]string(nil), c.findings...)
	c.tasks = throttledRegister{c.ecs}
	c.remediate()
	c.tasks = c.ecs
	if _, err := c.ecs.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String("web:1")}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		c.findings = again
		want(t, "left for another delivery", len(c.remediate()), 0)
	}
	t.Log(c.statuses())
}
