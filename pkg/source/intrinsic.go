package source

import (
	"fmt"
	"strings"
)

// function is an intrinsic function: what it makes of its argument, as written, at a place.
type function func(t *template, at Position, arg node) node

// functions are those whose values can be told from the template. Any other function's value is unknown.
func functions() map[string]function {
	return map[string]function{
		"Ref": (*template).ref, "Fn::GetAtt": (*template).getAtt, "Fn::Sub": (*template).sub, "Fn::Join": (*template).join, "Fn::Select": (*template).pick,
		"Fn::Split": (*template).split, "Fn::FindInMap": (*template).findInMap, "Fn::If": (*template).choose,
	}
}

// untold is an unknown value; stands is what stands for it, in the way of Fn::Sub: values for which the same stands are the same.
func untold(at Position, stands, format string, args ...any) node {
	if len(stands) > maxText {
		stands = ""
	}
	return node{kind: unknown, at: at, text: stands, why: fmt.Sprintf("line %d: ", at.Line) + fmt.Sprintf(format, args...)}
}

// anonymous stands for the value of a function at a place.
func anonymous(name string, at Position) string {
	return fmt.Sprintf("${%s %d:%d}", shortened(name), at.Line, at.Column)
}

// call stands for the value of a function by its argument, as long as that is short: what is called twice is the same.
func call(name string, at Position, arg node) string {
	var b strings.Builder
	arg.write(&b)
	if b.Len() > shownLength {
		return anonymous(name, at)
	}
	return "${" + shortened(name) + " " + b.String() + "}"
}

// write writes a value on one line, and stops where it is too long to be shown.
func (n node) write(b *strings.Builder) {
	b.WriteString(n.text[:min(len(n.text), shownLength+1)])
	for i, item := range n.items {
		if i > 0 {
			b.WriteString(", ")
		}
		if item.write(b); b.Len() > shownLength {
			return
		}
	}
	for _, m := range n.members {
		b.WriteString(m.key[:min(len(m.key), shownLength)] + ": ")
		if m.value.write(b); b.Len() > shownLength {
			return
		}
	}
}

func malformed(at Position, name string) node {
	return untold(at, anonymous(name, at), "%s is malformed", name)
}

// resolve is a value with its functions evaluated. Members and items that are AWS::NoValue are left out.
func (t *template) resolve(n node) node {
	if t.made += 1 + len(n.text)/sizeOfValue; t.made > maxValues {
		return untold(n.at, "", "the template's functions make more than %d values", maxValues)
	}
	switch n.kind {
	case list:
		return t.resolveList(n)
	case object:
		return t.resolveObject(n)
	case text:
		if strings.Contains(n.text, "{{resolve:") {
			return untold(n.at, withoutSecrets(n.text), "the dynamic reference %s is resolved at deployment", quoted(n.text))
		}
	}
	return n
}

func (t *template) resolveList(n node) node {
	items := make([]node, 0, len(n.items))
	for _, item := range n.items {
		if v := t.resolve(item); v.kind != absent {
			items = append(items, v)
		}
	}
	n.items = items
	return n
}

func (t *template) resolveObject(n node) node {
	members := make([]member, 0, len(n.members))
	for _, m := range n.members {
		f, known := t.functions[m.key]
		switch {
		case len(n.members) == 1 && known:
			return f(t, n.at, m.value)
		case len(n.members) > 1 && adds(m):
			n.more = fmt.Sprintf("line %d: what %s adds is known at deployment", m.at.Line, shortened(m.key))
			continue
		case strings.HasPrefix(m.key, "Fn::"):
			return untold(m.at, call(m.key, m.at, m.value), "what %s makes is known at deployment", shortened(m.key))
		}
		if v := t.resolve(m.value); v.kind != absent {
			members = append(members, member{key: m.key, at: m.at, value: v})
		}
	}
	n.members = members
	return n
}

// adds says whether a function puts further members beside the others, and leaves those alone. Other macros may change them.
func adds(m member) bool {
	return strings.HasPrefix(m.key, "Fn::ForEach::") || m.key == "Fn::Transform" && m.value.get("Name").text == "AWS::Include"
}
