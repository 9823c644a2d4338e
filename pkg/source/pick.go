package source

import (
	"strconv"
	"strings"
)

func (t *template) texts(at Position, parts []string) node {
	if t.made += len(parts); t.made > maxValues {
		return untold(at, "", "the template's functions make more than %d values", maxValues)
	}
	l := node{kind: list, at: at}
	for _, part := range parts {
		l.items = append(l.items, node{kind: text, at: at, text: strings.TrimSpace(part)})
	}
	return l
}

func (t *template) findInMap(at Position, arg node) node {
	if arg.kind != list || len(arg.items) < 3 {
		return malformed(at, "Fn::FindInMap")
	}
	var keys []string
	for _, item := range arg.items[:3] {
		key := t.resolve(item)
		if key.kind == unknown {
			return untold(at, call("Fn::FindInMap", at, arg), "the key of a mapping is not known: %s", key.why)
		}
		keys = append(keys, key.text)
	}
	value := t.mappings[keys[0]].get(keys[1]).get(keys[2])
	if value.kind == null && len(arg.items) == 4 { // with AWS::LanguageExtensions
		value = arg.items[3].get("DefaultValue")
	}
	if value.kind == null {
		return untold(at, call("Fn::FindInMap", at, arg), "mapping %s has no %s of %s", quoted(keys[0]), quoted(keys[2]), quoted(keys[1]))
	}
	value.at = at
	return t.resolve(value)
}

// pick is Fn::Select.
func (t *template) pick(at Position, arg node) node {
	if arg.kind != list || len(arg.items) != 2 {
		return malformed(at, "Fn::Select")
	}
	index, from := t.resolve(arg.items[0]), t.resolve(arg.items[1])
	for _, n := range []node{index, from} {
		if n.kind == unknown {
			return untold(at, call("Fn::Select", at, arg), "what is selected is not known: %s", n.why)
		}
	}
	i, err := strconv.Atoi(index.text)
	if err != nil || from.kind != list || i < 0 || i >= len(from.items) {
		return malformed(at, "Fn::Select")
	}
	return from.items[i]
}

func (t *template) split(at Position, arg node) node {
	if arg.kind != list || len(arg.items) != 2 {
		return malformed(at, "Fn::Split")
	}
	by, whole := t.resolve(arg.items[0]), t.resolve(arg.items[1])
	switch {
	case whole.kind == unknown:
		return untold(at, call("Fn::Split", at, arg), "what is split is not known: %s", whole.why)
	case by.kind != text || by.text == "" || whole.kind != text:
		return malformed(at, "Fn::Split")
	}
	return t.texts(at, strings.Split(whole.text, by.text))
}
