package policy

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

// compiled is the schema, as a library reads it.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("policy.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("policy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// values are a text's values as a reader of JSON sees them, to whom a date is a text; false where the text is no YAML of one document.
func values(t *testing.T, text string) (any, bool) {
	t.Helper()
	root, err := (&document{}).root([]byte(text))
	if err != nil {
		return nil, false
	}
	var v any
	dates(root)
	if err := root.Decode(&v); err != nil {
		return nil, false
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, false
	}
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return out, true
}

func dates(n *yaml.Node) {
	if n.Tag == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, below := range n.Content {
		dates(below)
	}
}

func TestTheSchemaRefusesWhatTheParserRefuses(t *testing.T) {
	s := compiled(t)
	seen := 0
	for _, c := range faults() {
		v, ok := values(t, c.text)
		if !ok {
			continue // what is no YAML has no schema
		}
		seen++
		if err := s.Validate(v); (err == nil) != c.unseen {
			t.Errorf("%s: %v, and it is marked as unseen by the schema: %t", c.sentence, err, c.unseen)
		}
	}
	if seen < 40 {
		t.Errorf("only %d texts tried", seen)
	}
}

func TestTheSchemaTakesWhatTheParserTakes(t *testing.T) {
	s := compiled(t)
	texts := map[string]string{"default.yaml": string(defaultText), "whole": whole}
	manual, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, block := range strings.Split(string(manual), "```yaml\n")[1:] {
		text, _, _ := strings.Cut(block, "```")
		texts["docs/policy.md, example "+string(rune('1'+i))] = text
	}
	if len(texts) < 4 {
		t.Errorf("only %d texts", len(texts))
	}
	for name, text := range texts {
		if _, err := Parse(name, []byte(text)); err != nil {
			t.Errorf("the parser: %v", err)
		}
		if v, ok := values(t, text); !ok || s.Validate(v) != nil {
			t.Errorf("%s: the schema: %v", name, s.Validate(v))
		}
	}
}

// whole says something of every key.
const whole = `
mode: report
rules: {"*": report, "FL2*": off, FL103: remediate}
tag_modes:
  - {tag: environment, value: dev, rule: "FL1*", mode: report}
  - {tag: hands-off, rule: "*", mode: along}
exemptions:
  - {rule: FL101, resource: "sg-0abc*", reason: log aggregator, owner: platform, until: 2027-01-31}
  - {rule: "FL2*", resource: "task-definition/web-[ab]", reason: moves away, owner: web, until: "2027-01-31"}
tag_exemptions: true
allow_protocol_loss: true
shared_groups: remediate
owned: remediate
rollout: update-service
rollout_tag: true
deregister_corrected: true
digest: always
sweep_percent: 100
sweep: all-revisions
brakes: {before_first_sweep: 0, per_hour: 1, per_resource_per_hour: 1}
thresholds: {memory_reservation: 6, router_name: "{family}_log_router", require_metadata: true}
`

func TestEveryKeyIsInTheWholeExampleAndTheDefault(t *testing.T) {
	for name, text := range map[string]string{"whole": whole, "default.yaml": string(defaultText)} {
		var given map[string]any
		if err := yaml.Unmarshal([]byte(text), &given); err != nil {
			t.Fatal(err)
		}
		for _, k := range keys(nil) {
			if _, ok := given[k.name]; !ok {
				t.Errorf("%s says nothing of %s", name, k.name)
			}
		}
	}
}

func TestEveryKeyIsDescribed(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	described(t, "", s)
}

func described(t *testing.T, path string, s schema) {
	t.Helper()
	if s.Items != nil {
		described(t, path, *s.Items)
	}
	for name, one := range s.Properties {
		if one.Description == "" {
			t.Errorf("%s.%s has no description", path, name)
		}
		described(t, path+"."+name, one)
	}
}
