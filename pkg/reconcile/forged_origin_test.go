package reconcile_test

import (
	"testing"
)

// forged findings choose the owner.
func TestAForgedFindingDoesNotMakeAnOwner(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	c.audit(registered("web"))
	forged := c.findings[0]
	t.Log(forged)
	c.findings = nil
	c.findings = append(c.findings, forgeOrigin(t, forged))
	c.remediate()
	c.run(deployed("web", "SERVICE_STEADY_STATE"))
	c.sweep()
	want(t, "revision", c.latest("web").Revision, int32(2))
}
