package policy

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/rules"
)

// book is a rule book with all that a policy must tell apart: FL1xx are a group's rule and two of definitions, of which one has
// no fix; no FL3xx has one.
func book() []rules.Rule {
	fix := func(r rules.Resource, _ rules.Params) rules.Resource { return r }
	return []rules.Rule{
		{ID: "FL101", Kind: rules.KindGroup, Mode: rules.Remediate, Fix: fix},
		{ID: "FL103", Kind: rules.KindDefinition, Mode: rules.Remediate, Fix: fix},
		{ID: "FL105", Kind: rules.KindDefinition, Mode: rules.Report},
		{ID: "FL201", Kind: rules.KindDefinition, Mode: rules.Along, Fix: fix},
		{ID: "FL301", Kind: rules.KindDefinition, Mode: rules.Report, Settings: []rules.Setting{{Key: "colours", About: "Colours."}}},
	}
}

// read reads a text over the default, with the book above.
func read(text string) (Policy, error) {
	return over(Default(), document{name: "policy.yaml", book: book()}, []byte(text))
}

// modes are the modes of the book, in its order.
func modes(p Policy) string {
	var all []string
	for _, r := range book() {
		all = append(all, string(p.Mode(r)))
	}
	return strings.Join(all, "/")
}

func TestTheEmbeddedDefaultIsValidAndWhole(t *testing.T) {
	poisoned := Policy{
		Cap: rules.Report, TagModes: []TagMode{{}}, Exemptions: []Exemption{{}}, TagExemptions: true, AllowProtocolLoss: true, SharedGroups: rules.Remediate, Owned: rules.Remediate,
		Rollout: RolloutUpdateService, RolloutTag: true, DeregisterCorrected: true, Digest: DigestNever, Sweep: SweepAllRevisions, SweepPercent: 99,
		Brakes:     Brakes{BeforeFirstSweep: 99, PerHour: 99, PerResourcePerHour: 99},
		Thresholds: Thresholds{MemoryReservation: 99, RouterName: "x", RequireMetadata: true},
	}
	p, err := over(poisoned, document{name: "default.yaml", book: rules.All()}, defaultText)
	if err != nil {
		t.Fatal(err)
	}
	want := Policy{
		Cap: rules.Remediate, Rules: map[string]rules.Mode{}, TagModes: []TagMode{}, Exemptions: []Exemption{}, SharedGroups: rules.Report, Owned: rules.Report,
		Rollout: RolloutNone, Digest: DigestFindings, Sweep: SweepInUse, SweepPercent: 50,
		Brakes:     Brakes{BeforeFirstSweep: 10, PerHour: 60, PerResourcePerHour: 5},
		Thresholds: Thresholds{MemoryReservation: 100, RouterName: "{family}*"},
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("a key is not in the default:\n%s", diff)
	}
	if diff := cmp.Diff(p, Default()); diff != "" {
		t.Error(diff)
	}
}

func TestByDefaultEveryRuleKeepsItsOwnMode(t *testing.T) {
	for _, r := range rules.All() {
		if got := Default().Mode(r); got != r.Mode {
			t.Errorf("%s: %s, want %s", r.ID, got, r.Mode)
		}
	}
}

func TestTheMostSpecificPatternWins(t *testing.T) {
	for _, c := range []struct{ sentence, text, want string }{
		{"nothing said", ``, "remediate/remediate/report/along/report"},
		{"nothing but comments", "# nothing\n---\n", "remediate/remediate/report/along/report"},
		{"a rule by its id", `rules: {FL103: report}`, "remediate/report/report/along/report"},
		{"a beginning", `rules: {"FL1*": off}`, "off/off/off/along/report"},
		{"the id before the beginning", `rules: {"FL1*": off, FL103: remediate}`, "off/remediate/off/along/report"},
		{"the longer beginning before the shorter", `rules: {"FL1*": off, "FL10*": report, "*": off}`, "report/report/report/off/off"},
		{"an id with a star before a shorter beginning", `rules: {"FL101*": off, "FL10*": report}`, "off/report/report/along/report"},
		{"all rules", `rules: {"*": report}`, "report/report/report/report/report"},
		{"remediate for all, which those without a fix only report", `rules: {"*": remediate}`, "remediate/remediate/report/remediate/report"},
		{"along for all, which a group's rule only reports", `rules: {"*": along}`, "report/along/report/along/report"},
		{"off in block style, without quotes", "rules:\n  FL101: off\n", "off/remediate/report/along/report"},
		{"the cap", `mode: report`, "report/report/report/report/report"},
		{"the cap over what is off", "mode: report\nrules: {FL101: off, FL103: remediate}", "off/report/report/report/report"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			p, err := read(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := modes(p); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestTheZeroPolicyChangesNothing(t *testing.T) {
	if got, want := modes(Policy{}), "report/report/report/report/report"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestKeysOverrideOneByOne(t *testing.T) {
	p, err := read("allow_protocol_loss: true\nbrakes: {}\n")
	if err != nil || p.Cap != rules.Remediate || p.Brakes.BeforeFirstSweep != 10 || !p.Params().AllowProtocolLoss {
		t.Errorf("got %+v, error %v", p, err)
	}
	p, err = read("brakes: {before_first_sweep: 0}")
	if err != nil || p.Brakes.BeforeFirstSweep != 0 || p.Params().AllowProtocolLoss {
		t.Errorf("got %+v, error %v", p, err)
	}
}

func TestARulesOwnSettingIsAThreshold(t *testing.T) {
	p, err := read("thresholds: {colours: [red, \"light blue\"], router_name: log_router}")
	want := map[string][]string{"colours": {"red", "light blue"}}
	if diff := cmp.Diff(want, p.Params().Lists); err != nil || diff != "" {
		t.Errorf("error %v\n%s", err, diff)
	}
	if p, err = read(""); err != nil || p.Params().Lists != nil {
		t.Errorf("by default %v, error %v", p.Params().Lists, err)
	}
	for text, want := range map[string]string{
		"thresholds: {colours: red}":                "policy.yaml:1: thresholds.colours must be a list of texts",
		"thresholds:\n  colours:\n    - a\n    - 3": "policy.yaml:4: thresholds.colours must be a list of texts",
		"thresholds: {colors: []}":                  `policy.yaml:1: unknown key "colors" (did you mean "colours"?)`,
	} {
		if _, err := read(text); err == nil || err.Error() != want {
			t.Errorf("%q: got %v", text, err)
		}
	}
	if _, err := Parse("policy.yaml", []byte("thresholds: {colours: []}")); err == nil {
		t.Error("a setting of no rule is taken")
	}
}

func TestNoKeyIsThereTwice(t *testing.T) {
	for _, k := range keys(rules.All()) {
		if s, ok := k.shape.(section[Policy]); ok && len(slices.Compact(s.names())) != len(s) {
			t.Errorf("%s: %q", k.name, s.names())
		}
	}
}

func TestReadingLeavesTheBaseAlone(t *testing.T) {
	base := Default()
	if _, err := over(base, document{name: "x", book: book()}, []byte(`rules: {FL101: off}`)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), base); diff != "" {
		t.Error(diff)
	}
}

func TestACapLowersAndNeverRaises(t *testing.T) {
	for _, c := range []struct{ own, limit, want string }{
		{"remediate", "remediate", "remediate"}, {"remediate", "report", "report"}, {"report", "remediate", "report"}, {"report", "report", "report"},
	} {
		p, err := read("mode: " + c.own)
		if err == nil {
			p, err = p.WithCap(c.limit)
		}
		if err != nil || string(p.Cap) != c.want {
			t.Errorf("%s under %s: %s (%v), want %s", c.own, c.limit, p.Cap, err, c.want)
		}
	}
	for _, limit := range []string{"", "off", "along", "Report"} {
		if p, err := Default().WithCap(limit); err == nil || p.Mode(book()[0]) != rules.Report {
			t.Errorf("cap %q: %+v, %v", limit, p, err)
		}
	}
}

func TestLoadIsSafeWhereThePolicyIsNot(t *testing.T) {
	safe := Default()
	safe.Cap = rules.Report
	for _, c := range []struct{ text, limit, want string }{
		{"mod: report", "remediate", `FIREWARDEN_POLICY:1: unknown key "mod" (did you mean "mode"?)`},
		{"allow_protocol_loss: true\nrules: 5", "remediate", `FIREWARDEN_POLICY:2: rules must be a mapping`},
		{"allow_protocol_loss: true", "", `capping the policy: mode "" is neither report nor remediate`},
	} {
		p, err := Load("FIREWARDEN_POLICY", []byte(c.text), c.limit)
		if err == nil || err.Error() != c.want {
			t.Errorf("%q: error %v, want %s", c.text, err, c.want)
		}
		if diff := cmp.Diff(safe, p); diff != "" {
			t.Errorf("%q:\n%s", c.text, diff)
		}
	}
	p, err := Load("FIREWARDEN_POLICY", nil, "report")
	if diff := cmp.Diff(safe, p); err != nil || diff != "" {
		t.Errorf("error %v\n%s", err, diff)
	}
}

func TestTheSumIsOfWhatAPolicyMeans(t *testing.T) {
	sum := func(text string) string {
		p, err := Parse("policy.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return p.Sum()
	}
	if got := sum(""); len(got) != 64 || got != Default().Sum() {
		t.Errorf("got %s", got)
	}
	for _, same := range []string{"mode: remediate", "rules: {FL101: remediate}", "brakes: {before_first_sweep: 10}"} {
		if sum(same) != sum("") {
			t.Errorf("%s: another sum than the default's", same)
		}
	}
	seen := map[string]string{}
	for _, text := range []string{
		"", "mode: report", "rules: {FL101: off}", "rules: {FL103: off}", "allow_protocol_loss: true", "brakes: {before_first_sweep: 11}", "brakes: {per_hour: 61}", "brakes: {per_resource_per_hour: 6}",
		"owned: remediate", "rollout: update-service", "rollout_tag: true", "deregister_corrected: true", "digest: never", "sweep: all-revisions", "sweep_percent: 5",
		"thresholds: {memory_reservation: 64}", "thresholds: {router_name: log_router}", "thresholds: {require_metadata: true}",
	} {
		d := sum(text)
		if other, twice := seen[d]; twice {
			t.Errorf("%q and %q have one sum", text, other)
		}
		seen[d] = text
	}
}
