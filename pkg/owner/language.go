package owner

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// object is an object whose members are in order.
type object []member

type member struct {
	name  string
	value any // string, code, bool, int32, int64, []any, object or map[string]any
}

// language is how a source writes objects and lists; strings are the same in all of them.
type language struct {
	comment string // "# "
	assign  string // ": "
	key     func(string) string
	between string // what stands between the members of an object that has a line each: "," or nothing
}

var (
	yaml       = language{"# ", ": ", pascal, ""}
	hcl        = language{"# ", " = ", plainKey, ""}
	typescript = language{"// ", ": ", plainKey, ","}
	jsonc      = language{"// ", ": ", quote, ","}
)

var word = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// plainKey is the API's name of a member, quoted unless it is a word.
func plainKey(name string) string {
	if word.MatchString(name) {
		return name
	}
	return quote(name)
}

// pascal is a member's name in CloudFormation: "portMappings" is "PortMappings". Keys of maps, which are no words, stay.
func pascal(name string) string {
	if !word.MatchString(name) {
		return quote(name)
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// inline writes a value in one line.
func (l language) inline(v any) string {
	switch v := v.(type) {
	case code:
		return string(v)
	case string:
		return quote(v)
	case []any:
		return "[" + joined(v, l.inline) + "]"
	case map[string]any:
		return l.inline(ordered(v))
	case object:
		if len(v) == 0 {
			return "{}"
		}
		return "{ " + joined(v, l.member) + " }"
	case bool:
		return strconv.FormatBool(v)
	}
	return fmt.Sprintf("%d", v)
}

// member writes "name: value".
func (l language) member(m member) string { return l.key(m.name) + l.assign + l.inline(m.value) }

// lines writes each member in a line of its own.
func (l language) lines(o object, indent string) string {
	var all []string
	for _, m := range o {
		all = append(all, indent+l.member(m))
	}
	return strings.Join(all, l.between+"\n")
}

// remark writes a comment of one line.
func (l language) remark(indent, text string) string { return indent + l.comment + text + "\n" }

// each writes every one of a list after the other.
func each[T any](all []T, write func(T) string) string {
	var b strings.Builder
	for _, v := range all {
		b.WriteString(write(v))
	}
	return b.String()
}

func joined[T any](all []T, write func(T) string) string {
	var parts []string
	for _, v := range all {
		parts = append(parts, write(v))
	}
	return strings.Join(parts, ", ")
}

// first are the members that people expect first, in order.
var first = []string{"name", "containerName", "condition", "containerPort", "containerPortRange", "hostPort", "protocol"}

// ordered gives an object the order in which people write it: those known first, then by name.
func ordered(m map[string]any) object {
	var o object
	for _, key := range members(m, nil) {
		o = append(o, member{key, m[key]})
	}
	rank := func(m member) int {
		if i := slices.Index(first, m.name); i >= 0 {
			return i
		}
		return len(first)
	}
	slices.SortStableFunc(o, func(a, b member) int { return rank(a) - rank(b) })
	return o
}

// nested wraps a value in the objects of a path: ["options", "key"] is {options: {key: value}}.
func nested(path []string, value any) any {
	for _, name := range slices.Backward(path) {
		value = object{{name, value}}
	}
	return value
}
