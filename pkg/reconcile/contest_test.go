package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
)

func TestAGroupThatIsReopenedIsContestedAfterThreeRemediations(t *testing.T) {
	c := newCloud(t)
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	ref := "security-group/" + g
	for range 6 {
		c.run(opened(g))
		if len(c.entries(g)) == 0 {
			c.open(g, tcp(24224, 24224, "0.0.0.0/0", ""))
		}
	}
	want(t, "notices", c.statuses(), []string{"remediated " + ref, "remediated " + ref, "remediated " + ref, "contested " + ref})
	want(t, "entries", c.entries(g), []string{"tcp 24224 0.0.0.0/0 ()"})
	notes := strings.Join(c.notices[3].Notes, "\n")
	if strings.Count(notes, "was undone by arn:aws:iam::123456789012:user/jo (AuthorizeSecurityGroupIngress)") != 3 || !strings.Contains(notes, "firewarden findings release ") {
		t.Errorf("notes:\n%s", notes)
	}
	known, err := c.stack.Ledger.Resource(t.Context(), ref)
	if err != nil || !known.Release("FL101") {
		t.Fatalf("nothing to release: %v", err)
	}
	if err := c.stack.Ledger.PutResource(t.Context(), &known, nil); err != nil {
		t.Fatal(err)
	}
	c.run(opened(g))
	want(t, "entries after the release", c.entries(g), []string(nil))
	want(t, "last notice", c.statuses()[4:], []string{"remediated " + ref})
}

func TestAFamilyThatIsRegisteredBadDailyIsContested(t *testing.T) {
	c := newCloud(t)
	for range 30 {
		c.register(bad("web"))
		c.run(registered("web"))
		c.now = c.now.Add(24 * time.Hour)
	}
	want(t, "notices", c.statuses(), []string{
		"remediated task-definition/web", "remediated task-definition/web", "remediated task-definition/web", "contested task-definition/web",
	})
	want(t, "revisions", c.latest("web").Revision, int32(33))
}

func TestAHoldIsObeyedUntilItEnds(t *testing.T) {
	c := newCloud(t)
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	known, err := c.stack.Ledger.Resource(t.Context(), "security-group/"+g)
	if err != nil {
		t.Fatal(err)
	}
	known.Hold(ledger.Hold{Rule: "FL101", Until: c.now.Add(time.Hour), Why: "undone"}, c.now)
	if err := c.stack.Ledger.PutResource(t.Context(), &known, nil); err != nil {
		t.Fatal(err)
	}
	c.run(opened(g))
	c.sweep()
	want(t, "entries", c.entries(g), []string{"tcp 24224 0.0.0.0/0 ()"})
	want(t, "notices", c.statuses(), []string(nil))
	c.now = c.now.Add(2 * time.Hour)
	c.sweep()
	want(t, "entries after the hold", c.entries(g), []string(nil))
}
