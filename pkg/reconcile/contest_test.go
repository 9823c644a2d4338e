package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
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

// TestOurOwnCallIsNobodysDoing finds a reopened group by the event of our own revoke, alone and beside the user's.
func TestOurOwnCallIsNobodysDoing(t *testing.T) {
	own := trigger.Event{Origin: trigger.Origin{EventName: "RevokeSecurityGroupIngress", Principal: "arn:aws:sts::123456789012:assumed-role/r/fw-remediate"}}
	jo := trigger.Event{Origin: trigger.Origin{EventName: "AuthorizeSecurityGroupIngress", Principal: "arn:aws:iam::123456789012:user/jo"}}
	for name, c := range map[string]struct {
		evs  []trigger.Event
		want string
	}{"alone": {[]trigger.Event{own}, "somebody unknown"}, "beside": {[]trigger.Event{own, jo}, "user/jo"}} {
		tc := newCloud(t)
		g := tc.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
		tc.awsvpcService("web", g)
		for range 4 {
			tc.audit(opened(g))
			bodies := tc.findings
			tc.findings = nil
			var batch []string
			for _, ev := range c.evs {
				m, err := trigger.FindingMessage(findingOf(t, bodies[0]), ev.Origin, "")
				if err != nil {
					t.Fatal(err)
				}
				batch = append(batch, m.Body())
			}
			r := tc.remediator()
			r.Self = "fw-remediate"
			if _, err := r.Handle(t.Context(), batchOf(batch...)); err != nil {
				t.Fatal(err)
			}
			if len(tc.entries(g)) == 0 {
				tc.open(g, tcp(24224, 24224, "0.0.0.0/0", ""))
			}
		}
		notes := strings.Join(tc.notices[len(tc.notices)-1].Notes, "\n")
		if strings.Contains(notes, "fw-remediate") || strings.Count(notes, c.want) != 3 {
			t.Errorf("%s: notes\n%s", name, notes)
		}
	}
}

func findingOf(t *testing.T, body string) rules.Finding {
	t.Helper()
	ev, err := trigger.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return ev.Finding
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
