package template

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// node is a JSON object.
type node = map[string]any

// document is a translated template.
type document node

// of returns the properties of all resources of a type, by logical id.
func (d document) of(kind string) map[string]node {
	found := map[string]node{}
	for id := range d.resources() {
		if d.kind(id) == kind {
			found[id] = d.props(id)
		}
	}
	return found
}

func (d document) resources() node { return object(d["Resources"]) }

func (d document) resource(id string) node { return object(d.resources()[id]) }

func (d document) kind(id string) string { return text(d.resource(id)["Type"]) }

func (d document) props(id string) node { return object(d.resource(id)["Properties"]) }

// sorted are the keys of a map in order, so that complaints come in one order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// at walks down objects by keys; nil where there is nothing.
func at(v any, path ...string) any {
	for _, key := range path {
		v = object(v)[key]
	}
	return v
}

func object(v any) node { n, _ := v.(node); return n }

func text(v any) string { s, _ := v.(string); return s }

// number is -1 for what is none.
func number(v any) float64 {
	if n, ok := v.(float64); ok {
		return n
	}
	return -1
}

// list takes a bare value for a list of one, as CloudFormation and IAM do.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

func texts(v any) []string {
	var all []string
	for _, one := range list(v) {
		all = append(all, text(one))
	}
	return all
}

// points is what an intrinsic points at: "Queue" for a Ref, "Queue.Arn" for a GetAtt, "Condition ? Queue : " for an If, and the
// text of a Sub or of a literal.
func points(v any) string {
	n := object(v)
	switch {
	case n == nil:
		return text(v)
	case n["Ref"] != nil:
		return text(n["Ref"])
	case n["Fn::Sub"] != nil:
		return text(n["Fn::Sub"])
	case n["Fn::GetAtt"] != nil:
		return strings.Join(texts(n["Fn::GetAtt"]), ".")
	case n["Fn::If"] != nil:
		return text(list(n["Fn::If"])[0]) + " ? " + points(list(n["Fn::If"])[1]) + " : " + points(list(n["Fn::If"])[2])
	}
	return fmt.Sprint(v)
}

// owner is the logical id that a GetAtt of an Arn points at; empty for anything else.
func owner(v any) string {
	id, attribute, _ := strings.Cut(points(v), ".")
	if attribute != "Arn" {
		return ""
	}
	return id
}

// walk visits every text in a value with the path to it.
func walk(v any, path string, visit func(path, s string)) {
	switch v := v.(type) {
	case string:
		visit(path, v)
	case []any:
		for i, one := range v {
			walk(one, fmt.Sprintf("%s[%d]", path, i), visit)
		}
	case node:
		for _, key := range sorted(v) {
			walk(v[key], path+"."+key, visit)
		}
	}
}
