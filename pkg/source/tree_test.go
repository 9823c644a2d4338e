package source_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
)

// rawTree is the definition of a file as its own JSON says, without the SDK's types in between: the other half of the test
// that a correction loses nothing.
func rawTree(t testing.TB, data []byte) map[string]any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	dec.UseNumber()
	var root any
	if err := dec.Decode(&root); err != nil {
		t.Fatal(err)
	}
	if containers, ok := root.([]any); ok {
		root = map[string]any{"containerDefinitions": containers}
	}
	d := root.(map[string]any)
	if inner, ok := d["taskDefinition"].(map[string]any); ok {
		d = inner
	}
	d = maps.Clone(d)
	for _, assigned := range []string{
		"tags", "taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities",
		"registeredAt", "registeredBy", "deregisteredAt", "deleteRequestedAt",
	} {
		delete(d, assigned)
	}
	return d
}

// flat lists the scalars of a tree by path, containers and other named things by name. Empty objects count as scalars;
// absent, null, zero and empty lists are left out, as ECS treats them alike.
func flat(path string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for k, sub := range v {
			flat(strings.TrimPrefix(path+"."+k, "."), sub, into)
		}
	case []any:
		for i, sub := range v {
			flat(path+"["+key(path, i, sub)+"]", sub, into)
		}
	default:
		if text := fmt.Sprint(v); v != nil && text != "0" {
			into[path] = text
		}
	}
}

func key(list string, i int, v any) string {
	field := list[strings.LastIndex(list, ".")+1:]
	o, ok := v.(map[string]any)
	switch {
	case !slices.Contains([]string{"containerDefinitions", "volumes", "environment", "secrets", "secretOptions"}, field):
		return strconv.Itoa(i)
	case !ok:
		return fmt.Sprintf("#%d", i)
	}
	name, _ := o["name"].(string)
	return name
}

// differing are the paths in which two trees differ and which none of the allowed paths covers.
func differing(a, b map[string]any, allowed []string) []string {
	left, right := map[string]string{}, map[string]string{}
	flat("", a, left)
	flat("", b, right)
	var paths []string
	for _, p := range slices.Sorted(maps.Keys(left)) {
		if right[p] != left[p] {
			paths = append(paths, p)
		}
	}
	for _, p := range slices.Sorted(maps.Keys(right)) {
		if _, ok := left[p]; !ok {
			paths = append(paths, p)
		}
	}
	return slices.DeleteFunc(paths, func(p string) bool {
		return slices.ContainsFunc(allowed, func(a string) bool {
			return p == a || strings.HasPrefix(p, a+".") || strings.HasPrefix(p, a+"[")
		})
	})
}

// corrected applies every fix of the rule book, as a scan would propose it.
func corrected(d rules.Definition) rules.Definition {
	for _, rule := range rules.All() {
		if rule.Kind == rules.KindDefinition && rule.Fix != nil {
			d = rule.Fix(d, rules.Params{}).(rules.Definition)
		}
	}
	return d
}
