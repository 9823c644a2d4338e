package reconcile_test

import (
	"strings"
	"testing"
)

// two registrations of one batch, the later by Terraform.
func TestTheLastRegistrationNamesTheOwner(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	c.register(bad("web"))
	early := strings.ReplaceAll(registered("web"), "2026-11-23T12:00:00Z", "2026-11-23T11:00:00Z")
	c.run(early, applied("web"))
	want(t, "revision", c.latest("web").Revision, int32(2))
}
