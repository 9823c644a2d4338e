package plan_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

// TestFixesCompose holds every rule with a fix, every two of them, and all of them to this: applied one after the other by id, they
// leave nothing that one of them would fix, nothing that ECS refuses and did not refuse before, and nothing to do again.
func TestFixesCompose(t *testing.T) {
	sets := together(fixers())
	judged := 0
	for name, d := range definitions(t) {
		for p, params := range map[string]rules.Params{"default": {}, "much memory": {MemoryReservation: 600}} {
			found := rules.Evaluate(fixers(), d, params)
			for _, set := range sets {
				if concerns(set, found) {
					judged++
					composes(t, name+", "+ids(set)+", "+p, d, set, params)
				}
			}
		}
	}
	if judged < 500 {
		t.Errorf("%d corrections", judged)
	}
	t.Logf("%d sets of rules, %d corrections", len(sets), judged)
}

// concerns says whether a set of rules has something to correct: one or all of them, or two that both find something.
func concerns(set []rules.Rule, found []rules.Finding) bool {
	finds := map[string]bool{}
	for _, f := range found {
		finds[f.Rule] = true
	}
	if len(set) > 2 {
		return len(finds) > 0
	}
	return !slices.ContainsFunc(set, func(r rules.Rule) bool { return !finds[r.ID] })
}

func composes(t *testing.T, name string, d rules.Definition, set []rules.Rule, p rules.Params) {
	t.Helper()
	desired := plan.Correct(d, set, p).Desired
	for _, f := range rules.Evaluate(set, desired, p) {
		if f.Fixable && f.Status == rules.Noncompliant {
			t.Errorf("%s: left is %s at %s", name, f.Rule, f.Path)
		}
	}
	before := refusals(d)
	for _, why := range refusals(desired) {
		if !slices.Contains(before, why) {
			t.Errorf("%s: ECS refuses the corrected revision: %s", name, why)
		}
	}
	if again := plan.Correct(desired, set, p); !again.Empty() {
		t.Errorf("%s: a second time, the fixes change\n%s", name, again)
	}
}

// FL502 alone leaves a router that a client waits for to end as it is: with FL202 the client no longer does, and it follows.
func TestEssentialFollowsStart(t *testing.T) {
	d := definitions(t)["FL502/bad/client-waits-with-success"]
	for set, want := range map[string]string{"FL502": "", "FL202": "FL202", "FL202 FL502": "FL202 FL502"} {
		if got := strings.Join(plan.Correct(d, book(t, strings.Fields(set)...), rules.Params{}).Rules, " "); got != want {
			t.Errorf("%s: fixes of %q", set, got)
		}
	}
}

// fixers are the rules that correct definitions, by id.
func fixers() []rules.Rule {
	return slices.DeleteFunc(rules.All(), func(r rules.Rule) bool { return r.Kind != rules.KindDefinition || r.Fix == nil })
}

// together are each rule, every two, and all.
func together(all []rules.Rule) [][]rules.Rule {
	sets := [][]rules.Rule{all}
	for i := range all {
		sets = append(sets, all[i:i+1])
		for j := i + 1; j < len(all); j++ {
			sets = append(sets, []rules.Rule{all[i], all[j]})
		}
	}
	return sets
}

func ids(set []rules.Rule) string {
	var all []string
	for _, r := range set {
		all = append(all, r.ID)
	}
	return strings.Join(all, "+")
}

// definitions are the rule book's fixtures and, where they are there, other people's definitions.
func definitions(t *testing.T) map[string]rules.Definition {
	t.Helper()
	all := map[string]rules.Definition{}
	for _, root := range []string{"../rules/testdata", "../../../shared/corpus/taskdefs"} {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() || filepath.Ext(path) != ".json" {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if found, notOne := source.Read(path, data); notOne == nil { // groups and policies lie beside them
				all[strings.TrimSuffix(strings.TrimPrefix(path, root+"/"), ".json")] = found[0].Resource.(rules.Definition)
			}
			return nil
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if len(all) < 100 {
		t.Fatalf("%d definitions", len(all))
	}
	return all
}

// refusals are what ECS refuses in a definition, of all that a fix could bring about.
func refusals(d rules.Definition) []string {
	var all []string
	reserved, names := int64(0), map[string]bool{}
	for _, c := range d.Task.ContainerDefinitions {
		reserved += int64(reservation(c))
		if c.Memory != nil && c.MemoryReservation != nil && *c.MemoryReservation > *c.Memory {
			all = append(all, *c.Name+" reserves more than its memory")
		}
		for _, dep := range c.DependsOn {
			if on, ok := d.Container(value(dep.ContainerName)); ok && ended(dep) && (on.Essential == nil || *on.Essential) {
				all = append(all, value(dep.ContainerName)+" is essential and waited for to end")
			}
		}
		if closesCycle(d, value(c.Name)) {
			all = append(all, value(c.Name)+" waits for itself")
		}
		for _, m := range c.PortMappings {
			if m.Name != nil && names[*m.Name] {
				all = append(all, "two mappings have one name")
			}
			names[value(m.Name)] = true
		}
	}
	if whole, ok := mebibytes[value(d.Task.Memory)]; ok && reserved > whole {
		all = append(all, "the containers reserve more than the task's memory")
	}
	return all
}

// mebibytes are the task memories of the definitions that are read here.
var mebibytes = map[string]int64{"512": 512, "0.5 GB": 512, "1024": 1024, "1GB": 1024, "2048": 2048}

func reservation(c types.ContainerDefinition) int32 {
	switch {
	case c.MemoryReservation != nil:
		return *c.MemoryReservation
	case c.Memory != nil:
		return *c.Memory
	}
	return 0
}

func ended(dep types.ContainerDependency) bool {
	return dep.Condition == types.ContainerConditionSuccess || dep.Condition == types.ContainerConditionComplete
}

// closesCycle says whether a container waits, directly or through others, for itself.
func closesCycle(d rules.Definition, name string) bool {
	seen := map[string]bool{}
	var visit func(string) bool
	visit = func(from string) bool {
		c, _ := d.Container(from)
		for _, dep := range c.DependsOn {
			on := value(dep.ContainerName)
			if on == name {
				return true
			}
			if !seen[on] {
				seen[on] = true
				if visit(on) {
					return true
				}
			}
		}
		return false
	}
	return visit(name)
}

func value(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
