package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
)

// TestARaisedModeIsNoBugOfOurs corrects once more what a raised mode asks for.
func TestARaisedModeIsNoBugOfOurs(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Rules["FL201"] = rules.Report
	c.register(bad("web"))
	c.run(registered("web"))
	c.stack.Policy.Rules["FL201"] = rules.Remediate
	c.sweep()
	for _, n := range c.notices {
		t.Log(n.Status, n.Reason)
		if strings.Contains(n.Reason, "bug of FireWarden") {
			t.Error(n.Reason)
		}
	}
	want(t, "revision", c.latest("web").Revision, int32(3))
}

// TestAnEndedExemptionIsNoBugOfOurs does so for an exemption that ended.
func TestAnEndedExemptionIsNoBugOfOurs(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Rules["FL201"] = rules.Remediate
	c.exempt("FL201", "web", "2026-11-24")
	c.register(bad("web"))
	c.run(registered("web"))
	c.now = c.now.Add(48 * time.Hour)
	c.sweep()
	for _, n := range c.notices {
		t.Log(n.Status, n.Reason)
	}
	want(t, "revision", c.latest("web").Revision, int32(3))
}
