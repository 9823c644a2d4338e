package reconcile

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

// otherwise are parameters and a day that are not those under which a definition is kept.
func otherwise() rules.Params {
	return rules.Params{
		AllowProtocolLoss: true, MemoryReservation: 64, RouterName: "somebody_*", RequireMetadata: true,
		Today: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

// TestWhatIsKeptIsJudgedAsTheDefinition is a law over all fixtures of definitions: whatever the policy and the day become, the rules
// find in what is kept what they find in the definition.
func TestWhatIsKeptIsJudgedAsTheDefinition(t *testing.T) {
	a := Auditor{Stack: Stack{Policy: policy.Default(), Now: func() time.Time { return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) }}}
	judged, whole := 0, 0
	for path, d := range fixtures(t) {
		d.Bindings, d.Published, d.Config, d.Roles = nil, nil, nil, nil // filled in where it is judged
		kept, ok := a.usage().keep(d)
		judged++
		if !ok {
			continue
		}
		whole++
		raw, err := json.Marshal(kept)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &kept); err != nil {
			t.Fatal(err)
		}
		want := rules.Evaluate(rules.All(), d, otherwise())
		got := withSecrets(rules.Evaluate(rules.All(), definitionOf(kept), otherwise()), kept.Secrets)
		if diff := cmp.Diff(byFingerprint(want), byFingerprint(got)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
		if factsOf(d).Router != factsOf(definitionOf(kept)).Router || cmp.Diff(factsOf(d).Serving, factsOf(definitionOf(kept)).Serving) != "" {
			t.Errorf("%s: other facts", path)
		}
	}
	if judged < 200 || whole < judged*98/100 {
		t.Errorf("%d of %d definitions are kept", whole, judged)
	}
}

// fixtures are all definitions among the rules' fixtures, by path.
func fixtures(t *testing.T) map[string]rules.Definition {
	t.Helper()
	files, err := filepath.Glob("../rules/testdata/*/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]rules.Definition{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found, err := source.Read("fixture", raw)
		if err != nil || len(found) == 0 { // a security group's fixture
			continue
		}
		if d, ok := found[0].Resource.(rules.Definition); ok {
			all[strings.TrimPrefix(file, "../rules/testdata/")] = d
		}
	}
	return all
}
