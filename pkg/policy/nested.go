package policy

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// section is a mapping with keys of its own.
type section[T any] []key[T]

func (s section[T]) read(d *document, n *yaml.Node, path string, into *T) {
	for _, name := range s.given(d, n, path, into) {
		d.places[below(path, name.Value)] = d.place(name)
	}
}

// given reads a mapping, and returns the keys that are in it.
func (s section[T]) given(d *document, n *yaml.Node, path string, into *T) []*yaml.Node {
	var given []*yaml.Node
	d.each(n, path, func(name, value *yaml.Node) {
		i := slices.IndexFunc(s, func(k key[T]) bool { return k.named(name) })
		if i < 0 {
			d.fault(name, "unknown key %q%s", name.Value, suggestion(name.Value, s.names()))
			return
		}
		given = append(given, name)
		s[i].read(d, value, below(path, name.Value), into)
	})
	return given
}

// named says whether a node is the key's name.
func (k key[T]) named(n *yaml.Node) bool { return n.Value == k.name }

// below is the path of a key in the mapping at a path.
func below(path, key string) string {
	if path == top {
		return key
	}
	return path + "." + key
}

// names are the keys' names, by the alphabet.
func (s section[T]) names() []string {
	var all []string
	for _, k := range s {
		all = append(all, k.name)
	}
	slices.Sort(all)
	return all
}

func (s section[T]) schema() schema {
	props := map[string]schema{}
	for _, k := range s {
		one := k.schema()
		one.Description = k.about
		props[k.name] = one
	}
	return schema{Type: "object", Properties: props, AdditionalProperties: new(bool)}
}

func (s section[T]) value(of *T) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, k := range s {
		if v := k.value(of); v != nil {
			n.Content = append(n.Content, scalar("!!str", k.name), v)
		}
	}
	return n
}

// list is a list of mappings, each an E. A policy that gives it replaces the whole list of the policy below it.
type list[T, E any] struct {
	at   func(*T) *[]E
	noun string // what an entry is called in faults
	keys section[E]
	// placed, where there is one, tells an entry where it stands.
	placed func(*E, string)
}

func (l list[T, E]) read(d *document, n *yaml.Node, path string, into *T) {
	if n.Kind != yaml.SequenceNode {
		d.fault(n, "%s must be a list", path)
		return
	}
	all := []E{}
	for _, entry := range n.Content {
		var one E
		given := l.keys.given(d, entry, l.noun, &one)
		for _, k := range l.keys {
			if entry.Kind == yaml.MappingNode && !k.optional && !slices.ContainsFunc(given, k.named) {
				d.fault(entry, "%s needs `%s`", l.noun, k.name)
			}
		}
		if l.placed != nil {
			l.placed(&one, d.place(entry))
		}
		all = append(all, one)
	}
	*l.at(into) = all
}

func (l list[T, E]) schema() schema {
	entry := l.keys.schema()
	for _, k := range l.keys {
		if !k.optional {
			entry.Required = append(entry.Required, k.name)
		}
	}
	return schema{Type: "array", Items: &entry}
}

func (l list[T, E]) value(of *T) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	for _, one := range *l.at(of) {
		n.Content = append(n.Content, l.keys.value(&one))
	}
	return n
}
