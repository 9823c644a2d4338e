package ecsconformance

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

// fixes are the rules with a fix for definitions, one by one and all together.
func fixes() map[string][]rules.Rule {
	sets := map[string][]rules.Rule{}
	for _, r := range rules.All() {
		if r.Fix != nil && r.Kind == rules.KindDefinition {
			sets[r.ID] = []rules.Rule{r}
			sets["all"] = append(sets["all"], r)
		}
	}
	return sets
}

// Every public definition that ECS would take is corrected with each fix that it needs, and with all of them: what is registered
// differs from what was there in the planned places only, by the raw answers too, and nothing is left to correct.
func TestCorpusIsCorrectedWithoutLoss(t *testing.T) {
	if _, err := os.Stat(corpus); errors.Is(err, fs.ErrNotExist) {
		t.Skip("../shared/corpus is not there")
	}
	emulator := startEmulator(t)
	worlds := map[string]world{"fake": fakeWorld(), "emulator": emulatorWorld(t, emulator.URL)}
	table := map[string]int{}
	for i, file := range registrable(t) {
		for name, w := range worlds {
			t.Run(file.name+" on the "+name, func(t *testing.T) {
				for rule, set := range fixes() {
					if file.corrected(t, w, fmt.Sprintf("%s-%03d", rule, i), set) {
						table[rule+" on the "+name]++
					}
					for n, how := range spoilings {
						spoiled, ok := file.spoiled(n)
						if ok && spoiled.corrected(t, w, fmt.Sprintf("%s-%s-%03d", rule, how.name, i), set) {
							table[rule+" on the "+name+", spoiled"]++
						}
					}
				}
			})
		}
	}
	for _, row := range slices.Sorted(maps.Keys(table)) {
		t.Logf("%-20s %3d definitions", row, table[row])
	}
	for rule := range fixes() {
		n := table[rule+" on the emulator"] + table[rule+" on the emulator, spoiled"]
		if n == 0 || n < 20 && rule != "FL503" { // most of them have memory
			t.Errorf("%s: %d definitions were corrected: too few", rule, n)
		}
	}
}

// spoilings are three ways to get the order of start wrong.
var spoilings = []struct {
	name   string
	router []types.ContainerDependency
	client types.ContainerCondition
}{
	{"ends", nil, types.ContainerConditionComplete},
	{"healthy", nil, types.ContainerConditionHealthy},
	{"waits", []types.ContainerDependency{{ContainerName: aws.String("spoiled-init"), Condition: types.ContainerConditionSuccess}}, ""},
}

// spoiled is the file's definition with one order wrong, an open port, a router that is not essential, and without metadata; false
// where it has not one router and a client.
func (p public) spoiled(n int) (public, bool) {
	how := spoilings[n]
	router, ok := p.in.Router()
	if !ok || len(p.in.Clients()) == 0 {
		return p, false
	}
	taskMemory := p.in.Task.Memory != nil
	p.in = p.in.With(func(c *types.ContainerDefinition) {
		switch {
		case c.FirelensConfiguration != nil:
			c.Essential, c.HealthCheck, c.DependsOn = aws.Bool(false), nil, how.router
			if taskMemory {
				c.Memory, c.MemoryReservation = nil, nil
			}
			c.PortMappings = append(slices.Clone(c.PortMappings), types.PortMapping{ContainerPort: aws.Int32(rules.Port)})
			firelens := *c.FirelensConfiguration
			firelens.Options = maps.Clone(firelens.Options)
			if firelens.Options == nil {
				firelens.Options = map[string]string{}
			}
			firelens.Options["enable-ecs-log-metadata"] = "false"
			c.FirelensConfiguration = &firelens
		case c.LogConfiguration != nil && c.LogConfiguration.LogDriver == types.LogDriverAwsfirelens:
			c.DependsOn, c.Essential = nil, aws.Bool(true)
			if how.client != "" {
				c.DependsOn = []types.ContainerDependency{{ContainerName: router.Name, Condition: how.client}}
			}
		}
	})
	p.in.Task.ContainerDefinitions = append(p.in.Task.ContainerDefinitions, types.ContainerDefinition{
		Name: aws.String("spoiled-init"), Image: aws.String("example/init:1"), Memory: aws.Int32(16), Essential: aws.Bool(false),
	})
	return p, true
}

// corrected registers the file's definition under a family of its own and corrects it; false where there is nothing to correct, or
// the world does not take it.
func (p public) corrected(t *testing.T, w world, family string, set []rules.Rule) bool {
	t.Helper()
	in := p.in
	in.Task.Family = &family
	if _, err := w.store.Register(t.Context(), in); err != nil {
		return false // TestCorpusSurvives says why
	}
	before := w.describe(t, family)
	params := rules.Params{RequireMetadata: true}
	correction := plan.Correct(before, set, params)
	if correction.Empty() {
		return false
	}
	was := rawDescribe(t, w, family)
	made, err := w.store.Register(t.Context(), correction.Desired)
	if err != nil {
		t.Errorf("%s: the corrected revision is refused: %v", family, err)
		return false
	}
	after := w.describe(t, *made.Task.TaskDefinitionArn)
	if err := correction.Verify(after); err != nil {
		t.Errorf("%s: %v", family, err)
	}
	var planned []string
	for _, c := range correction.Changes() {
		planned = append(planned, c.Path)
	}
	for _, path := range differing("", was, rawDescribe(t, w, family)) {
		if !slices.ContainsFunc(planned, func(p string) bool { return strings.HasPrefix(path, p) }) {
			t.Errorf("%s: %s differs; planned were %v", family, path, planned)
		}
	}
	if again := plan.Correct(after, set, params); !again.Empty() {
		t.Errorf("%s: corrected again: %s", family, again)
	}
	if err := ecstask.Unknown(after); err != nil {
		t.Error(err)
	}
	return true
}

// assigned are what ECS gives each revision anew.
var assigned = []string{"revision", "taskDefinitionArn", "registeredAt", "requiresAttributes", "compatibilities"}

// differing are the paths at which two raw definitions differ, containers by their names.
func differing(path string, a, b any) []string {
	am, aok := a.(map[string]any)
	bm, bok := b.(map[string]any)
	al, alok := a.([]any)
	bl, blok := b.([]any)
	var all []string
	switch {
	case aok && bok:
		keys := maps.Clone(am)
		maps.Copy(keys, bm)
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if !slices.Contains(assigned, key) {
				all = append(all, differing(strings.TrimPrefix(path+"."+key, "."), am[key], bm[key])...)
			}
		}
	case alok && blok && len(al) == len(bl):
		for i := range al {
			all = append(all, differing(fmt.Sprintf("%s[%s]", path, named(al[i], i)), al[i], bl[i])...)
		}
	case !reflect.DeepEqual(a, b):
		all = append(all, path)
	}
	return all
}

func named(v any, i int) string {
	if m, ok := v.(map[string]any); ok && m["name"] != nil {
		return fmt.Sprint(m["name"])
	}
	return strconv.Itoa(i)
}
