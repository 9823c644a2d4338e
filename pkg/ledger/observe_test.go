package ledger_test

import (
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// TestAFindingsLife follows one finding: what is told is reset when it comes back, and only then.
func TestAFindingsLife(t *testing.T) {
	f := rules.Finding{Rule: "FL101", Resource: "security-group/sg-0a", Path: "ingress[tcp 0.0.0.0/0]"}
	fp := f.Fingerprint()
	r := ledger.Resource{Ref: f.Resource, Findings: map[string]ledger.Finding{}}
	state := func() ledger.Finding { return r.Findings[fp] }

	r.Observe([]rules.Finding{f}, trigger.Origin{}, at)
	if state().State != ledger.Open || !state().FirstSeen.Equal(at) {
		t.Fatalf("seen first: %+v", state())
	}
	r.Settle([]string{fp}, ledger.Blocked, "quota", nil, at)
	told := state()
	told.Told = told.Standing()
	r.Findings[fp] = told
	r.Observe([]rules.Finding{f}, trigger.Origin{}, at.Add(time.Hour))
	if state().State != ledger.Blocked || state().Told != "blocked: quota" || !state().LastSeen.Equal(at.Add(time.Hour)) {
		t.Fatalf("still there: %+v", state())
	}
	r.Settle([]string{fp}, ledger.Remediated, "", &ledger.Remediation{ID: "m1"}, at)
	if state().Standing() == state().Told || len(r.History["FL101"]) != 1 || state().Remediation != "m1" {
		t.Fatalf("mended: %+v", state())
	}
	r.Observe(nil, trigger.Origin{}, at)
	if state().State != ledger.Remediated {
		t.Fatalf("gone after it was mended: %+v", state())
	}
	if r.Standing() {
		t.Fatal("a mended resource stands open")
	}
	r.Observe([]rules.Finding{f}, trigger.Origin{}, at)
	if state().State != ledger.Open || state().Told != "" || state().Remediation != "" {
		t.Fatalf("reopened: %+v", state())
	}
	r.Observe(nil, trigger.Origin{}, at)
	if state().State != ledger.Resolved {
		t.Fatalf("gone by itself: %+v", state())
	}
}
