package source

import "fmt"

// outcome is what is known of a condition.
type outcome int

const (
	undecided outcome = iota
	yes
	no
)

// verdict is whether a condition holds; for one that cannot be decided, why.
type verdict struct {
	is  outcome
	why string
}

func doubtful(why string) verdict { return verdict{why: why} }

func (v verdict) not() verdict {
	switch v.is {
	case yes:
		v.is = no
	case no:
		v.is = yes
	}
	return v
}

func of(holds bool) verdict {
	if holds {
		return verdict{is: yes}
	}
	return verdict{is: no}
}

// condition is the verdict on a condition by name, with the defaults of the parameters.
func (t *template) condition(name string, at Position) verdict {
	if v, ok := t.decided[name]; ok {
		return v
	}
	c, ok := t.conditions[name]
	if !ok {
		return doubtful(fmt.Sprintf("line %d: the template has no condition %s", at.Line, shortened(name)))
	}
	t.decided[name] = doubtful(fmt.Sprintf("line %d: condition %s rests on itself", c.at.Line, shortened(name)))
	v := t.holds(c)
	t.decided[name] = v
	return v
}

func (t *template) holds(n node) verdict {
	if len(n.members) != 1 {
		return doubtful(fmt.Sprintf("line %d: a condition is malformed", n.at.Line))
	}
	m := n.members[0]
	switch {
	case m.key == "Condition" && m.value.kind == text:
		return t.condition(m.value.text, m.at)
	case m.key == "Fn::Equals" && len(m.value.items) == 2:
		return t.equals(m.value.items[0], m.value.items[1])
	case m.key == "Fn::Not" && len(m.value.items) == 1:
		return t.holds(m.value.items[0]).not()
	case m.key == "Fn::And":
		return t.any(m.value.items, verdict.not).not()
	case m.key == "Fn::Or":
		return t.any(m.value.items, func(v verdict) verdict { return v })
	}
	return doubtful(fmt.Sprintf("line %d: %s is not understood in a condition", m.at.Line, shortened(m.key)))
}

// any is whether a verdict that is turned holds for one of the conditions.
func (t *template) any(all []node, turned func(verdict) verdict) verdict {
	found := verdict{is: no}
	for _, n := range all {
		switch v := turned(t.holds(n)); v.is {
		case yes:
			return v
		case undecided:
			found = v
		}
	}
	return found
}

// equals compares as CloudFormation does, by what is written: 1 and "1" are the same.
func (t *template) equals(a, b node) verdict {
	a, b = t.resolve(a), t.resolve(b)
	switch {
	case same(a, b):
		return of(true)
	case a.kind == unknown:
		return doubtful(a.why)
	case b.kind == unknown:
		return doubtful(b.why)
	}
	return of(false)
}

// same says whether two resolved values are surely the same.
func same(a, b node) bool {
	if !alike(a, b) {
		return false
	}
	if a.kind == unknown {
		return a.text != "" && a.text == b.text
	}
	for i := range a.items {
		if !same(a.items[i], b.items[i]) {
			return false
		}
	}
	for i, m := range a.members { // in another order they may be the same, but are not surely so
		if b.members[i].key != m.key || !same(m.value, b.members[i].value) {
			return false
		}
	}
	return a.text == b.text
}

// alike says whether two values have the same form. What may have further members is like nothing.
func alike(a, b node) bool {
	other := func(n node) bool { return n.kind != text && n.kind != number && n.kind != truth }
	if a.kind != b.kind && (other(a) || other(b)) || a.more+b.more != "" {
		return false
	}
	return len(a.items) == len(b.items) && len(a.members) == len(b.members)
}

// choose is Fn::If. Where the condition cannot be decided, and the branches differ, the value is one of the two.
func (t *template) choose(at Position, arg node) node {
	if arg.kind != list || len(arg.items) != 3 || arg.items[0].kind != text {
		return malformed(at, "Fn::If")
	}
	v := t.condition(arg.items[0].text, arg.items[0].at)
	switch v.is {
	case yes:
		return t.resolve(arg.items[1])
	case no:
		return t.resolve(arg.items[2])
	}
	then, otherwise := t.resolve(arg.items[1]), t.resolve(arg.items[2])
	if same(then, otherwise) {
		return then
	}
	t.open = arg.items[0].text
	n := untold(at, "", "condition %s cannot be decided: %s", shortened(arg.items[0].text), v.why)
	if then.kind != absent && otherwise.kind != absent {
		n.text = call("Fn::If", at, arg)
	}
	n.items = []node{then, otherwise}
	return n
}
