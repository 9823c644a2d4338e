package policy

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/rules"
)

// on is a moment of that day.
func on(t *testing.T, moment string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04:05", moment)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func found(rule, resource string) rules.Finding { return rules.Finding{Rule: rule, Resource: resource} }

func parsed(t *testing.T, text string) Policy {
	t.Helper()
	p, err := Parse("policy.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAnExemptionIsAboutItsRuleAndResource(t *testing.T) {
	for _, c := range []struct {
		rule, resource string
		of             rules.Finding
		want           bool
	}{
		{"FL101", "sg-0abc", found("FL101", "security-group/sg-0abc"), true},
		{"FL101", "sg-0abc*", found("FL101", "security-group/sg-0abcdef"), true},
		{"FL101", "security-group/sg-0abc*", found("FL101", "security-group/sg-0abcdef"), true},
		{"FL1*", "*", found("FL102", "security-group/sg-1"), true},
		{"*", "web-?", found("FL204", "task-definition/web-1"), true},
		{"FL204", "web-[ab]", found("FL204", "task-definition/web-b"), true},
		{"FL101", "sg-0abc", found("FL102", "security-group/sg-0abc"), false},
		{"FL101", "sg-0abc", found("FL101", "security-group/sg-0abcdef"), false},
		{"FL101", "task-definition/*", found("FL101", "security-group/sg-1"), false},
		{"FL2*", "*", found("FL101", "security-group/sg-1"), false},
		{"FL204", "SG-1", found("FL204", "security-group/sg-1"), false},
	} {
		p := Policy{Exemptions: []Exemption{{Rule: c.rule, Resource: c.resource, Until: on(t, "2027-01-31 00:00:00")}}}
		if _, got := p.Exempt(c.of, on(t, "2027-01-01 00:00:00")); got != c.want {
			t.Errorf("%s on %s: %s on %s is exempt: %t", c.rule, c.resource, c.of.Rule, c.of.Resource, got)
		}
	}
}

func TestAnExemptionEndsWithItsLastDay(t *testing.T) {
	p := parsed(t, `exemptions: [{rule: FL101, resource: sg-1, reason: r, owner: o, until: 2027-01-31}]`)
	for moment, want := range map[string]bool{
		"2026-11-24 00:00:00": true, "2027-01-31 00:00:00": true, "2027-01-31 23:59:59": true, "2027-02-01 00:00:00": false, "2028-01-01 00:00:00": false,
	} {
		for _, zone := range []*time.Location{time.UTC, time.FixedZone("east", 14*3600)} {
			at := on(t, moment).In(zone)
			if _, got := p.Exempt(found("FL101", "security-group/sg-1"), at); got != want {
				t.Errorf("%s: exempt %t", at, got)
			}
			if got := len(p.Expired(at)) == 0; got != want {
				t.Errorf("%s: counts %t", at, got)
			}
		}
	}
}

func TestOfSeveralExemptionsTheOneThatEndsLastCounts(t *testing.T) {
	p := parsed(t, "exemptions:\n- {rule: FL101, resource: sg-1, reason: first, owner: o, until: 2027-01-31}\n"+
		"- {rule: FL1*, resource: '*', reason: longest, owner: o, until: '2027-03-31'}\n- {rule: FL101, resource: sg-*, reason: ended, owner: o, until: 2026-01-31}\n")
	e, ok := p.Exempt(found("FL101", "security-group/sg-1"), on(t, "2026-12-01 00:00:00"))
	want := Exemption{Rule: "FL1*", Resource: "*", Reason: "longest", Owner: "o", Until: on(t, "2027-03-31 00:00:00"), Place: "policy.yaml:3"}
	if diff := cmp.Diff(want, e); !ok || diff != "" {
		t.Error(diff)
	}
}

// places are where exemptions stand.
func places(all []Exemption) []string {
	var found []string
	for _, e := range all {
		found = append(found, e.Place)
	}
	return found
}

func TestWhatIsToldOfExemptions(t *testing.T) {
	p := parsed(t, "exemptions:\n"+
		"- {rule: FL101, resource: sg-gone, reason: r, owner: o, until: 2027-01-31}\n"+
		"- {rule: FL101, resource: sg-1, reason: r, owner: o, until: 2027-11-25}\n"+
		"- {rule: FL101, resource: sg-2, reason: r, owner: o, until: 2027-11-26}\n"+
		"- {rule: FL101, resource: sg-old, reason: r, owner: o, until: 2026-01-31}\n")
	at := on(t, "2026-11-24 10:00:00")
	if diff := cmp.Diff([]string{"policy.yaml:5"}, places(p.Expired(at))); diff != "" {
		t.Errorf("expired: %s", diff)
	}
	if diff := cmp.Diff([]string{"policy.yaml:4"}, places(p.Far(at))); diff != "" {
		t.Errorf("far: %s", diff)
	}
	if diff := cmp.Diff([]string{"policy.yaml:2"}, places(p.Unmatched([]string{"security-group/sg-1", "security-group/sg-2", "task-definition/web"}, at))); diff != "" {
		t.Errorf("unmatched: %s", diff)
	}
	if _, counts := p.Exempt(found("FL101", "security-group/sg-2"), at); !counts {
		t.Error("an end that is far off is remarked upon, and counts all the same")
	}
}

func TestAnExemptionsKeyIsOfWhatItIsAbout(t *testing.T) {
	e := Exemption{Rule: "FL101", Resource: "sg-1", Reason: "r", Owner: "o", Until: on(t, "2027-01-31 00:00:00"), Place: "policy.yaml:2"}
	moved, other := e, e
	moved.Place, moved.Reason = "policy.yaml:9", "said better"
	other.Until = on(t, "2027-02-28 00:00:00")
	if len(e.Key()) != 16 || e.Key() != moved.Key() || e.Key() == other.Key() {
		t.Errorf("%s, moved %s, prolonged %s", e.Key(), moved.Key(), other.Key())
	}
}
