package reconcile_test

import (
	"testing"

	"github.com/firewarden/firewarden/pkg/policy"
)

// an undone remediation is in the digest.
func TestWhatWasUndoneIsNotRemediated(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Digest = policy.DigestAlways
	c.register(bad("web"))
	c.run(registered("web"))
	if err := c.undo(c.notices[0].Remediation); err != nil {
		t.Fatal(err)
	}
	c.sweep()
	want(t, "remediated", len(c.digests[0].Remediated), 0)
}
