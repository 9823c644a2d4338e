package policy

import (
	"bytes"

	"go.yaml.in/yaml/v4"

	"github.com/firewarden/firewarden/pkg/rules"
)

// YAML is the whole policy as Parse takes it, each value with where it comes from in a comment behind it: "policy.yaml:12", or
// "default".
func (p Policy) YAML(places Places) ([]byte, error) {
	root := keys(rules.All()).value(&p)
	comments(root, top, places)
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, err
	}
	return b.Bytes(), enc.Close()
}

// comments puts its place behind each value of a mapping. A list comes from one place, which stands behind its key.
func comments(n *yaml.Node, path string, places Places) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		at := below(path, name.Value)
		place, given := places[at]
		if !given {
			place = "default"
		}
		switch {
		case len(value.Content) == 0 || value.Style == yaml.FlowStyle:
			value.LineComment = place
		case value.Kind == yaml.SequenceNode:
			name.LineComment = place
			for _, entry := range value.Content {
				entry.Style = yaml.FlowStyle
			}
		default:
			comments(value, at, places)
		}
	}
}
