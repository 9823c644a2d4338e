package rules_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

// policies are the parameters under which the laws hold.
var policies = map[string]rules.Params{
	"default": {}, "protocol loss": {AllowProtocolLoss: true},
	"asking for all": {RequireMetadata: true, RouterName: "{family}-router", Today: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)},
}

func TestFixturesAreJudgedAsExpected(t *testing.T) {
	for _, f := range fixtures(t) {
		t.Run(f.String(), func(t *testing.T) {
			rule, ok := rules.Find(f.rule)
			if !ok {
				t.Fatalf("no rule %s", f.rule)
			}
			want := f.want(t, ".want")
			if f.good != (len(want) == 0) {
				t.Fatalf("a good fixture expects nothing, a bad one something: %q", want)
			}
			p := f.params(t)
			check(t, rule, f.load(t), p, want)
			if loss := f.want(t, ".loss.want"); loss != nil {
				want = loss
			}
			p.AllowProtocolLoss = true
			check(t, rule, f.load(t), p, want)
		})
	}
}

func check(t *testing.T, rule rules.Rule, r rules.Resource, p rules.Params, want []string) {
	t.Helper()
	found := rules.Evaluate([]rules.Rule{rule}, r, p)
	if diff := cmp.Diff(want, lines(found), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	for _, f := range found {
		if f.Rule != rule.ID || f.Resource != r.Ref() || f.Message == "" {
			t.Errorf("incomplete finding %+v", f)
		}
	}
}

// TestLaws holds every rule to the laws of the package over every fixture, its own and the others'.
func TestLaws(t *testing.T) {
	for name, p := range policies {
		for _, f := range fixtures(t) {
			t.Run(name+"/"+f.String(), func(t *testing.T) {
				r, untouched := f.load(t), f.load(t)
				before := fingerprints(r, p)
				for _, rule := range rules.All() {
					if rule.Kind == r.Kind() {
						laws(t, law{rule, r, untouched, p, before})
					}
				}
			})
		}
	}
}

// law is a rule on a resource, a copy of the resource, and what the whole book finds in it.
type law struct {
	rules.Rule
	r, untouched rules.Resource
	p            rules.Params
	before       []string
}

func laws(t *testing.T, l law) {
	found := l.Check(l.r, l.p)
	if again := l.Check(l.r, l.p); !reflect.DeepEqual(found, again) {
		t.Errorf("%s: Check answers differently the second time:\n%s", l.ID, cmp.Diff(found, again))
	}
	if diff := changed(l.r, l.untouched); diff != "" {
		t.Fatalf("%s: Check mutated:\n%s", l.ID, diff)
	}
	if l.Fix == nil {
		return
	}
	fixed := l.Fix(l.r, l.p)
	if diff := changed(l.r, l.untouched); diff != "" {
		t.Fatalf("%s: Fix mutated:\n%s", l.ID, diff)
	}
	if !slices.ContainsFunc(found, func(f rules.Finding) bool { return f.Fixable }) {
		if diff := changed(l.r, fixed); diff != "" {
			t.Errorf("%s: Fix changes what has no fixable finding:\n%s", l.ID, diff)
		}
		return
	}
	lawsOfTheFixed(t, l, fixed)
}

func lawsOfTheFixed(t *testing.T, l law, fixed rules.Resource) {
	for _, left := range l.Check(fixed, l.p) {
		if left.Fixable {
			t.Errorf("%s: Fix leaves %s", l.ID, line(left))
		}
	}
	if diff := changed(fixed, l.Fix(fixed, l.p)); diff != "" {
		t.Errorf("%s: Fix of what is fixed changes it:\n%s", l.ID, diff)
	}
	for _, added := range fingerprints(fixed, l.p) {
		if !slices.Contains(l.before, added) {
			t.Errorf("%s: Fix adds finding %s", l.ID, added)
		}
	}
}

// changed is how two resources differ, as values: nil and empty lists are one, as they are for ECS and EC2. Most are the same
// to the letter, which is seen sooner.
func changed(a, b rules.Resource) string {
	if reflect.DeepEqual(a, b) {
		return ""
	}
	return cmp.Diff(a, b, cmpopts.EquateEmpty(), cmp.Exporter(func(reflect.Type) bool { return true }))
}

func fingerprints(r rules.Resource, p rules.Params) []string {
	var all []string
	for _, f := range rules.Evaluate(rules.All(), r, p) {
		all = append(all, f.Rule+" "+f.Path+" "+f.Fingerprint())
	}
	slices.Sort(all)
	return all
}

func TestFingerprintsAreUniqueAndDoNotDependOnOrder(t *testing.T) {
	for _, f := range fixtures(t) {
		want := fingerprints(f.load(t), rules.Params{})
		if got := fingerprints(reversed(f.load(t)), rules.Params{}); !slices.Equal(want, got) {
			t.Errorf("%s: reversed, the findings are %q, not %q", f, got, want)
		}
		if len(slices.Compact(slices.Clone(want))) != len(want) {
			t.Errorf("%s: a fingerprint stands twice in %q", f, want)
		}
	}
}

// reversed has the same containers, mappings, dependencies and entries in reverse order.
func reversed(r rules.Resource) rules.Resource {
	switch r := r.(type) {
	case rules.Definition:
		for _, c := range r.Task.ContainerDefinitions {
			slices.Reverse(c.PortMappings)
			slices.Reverse(c.DependsOn)
		}
		slices.Reverse(r.Task.ContainerDefinitions)
		return r
	case rules.Group:
		slices.Reverse(r.Entries)
		slices.Reverse(r.Users)
		return r
	}
	return r
}

func TestNothingIsPlannedFromAStateToItself(t *testing.T) {
	for _, f := range fixtures(t) {
		switch r := f.load(t).(type) {
		case rules.Definition:
			if diff := plan.Compare(r, f.load(t).(rules.Definition)); len(diff) > 0 {
				t.Errorf("%s: Compare(x, x) = %v", f, diff)
			}
		case rules.Group:
			if p := plan.Diff(r, f.load(t).(rules.Group)); !p.Empty() {
				t.Errorf("%s: Diff(x, x) =\n%s", f, p)
			}
		}
	}
}

func TestCatalogue(t *testing.T) {
	if err := rules.Validate(rules.All()); err != nil {
		t.Error(err)
	}
	if !slices.IsSortedFunc(rules.All(), func(a, b rules.Rule) int { return cmpIDs(a.ID, b.ID) }) {
		t.Error("the catalogue is not in the order of ids")
	}
	judged := map[string]int{}
	for _, f := range fixtures(t) {
		judged[f.rule]++
	}
	for _, r := range rules.All() {
		if judged[r.ID] < 5 {
			t.Errorf("rule %s has %d fixtures", r.ID, judged[r.ID])
		}
	}
}

func cmpIDs(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// Each of these breaks one thing in a catalogue that is otherwise good.
func TestValidateFindsWhatIsMissing(t *testing.T) {
	for name, breaks := range map[string]func(*rules.Rule){
		"id":             func(r *rules.Rule) { r.ID = "FL1" },
		"twice":          func(r *rules.Rule) { r.ID = rules.All()[1].ID },
		"title":          func(r *rules.Rule) { r.Title = "" },
		"severity":       func(r *rules.Rule) { r.Severity = "severe" },
		"mode":           func(r *rules.Rule) { r.Fix = nil },
		"documentation":  func(r *rules.Rule) { r.Doc.Why = "" },
		"sources":        func(r *rules.Rule) { r.Doc.Sources = nil },
		"example missed": func(r *rules.Rule) { r.Doc.After = "" },
		"setting's key":  func(r *rules.Rule) { r.Settings = []rules.Setting{{Key: "forbidden tags", About: "Tags."}} },
		"setting's text": func(r *rules.Rule) { r.Settings = []rules.Setting{{Key: "forbidden_tags"}} },
	} {
		all := rules.All()
		breaks(&all[0])
		if rules.Validate(all) == nil {
			t.Errorf("%s: not found", name)
		}
	}
}
