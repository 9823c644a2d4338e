package source

import (
	"regexp"
	"strings"
)

func (t *template) join(at Position, arg node) node {
	if arg.kind != list || len(arg.items) != 2 || arg.items[0].kind != text {
		return malformed(at, "Fn::Join")
	}
	parts := t.resolve(arg.items[1])
	if parts.kind != list {
		return t.compose(at, "Fn::Join", "", []node{parts})
	}
	return t.compose(at, "Fn::Join", arg.items[0].text, parts.items)
}

// variable matches what Fn::Sub replaces. "${!x}" stands for a literal "${x}".
var variable = regexp.MustCompile(`\$\{[^{}]*\}`)

func (t *template) sub(at Position, arg node) node {
	pattern, values := arg, map[string]node{}
	if arg.kind == list && len(arg.items) == 2 {
		pattern = arg.items[0]
		for _, m := range arg.items[1].members {
			values[m.key] = t.resolve(m.value)
		}
	}
	if pattern.kind != text || len(pattern.text) > maxText {
		return malformed(at, "Fn::Sub")
	}
	var parts []node
	end := 0
	for _, found := range variable.FindAllStringIndex(pattern.text, -1) {
		parts = append(parts, literal(at, pattern.text[end:found[0]]), t.substitute(at, pattern.text[found[0]+2:found[1]-1], values))
		end = found[1]
	}
	return t.compose(at, "Fn::Sub", "", append(parts, literal(at, pattern.text[end:])))
}

func literal(at Position, s string) node { return node{kind: text, at: at, text: s} }

func (t *template) substitute(at Position, name string, values map[string]node) node {
	if value, ok := values[name]; ok {
		return value
	}
	if bare, ok := strings.CutPrefix(name, "!"); ok {
		return literal(at, "${"+bare+"}")
	}
	if resource, attribute, ok := strings.Cut(name, "."); ok {
		return t.attribute(at, resource, attribute)
	}
	return t.ref(at, literal(at, name))
}

// compose is the string of several scalars. Where one is unknown, so is the string: what stands for the parts stands for it.
func (t *template) compose(at Position, by, separator string, parts []node) node {
	var b strings.Builder
	var gap *node
	t.made += len(parts)
	whole := true
	for i, p := range parts {
		if p.kind == unknown && gap == nil {
			gap = &parts[i]
		}
		whole = whole && (p.kind != unknown || p.text != "")
		if p.kind == list || p.kind == object || p.kind == null || p.kind == absent {
			return malformed(at, by)
		}
		if i > 0 {
			b.WriteString(separator)
		}
		if b.WriteString(p.text); b.Len() > maxText {
			return untold(at, "", "%s makes a string of more than %d bytes", by, maxText)
		}
	}
	t.made += b.Len() / sizeOfValue
	switch {
	case gap == nil:
		return t.resolve(literal(at, b.String()))
	case !whole:
		return node{kind: unknown, at: at, text: anonymous(by, at), why: gap.why}
	}
	return node{kind: unknown, at: at, text: withoutSecrets(b.String()), why: gap.why}
}
