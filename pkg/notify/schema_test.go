package notify

import (
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	noticeSchema = "../../docs/schema/notice.schema.json"
	digestSchema = "../../docs/schema/digest.schema.json"
)

func TestEveryGoldenMessageFollowsItsSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for schema, all := range map[string][]string{noticeSchema: slices.Collect(maps.Keys(notices)), digestSchema: slices.Collect(maps.Keys(digests))} {
		compiled, err := c.Compile(schema)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range all {
			if err := compiled.Validate(decoded(t, messages()[name].JSON)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := compiled.Validate(map[string]any{"version": "1", "status": "digest", "more": true}); err == nil {
			t.Errorf("%s takes anything", schema)
		}
	}
}

func decoded(t *testing.T, s string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestTheSchemasAreOfTheStructs compares names, kinds of value and what may be left out, all the way down.
func TestTheSchemasAreOfTheStructs(t *testing.T) {
	for path, of := range map[string]reflect.Type{noticeSchema: reflect.TypeFor[Notice](), digestSchema: reflect.TypeFor[Digest]()} {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		schema := decoded(t, string(raw)).(map[string]any)
		sameAs(t, path, shape{schema, schema["$defs"].(map[string]any)}, of)
	}
}

// shape is a part of a schema, with the definitions that it may refer to.
type shape struct{ node, defs map[string]any }

func (s shape) at(node any) shape {
	n := node.(map[string]any)
	if ref, ok := n["$ref"].(string); ok {
		n = s.defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	return shape{n, s.defs}
}

func sameAs(t *testing.T, path string, s shape, of reflect.Type) {
	t.Helper()
	kind := s.node["type"]
	if s.node["enum"] != nil || s.node["const"] != nil {
		kind = "string"
	}
	if want := kindOf(of); kind != want {
		t.Errorf("%s is of type %v, not %s", path, kind, want)
		return
	}
	switch {
	case kind == "array":
		sameAs(t, path+"[]", s.at(s.node["items"]), of.Elem())
	case of.Kind() == reflect.Struct && kind == "object":
		sameFields(t, path, s, of)
	}
}

func sameFields(t *testing.T, path string, s shape, of reflect.Type) {
	t.Helper()
	properties := s.node["properties"].(map[string]any)
	var names, required []string
	for i := range of.NumField() {
		name, options, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
		if options == "" {
			required = append(required, name)
		}
		if p, ok := properties[name]; ok {
			sameAs(t, path+"."+name, s.at(p), of.Field(i).Type)
		}
	}
	var asked []string
	for _, name := range s.node["required"].([]any) {
		asked = append(asked, name.(string))
	}
	for what, pair := range map[string][2][]string{"properties": {names, slices.Collect(maps.Keys(properties))}, "required": {required, asked}} {
		slices.Sort(pair[0])
		slices.Sort(pair[1])
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s: %s (-struct +schema):\n%s", path, what, diff)
		}
	}
	if s.node["additionalProperties"] != false {
		t.Errorf("%s takes other properties", path)
	}
}

func kindOf(of reflect.Type) string {
	switch of.Kind() {
	case reflect.Slice:
		return "array"
	case reflect.Map:
		return "object"
	case reflect.Struct:
		if of == reflect.TypeFor[time.Time]() {
			return "string"
		}
		return "object"
	case reflect.Int:
		return "integer"
	case reflect.Bool:
		return "boolean"
	}
	return "string"
}
