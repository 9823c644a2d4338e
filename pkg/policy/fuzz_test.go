package policy

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/rules"
)

// FuzzPolicy: whatever the text, Parse accepts it whole or refuses it whole, with the text's name; a policy that is accepted
// gives every rule a mode that it is able to have, and under the cap nothing is changed.
func FuzzPolicy(f *testing.F) {
	f.Add(defaultText)
	for _, seed := range []string{
		"", "---\n", "mode: report\nrules: {FL101: off, \"FL2*\": along}\nbrakes: {before_first_sweep: 3}\n", "rules: *a", "rules: &a {FL101: off}\nbrakes: *a",
		whole, "exemptions: [{rule: FL101, resource: \"[\", reason: r, owner: o, until: 2027-01-31}, *a, ]", "tag_modes:\n- {tag: a, value: \"#\\n\", rule: \"*\", mode: along}",
		"allow_protocol_loss: yes", "? [a]\n: b", "a: 1\n---\nb: 2", "%YAML 1.1\n---\nmode: !!str report", "mode: |\n  report\n", "{mode: report", "\t", "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse("policy.yaml", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "policy.yaml:") || !cmp.Equal(p, Policy{}) {
				t.Fatalf("error %q with %+v", err, p)
			}
			return
		}
		capped, err := p.WithCap("report")
		if err != nil || p.Brakes.BeforeFirstSweep < 0 || len(p.Sum()) != 64 {
			t.Fatalf("%+v, error %v", p, err)
		}
		out, err := p.YAML(nil)
		if again, twice := Parse("again.yaml", out); err != nil || twice != nil || again.Sum() != p.Sum() {
			t.Fatalf("written and read again it is another policy: %v, %v\n%s", err, twice, out)
		}
		checkModes(t, p, rules.Off, rules.Report, rules.Along, rules.Remediate)
		checkModes(t, capped, rules.Off, rules.Report)
	})
}

// checkModes wants each rule to have one of these modes, and to be able to.
func checkModes(t *testing.T, p Policy, among ...rules.Mode) {
	t.Helper()
	for _, r := range rules.All() {
		if got := p.Mode(r); !slices.Contains(among, got) || !able(r, got) {
			t.Fatalf("%s: mode %q under %+v", r.ID, got, p)
		}
	}
}

// FuzzTagExemption: whatever a tag says, it exempts whole ids of rules, with a reason and an end, or nothing.
func FuzzTagExemption(f *testing.F) {
	for _, seed := range []string{"FL101 until=2027-01-31 reason=r", "FL101 FL102 reason= until=2027-01-31", "until=0000-01-01 FL101 reason=\xff", "reason=reason=", "\u2028FL101"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		all, err := ParseTagExemption(value)
		if (err == nil) != (len(all) > 0) {
			t.Fatalf("%+v, error %v", all, err)
		}
		for _, e := range all {
			if _, ok := rules.Find(e.Rule); !ok || strings.TrimSpace(e.Reason) == "" || e.Until.IsZero() {
				t.Fatalf("%+v", e)
			}
		}
	})
}
