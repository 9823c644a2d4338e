package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/rules"
)

func TestSourcesOverrideKeyByKeyInTheirOrder(t *testing.T) {
	p, from, err := Merge(
		Source{"base.yaml", []byte("mode: report\nrules:\n  FL101: off\n  FL103: report\nbrakes: {per_hour: 1, before_first_sweep: 2}\n" +
			"exemptions: [{rule: FL101, resource: sg-1, reason: r, owner: o, until: 2027-01-31}]")},
		Source{"nothing.yaml", nil},
		Source{"FIREWARDEN_POLICY", []byte("mode: remediate\nrules: {FL103: remediate}\nbrakes: {per_hour: 9}\nexemptions: []")},
	)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Rules = map[string]rules.Mode{"FL101": rules.Off, "FL103": rules.Remediate}
	want.Brakes.BeforeFirstSweep, want.Brakes.PerHour = 2, 9
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
	wantFrom := Places{
		"mode": "FIREWARDEN_POLICY:1", "rules": "FIREWARDEN_POLICY:2", "rules.FL101": "base.yaml:3", "rules.FL103": "FIREWARDEN_POLICY:2",
		"brakes": "FIREWARDEN_POLICY:3", "brakes.per_hour": "FIREWARDEN_POLICY:3", "brakes.before_first_sweep": "base.yaml:5", "exemptions": "FIREWARDEN_POLICY:4",
	}
	if diff := cmp.Diff(wantFrom, from); diff != "" {
		t.Errorf("where it comes from:\n%s", diff)
	}
}

func TestAFaultInAnySourceRefusesAll(t *testing.T) {
	p, from, err := Merge(Source{"a.yaml", []byte("mode: report\nmod: x")}, Source{"b.yaml", []byte("allow_protocol_loss: true")}, Source{"c.yaml", []byte("\n- x")})
	const want = "a.yaml:2: unknown key \"mod\" (did you mean \"mode\"?)\nc.yaml:2: the policy must be a mapping"
	if err == nil || err.Error() != want || from != nil || !cmp.Equal(p, Policy{}) {
		t.Errorf("%+v, error %v", p, err)
	}
	safe, err := LoadAll("remediate", Source{"b.yaml", []byte("allow_protocol_loss: true")}, Source{"a.yaml", []byte("mod: x")})
	if err == nil || safe.Cap != rules.Report || safe.AllowProtocolLoss {
		t.Errorf("half-applied: %+v, error %v", safe, err)
	}
}

func TestAPolicyAsYAMLSaysWhereItsValuesComeFrom(t *testing.T) {
	const text = "mode: report\nrules: {\"FL1*\": report}\ntag_modes:\n- {tag: env, value: dev, rule: FL101, mode: report}\n- {tag: env, rule: \"*\", mode: along}\n" +
		"exemptions:\n- {rule: FL101, resource: \"sg-0abc*\", reason: \"it is: so\", owner: platform, until: 2027-01-31}\nbrakes: {per_hour: 3}\n"
	p, from, err := Merge(Source{"policy.yaml", []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.YAML(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"mode: report # policy.yaml:1", "  FL1*: report # policy.yaml:2", "tag_modes: # policy.yaml:3", "  - {tag: env, value: dev, rule: FL101, mode: report}",
		"  - {tag: env, rule: '*', mode: along}", "exemptions: # policy.yaml:6",
		"  - {rule: FL101, resource: sg-0abc*, reason: 'it is: so', owner: platform, until: 2027-01-31}",
		"  per_hour: 3 # policy.yaml:8", "  before_first_sweep: 10 # default", "owned: report # default",
	} {
		if !strings.Contains("\n"+string(out), "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
	again, err := Parse("policy.yaml", out)
	if err != nil || again.Sum() != p.Sum() {
		t.Errorf("read again it is another policy: %v\n%s", err, cmp.Diff(p, again))
	}
	if out, err = Default().YAML(nil); err != nil || !strings.Contains(string(out), "\nrules: {} # default\n") {
		t.Errorf("error %v\n%s", err, out)
	}
}
