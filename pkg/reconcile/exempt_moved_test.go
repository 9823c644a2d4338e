package reconcile_test

import (
	"testing"
)

// TestAnExemptionThatEndedIsToldOnceWhereverItStands: its line in the file may move.
func TestAnExemptionThatEndedIsToldOnceWhereverItStands(t *testing.T) {
	c := newCloud(t)
	c.exempt("FL101", "sg-none*", "2026-11-01")
	c.sweep()
	c.stack.Policy.Exemptions[0].Place = "policy.yaml:13" // a comment was added above
	c.sweep()
	want(t, "notices", len(c.notices), 1)
}
