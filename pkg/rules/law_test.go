package rules_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	ec2 "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ecs "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

// policies are the parameters under which the laws hold.
var policies = map[string]rules.Params{"default": {}, "protocol loss": {AllowProtocolLoss: true}}

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
			check(t, rule, f.load(t), rules.Params{}, want)
			if loss := f.want(t, ".loss.want"); loss != nil {
				want = loss
			}
			check(t, rule, f.load(t), rules.Params{AllowProtocolLoss: true}, want)
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
			for _, rule := range rules.All() {
				t.Run(name+"/"+f.String()+"/"+rule.ID, func(t *testing.T) { laws(t, f, rule, p) })
			}
		}
	}
}

func laws(t *testing.T, f fixture, rule rules.Rule, p rules.Params) {
	r := f.load(t)
	found := rule.Check(r, p)
	if diff := changed(r, f.load(t)); diff != "" {
		t.Fatalf("Check mutated:\n%s", diff)
	}
	if again := rule.Check(r, p); !cmp.Equal(found, again) {
		t.Errorf("Check answers differently the second time:\n%s", cmp.Diff(found, again))
	}
	if rule.Fix == nil {
		return
	}
	fixed := rule.Fix(r, p)
	if diff := changed(r, f.load(t)); diff != "" {
		t.Fatalf("Fix mutated:\n%s", diff)
	}
	for _, left := range rule.Check(fixed, p) {
		if left.Fixable {
			t.Errorf("Fix leaves %s", line(left))
		}
	}
	if diff := changed(fixed, rule.Fix(fixed, p)); diff != "" {
		t.Errorf("Fix of what is fixed changes it:\n%s", diff)
	}
	if !slices.ContainsFunc(found, func(f rules.Finding) bool { return f.Fixable }) {
		if diff := changed(r, fixed); diff != "" {
			t.Errorf("Fix changes what has no fixable finding:\n%s", diff)
		}
	}
	for _, added := range fingerprints(fixed, p) {
		if !slices.Contains(fingerprints(r, p), added) {
			t.Errorf("Fix adds finding %s", added)
		}
	}
}

// changed is how two resources differ, as values: nil and empty lists are one, as they are for ECS and EC2.
func changed(a, b rules.Resource) string {
	return cmp.Diff(a, b, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(
		ecs.TaskDefinition{}, ecs.ContainerDefinition{}, ecs.FirelensConfiguration{}, ecs.LogConfiguration{}, ecs.ContainerDependency{},
		ecs.PortMapping{}, ecs.VolumeFrom{}, ecs.HealthCheck{}, ecs.RuntimePlatform{}, ecs.KeyValuePair{},
		ec2.SecurityGroupRule{}, ec2.ReferencedSecurityGroup{}, ec2.Tag{}))
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
	} {
		all := rules.All()
		breaks(&all[0])
		if rules.Validate(all) == nil {
			t.Errorf("%s: not found", name)
		}
	}
}
