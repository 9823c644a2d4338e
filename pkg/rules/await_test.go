package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
)

// What is left of a client's dependencies when START stands in place of a condition that cannot come true.
func TestStartInPlaceOfConditions(t *testing.T) {
	for fixture, want := range map[string]string{
		"FL202/bad/success":                 "log_router=START",
		"FL202/bad/complete-in-bridge-mode": "db=HEALTHY log_router=START",
		"FL202/bad/twice":                   "log_router=START init=SUCCESS", // the START that is there, alone
		"FL202/bad/both-conditions":         "log_router=START",
		"FL203/bad/twice":                   "log_router=START",
		"FL203/bad/with-success":            "log_router=SUCCESS", // which is FL202's
	} {
		if got := dependencies(correct(t, fixture, fixture[:5])); got != want {
			t.Errorf("%s: %s, want %s", fixture, got, want)
		}
	}
	if got := dependencies(correct(t, "FL203/bad/with-success", "FL202", "FL203")); got != "log_router=START" {
		t.Errorf("both rules leave %s", got)
	}
}

// correct is a fixture's definition with the fixes of these rules.
func correct(t *testing.T, name string, ids ...string) rules.Definition {
	t.Helper()
	r := fixture{rule: name[:5], path: "testdata/" + name}.load(t)
	for _, id := range ids {
		rule, ok := rules.Find(id)
		if !ok {
			t.Fatalf("no rule %s", id)
		}
		r = rule.Fix(r, rules.Params{})
	}
	return r.(rules.Definition)
}

func dependencies(d rules.Definition) string {
	var all []string
	app, _ := d.Container("app")
	for _, dep := range app.DependsOn {
		all = append(all, *dep.ContainerName+"="+string(dep.Condition))
	}
	return strings.Join(all, " ")
}

// What FL503 gives a router: the policy's threshold, at least Docker's minimum, and nothing where the task has no room for it.
func TestMemoryOfTheRouter(t *testing.T) {
	rule, _ := rules.Find("FL503")
	for _, c := range []struct {
		fixture     string
		asked, want int32 // 0: none
	}{
		{"neither", 0, 100},
		{"neither", 250, 250},
		{"neither", 1, 6},
		{"neither", 512, 512},
		{"neither", 513, 0}, // of 1024 MiB the application reserves 512
		{"minimal", 4096, 4096},
		{"no-room", 0, 0},
		{"no-room", 99, 99},
		{"gigabytes", 112, 112},
		{"gigabytes", 113, 0},
	} {
		d := fixture{rule: "FL503", path: "testdata/FL503/bad/" + c.fixture}.load(t)
		p := rules.Params{MemoryReservation: c.asked}
		router, _ := rule.Fix(d, p).(rules.Definition).Router()
		got := int32(0)
		if router.MemoryReservation != nil {
			got = *router.MemoryReservation
		}
		if fixable := slices.ContainsFunc(rule.Check(d, p), func(f rules.Finding) bool { return f.Fixable }); got != c.want || fixable != (c.want > 0) {
			t.Errorf("%s, asked for %d: gives %d, want %d; fixable %v", c.fixture, c.asked, got, c.want, fixable)
		}
	}
}
