package source

import (
	"fmt"

	"go.yaml.in/yaml/v4"
)

// object reads a mapping. What "<<" merges comes behind the mapping's own keys, and where both have a key, its own holds.
func (y *yamlReader) object(n *yaml.Node, at Position, depth int) (node, error) {
	o := node{kind: object, at: at}
	seen := map[string]bool{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		keyAt := y.at(n.Content[i])
		switch {
		case key.ShortTag() == "!!merge":
			merged = append(merged, n.Content[i+1])
			continue
		case key.Kind != yaml.ScalarNode:
			return node{}, fmt.Errorf("line %d: a key that is no string", keyAt.Line)
		case seen[key.Value]:
			return node{}, fmt.Errorf("line %d: key %q stands twice in one object", keyAt.Line, shortened(key.Value))
		}
		seen[key.Value] = true
		v, err := y.value(n.Content[i+1], depth+1)
		if err != nil {
			return node{}, err
		}
		o.members = append(o.members, member{key: key.Value, at: keyAt, value: v})
	}
	return y.merge(o, merged, depth)
}

// merge adds the members of mappings, or of lists of mappings, that the object does not have.
func (y *yamlReader) merge(o node, from []*yaml.Node, depth int) (node, error) {
	for _, n := range from {
		v, err := y.value(n, depth+1)
		if err != nil {
			return node{}, err
		}
		all := []node{v}
		if v.kind == list {
			all = v.items
		}
		for _, one := range all {
			if one.kind != object {
				return node{}, fmt.Errorf("line %d: %s is merged, where an object belongs", one.at.Line, one.kind)
			}
			o.members = append(o.members, o.lacking(one.members)...)
		}
	}
	return o, nil
}

func (n node) lacking(members []member) []member {
	has := map[string]bool{}
	for _, m := range n.members {
		has[m.key] = true
	}
	var found []member
	for _, m := range members {
		if !has[m.key] {
			found = append(found, m)
		}
	}
	return found
}
