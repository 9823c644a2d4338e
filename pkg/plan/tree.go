package plan

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Change is a place in which two definitions differ. A side that has nothing there is nil.
type Change struct {
	Path   string `json:"path"`
	Before any    `json:"before,omitempty"`
	After  any    `json:"after,omitempty"`
}

// serverAssigned are the nine fields of a described definition that RegisterTaskDefinition does not take
// (botocore's model: 26 described, 17 of them registrable).
var serverAssigned = []string{
	"taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities",
	"registeredAt", "registeredBy", "deregisteredAt", "deleteRequestedAt",
}

// Tree is a definition as plain JSON values with the API's names, server-assigned fields left out. What is absent, null or
// an empty list or map is left out too: ECS stores the one where the other was sent.
func Tree(d rules.Definition) map[string]any {
	t, _ := tree(reflect.ValueOf(d.Task)).(map[string]any)
	for _, field := range serverAssigned {
		delete(t, field)
	}
	return t
}

// asSent is a definition's tree without what ECS fills in.
func asSent(d rules.Definition) map[string]any {
	t := Tree(d)
	for _, mapping := range mappings(t) {
		filledIn(mapping, d.NetworkMode())
	}
	return t
}

// filledIn takes out of a port mapping what ECS fills in where it was not sent: protocol tcp, host port 0 in bridge mode, the
// container's port as host port in awsvpc and host mode (the API's model of PortMapping; ECS answers them filled in).
func filledIn(mapping map[string]any, mode types.NetworkMode) {
	if mapping["protocol"] == "tcp" {
		delete(mapping, "protocol")
	}
	switch host := mapping["hostPort"]; {
	case host == int64(0), mode != types.NetworkModeBridge && host == mapping["containerPort"]:
		delete(mapping, "hostPort")
	}
}

// mappings are the port mappings of a definition's tree.
func mappings(t map[string]any) []map[string]any {
	var all []map[string]any
	containers, _ := t["containerDefinitions"].([]any)
	for _, c := range containers {
		container, _ := c.(map[string]any)
		list, _ := container["portMappings"].([]any)
		for _, m := range list {
			if mapping, ok := m.(map[string]any); ok {
				all = append(all, mapping)
			}
		}
	}
	return all
}

// tree turns an SDK value into JSON values. A pointer to an empty string is kept: environment values may be empty.
func tree(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		return treePointer(v)
	case reflect.Struct:
		return treeStruct(v)
	case reflect.Slice:
		return treeSlice(v)
	case reflect.Interface:
		return treeUnion(v)
	case reflect.Map:
		m := map[string]any{}
		for _, k := range v.MapKeys() {
			m[k.String()] = v.MapIndex(k).Interface()
		}
		return orNil(m, len(m))
	default:
		if v.IsZero() {
			return nil
		}
		return plain(v)
	}
}

func treePointer(v reflect.Value) any {
	switch {
	case v.IsNil():
		return nil
	case v.Elem().Kind() == reflect.Struct:
		if t, ok := v.Interface().(*time.Time); ok {
			return t.UTC().Format(time.RFC3339Nano)
		}
		if t := tree(v.Elem()); t != nil {
			return t
		}
		return map[string]any{}
	default:
		return plain(v.Elem())
	}
}

// treeUnion is an SDK union, TYPEMemberNAME{Value}, as the object with one member that the API has.
func treeUnion(v reflect.Value) any {
	if v.IsNil() {
		return nil
	}
	member := reflect.Indirect(v.Elem())
	_, name, found := strings.Cut(member.Type().Name(), "Member")
	if !found || !member.FieldByName("Value").IsValid() { // UnknownUnionMember: the SDK does not know it
		return map[string]any{}
	}
	value := tree(member.FieldByName("Value"))
	if value == nil {
		value = map[string]any{}
	}
	return map[string]any{apiName(name): value}
}

func treeStruct(v reflect.Value) any {
	m := map[string]any{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		if sub := tree(v.Field(i)); sub != nil {
			m[apiName(f.Name)] = sub
		}
	}
	return orNil(m, len(m))
}

func treeSlice(v reflect.Value) any {
	list := make([]any, v.Len())
	for i := range list {
		if list[i] = tree(v.Index(i)); list[i] == nil {
			list[i] = plain(v.Index(i))
		}
	}
	return orNil(list, len(list))
}

func orNil(v any, n int) any {
	if n == 0 {
		return nil
	}
	return v
}

// plain is a scalar as its own JSON kind: enumerations are strings.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Float64:
		return v.Float()
	}
	return map[string]any{}
}

// apiName is the API's name of a Go field: its first letter in lower case.
func apiName(field string) string { return strings.ToLower(field[:1]) + field[1:] }

// Compare lists the places in which two definitions differ, by path, containers and other named things by their names. Tags
// and server-assigned fields do not count.
func Compare(a, b rules.Definition) []Change {
	var found []Change
	compare("", asSent(a), asSent(b), &found)
	sort.Slice(found, func(i, j int) bool { return found[i].Path < found[j].Path })
	return found
}

func compare(path string, a, b any, found *[]Change) {
	if reflect.DeepEqual(a, b) {
		return
	}
	ma, mb, ok := bothMaps(a, b)
	if !ok {
		*found = append(*found, Change{Path: path, Before: a, After: b})
		return
	}
	for _, k := range keys(ma, mb) {
		sub := path + "." + k
		if path == "" || isNamed(k) {
			sub = path + k
		}
		compare(sub, ma[k], mb[k], found)
	}
}

// bothMaps gives two objects, or two lists of named objects as objects with keys "[name]".
func bothMaps(a, b any) (ma, mb map[string]any, ok bool) {
	ma, oka := asMap(a)
	mb, okb := asMap(b)
	return ma, mb, oka && okb
}

func asMap(v any) (map[string]any, bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, true
	case []any:
		m := map[string]any{}
		for _, e := range v {
			o, _ := e.(map[string]any)
			name, ok := o["name"].(string)
			if _, twice := m["["+name+"]"]; !ok || twice {
				return nil, false
			}
			m["["+name+"]"] = e
		}
		return m, true
	}
	return nil, false
}

func isNamed(key string) bool { return strings.HasPrefix(key, "[") }

func keys(a, b map[string]any) []string {
	var all []string
	for k := range a {
		all = append(all, k)
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			all = append(all, k)
		}
	}
	slices.Sort(all)
	return all
}

// text is a definition as indented JSON, for people and for diffs, without what may be secrets: no fix changes those.
func text(d rules.Definition) string {
	out, err := json.MarshalIndent(rules.Hide(Tree(d)), "", "  ")
	if err != nil { // a tree holds strings, numbers, booleans, maps and slices only
		return fmt.Sprintf("(%v)\n", err)
	}
	return string(out) + "\n"
}
