package policy

import (
	"go.yaml.in/yaml/v4"

	"github.com/firewarden/firewarden/pkg/rules"
)

// settings are the keys that a book's rules declare for themselves.
func settings(book []rules.Rule) section[Policy] {
	var all section[Policy]
	for _, r := range book {
		for _, s := range r.Settings {
			all = append(all, key[Policy]{name: s.Key, shape: setting(s.Key), about: s.About + " (" + r.ID + ")"})
		}
	}
	return all
}

// setting is a list of texts, under its key.
type setting string

func (s setting) read(d *document, n *yaml.Node, path string, p *Policy) {
	var list []string
	for _, one := range n.Content {
		if one.ShortTag() != "!!str" {
			d.fault(one, "%s must be a list of texts", path)
			return
		}
		list = append(list, one.Value)
	}
	if n.Kind != yaml.SequenceNode {
		d.fault(n, "%s must be a list of texts", path)
		return
	}
	if len(list) == 0 { // as if it were not said
		delete(p.Thresholds.Lists, string(s))
		return
	}
	if p.Thresholds.Lists == nil {
		p.Thresholds.Lists = map[string][]string{}
	}
	p.Thresholds.Lists[string(s)] = list
}

func (setting) schema() schema { return schema{Type: "array", Items: &schema{Type: "string"}} }

func (s setting) value(p *Policy) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
	for _, one := range p.Thresholds.Lists[string(s)] {
		n.Content = append(n.Content, scalar("!!str", one))
	}
	return n
}
