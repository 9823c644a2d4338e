package source_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

// FuzzRead holds the reader, the rules and the plans over whatever can be read: no panic, every finding on a line of the file,
// every fix without a fixable finding left, and nothing changed but what is planned.
func FuzzRead(f *testing.F) {
	f.Add([]byte(definition))
	files, err := filepath.Glob("../rules/testdata/FL[2-5]*/*/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("{\"cpu\": ${cpu},\n \"containerDefinitions\": [{\"name\": \"a\", \"image\": \"b\", \"memory\": {{ m }}}, ${\"x\\y\"}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := source.Read("fuzz", data)
		if err != nil {
			return
		}
		last := 1 + bytes.Count(data, []byte("\n"))
		for _, r := range found {
			d := r.Resource.(rules.Definition)
			for _, f := range rules.Evaluate(rules.All(), d, rules.Params{}) {
				if at := r.At(f.Path); at.Line < 1 || at.Line > last || at.Column < 1 {
					t.Errorf("%s is at %v of %d lines", f.Path, at, last)
				}
			}
			obeysLaws(t, d)
			if diff := plan.Compare(d, d); len(diff) > 0 {
				t.Errorf("Compare(x, x) = %v", diff)
			}
		}
	})
}

func obeysLaws(t *testing.T, d rules.Definition) {
	t.Helper()
	for _, rule := range rules.All() {
		if rule.Kind != rules.KindDefinition || rule.Fix == nil {
			continue
		}
		fixed := rule.Fix(d, rules.Params{}).(rules.Definition)
		for _, left := range rule.Check(fixed, rules.Params{}) {
			if left.Fixable {
				t.Errorf("%s leaves a fixable finding at %s", rule.ID, left.Path)
			}
		}
		if diff := plan.Compare(fixed, rule.Fix(fixed, rules.Params{}).(rules.Definition)); len(diff) > 0 {
			t.Errorf("%s fixes twice: %v", rule.ID, diff)
		}
	}
}

// odd are values that stand where they do not belong.
var odd = []any{nil, true, 7, -1, 24224, 1e99, "", "x", "log_router", "${x}", "24000-25000", []any{}, []any{nil}, []any{"${x}"}, map[string]any{}, map[string]any{"name": "${x}"}}

// TestOddValuesAnywhere puts each odd value in the place of each value of a definition, and holds the result to what FuzzRead does.
func TestOddValuesAnywhere(t *testing.T) {
	var root any
	if err := json.Unmarshal([]byte(definition), &root); err != nil {
		t.Fatal(err)
	}
	tried := 0
	everywhere(root, func() {
		tried++
		data, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		found, err := source.Read("odd", data)
		if err != nil {
			return
		}
		d := found[0].Resource.(rules.Definition)
		rules.Evaluate(rules.All(), d, rules.Params{})
		obeysLaws(t, d)
		onlyPlannedPathsDiffer(t, string(data), data, found[0])
	})
	if tried < 450 {
		t.Errorf("only %d were tried", tried)
	}
}

// everywhere calls do with each value below v replaced by each odd one, one at a time.
func everywhere(v any, do func()) {
	swap := func(old any, set func(any)) {
		for _, o := range odd {
			set(o)
			do()
		}
		set(old)
		everywhere(old, do)
	}
	switch v := v.(type) {
	case map[string]any:
		for k, old := range v {
			swap(old, func(o any) { v[k] = o })
		}
	case []any:
		for i, old := range v {
			swap(old, func(o any) { v[i] = o })
		}
	}
}
