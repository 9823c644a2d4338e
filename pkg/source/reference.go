package source

import "strings"

// reference is a value that names something, or one of several that may be the value.
type reference struct {
	name string // a literal, or what stands for a value: "${Name}"
	at   Position
	why  string // for which it may not be this one
}

// nameless is the name of what a value stands for that nothing tells: two of that name need not be the same.
const nameless = "unknown"

// references are what a resolved value names: a scalar, or each of a list, every name once. Where a condition cannot be decided,
// what both branches name is sure.
func references(n node) []reference {
	var found []reference
	switch {
	case n.kind == unknown && len(n.items) == 2:
		one, other := references(n.items[0]), references(n.items[1])
		found = append(unsure(one, other, n.why), unsure(other, one, n.why)...)
	case n.kind == list:
		for _, item := range n.items {
			found = append(found, references(item)...)
		}
	case n.kind == unknown && n.text == "":
		found = append(found, reference{name: nameless, at: n.at, why: n.why})
	case n.text != "":
		found = append(found, reference{name: n.text, at: n.at})
	}
	return once(found)
}

// unsure are references that may not hold, unless the other branch has them too.
func unsure(all, others []reference, why string) []reference {
	sure := map[string]bool{}
	for _, r := range others {
		sure[r.name] = r.why == ""
	}
	found := make([]reference, 0, len(all))
	for _, r := range all {
		if r.why == "" && !sure[r.name] {
			r.why = why
		}
		found = append(found, r)
	}
	return found
}

// once leaves each name once, the sure one where there is one.
func once(all []reference) []reference {
	at := map[string]int{}
	var found []reference
	for _, r := range all {
		i, seen := at[r.name]
		switch {
		case !seen:
			at[r.name] = len(found)
			found = append(found, r)
		case r.why == "":
			found[i] = r
		}
	}
	return found
}

// referred is the logical name in what stands for a resource, "${Name}"; "" for any other text.
func referred(stands string) string {
	bare, ok := strings.CutPrefix(stands, "${")
	name, closed := strings.CutSuffix(bare, "}")
	if !ok || !closed || strings.ContainsAny(name, "${}") {
		return ""
	}
	return name
}

// called is the resource of a type that a text stands for; nil where it stands for none.
func (t *template) called(stands, kind string) *resource {
	if r := t.resources[referred(stands)]; r != nil && r.kind == kind {
		return r
	}
	return nil
}

// descend is the value below some keys, or the first unknown one on the way. Where that is one of two, so is the value.
func (n node) descend(keys ...string) node {
	for i, key := range keys {
		if n.kind == unknown {
			var below []node
			for _, one := range n.items {
				below = append(below, one.descend(keys[i:]...))
			}
			n.items = below
			return n
		}
		n = n.get(key)
	}
	return n
}
