package policy

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Parse reads a policy that overrides the default key by key; an empty text is the default. The name is for the errors, which
// are all faults in the order of their lines: `policy.yaml:12: unknown key "mod" (did you mean "mode"?)`. With an error comes
// the zero policy, which changes nothing.
func Parse(name string, text []byte) (Policy, error) {
	return over(Default(), document{name: name, book: rules.All()}, text)
}

// over reads a document over a base.
func over(base Policy, d document, text []byte) (Policy, error) {
	root, err := d.root(text)
	if err != nil {
		return Policy{}, err
	}
	p := base
	p.Rules = maps.Clone(base.Rules)
	if p.Rules == nil {
		p.Rules = map[string]rules.Mode{}
	}
	d.policy(root, &p)
	if len(d.faults) > 0 {
		return Policy{}, errors.Join(d.faults...)
	}
	return p, nil
}

// root is the document's one node; an empty mapping where the text holds nothing but comments.
func (d *document) root(text []byte) (*yaml.Node, error) {
	from := yaml.NewDecoder(bytes.NewReader(text))
	empty := &yaml.Node{Kind: yaml.MappingNode}
	var doc, next yaml.Node
	switch err := from.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return empty, nil
	case err != nil:
		return nil, d.unreadable(err, text)
	}
	switch err := from.Decode(&next); {
	case err == nil:
		return nil, d.at(&next, "a second document begins here; a policy is one")
	case !errors.Is(err, io.EOF):
		return nil, d.unreadable(err, text)
	}
	root := doc.Content[0]
	if root.ShortTag() == "!!null" && root.Value == "" {
		return empty, nil
	}
	return root, nil
}

func (d *document) policy(n *yaml.Node, p *Policy) {
	d.keys(n, "the policy", map[string]func(*yaml.Node){
		"mode":                func(n *yaml.Node) { d.mode(n, "mode", &p.Cap, rules.Report, rules.Remediate) },
		"rules":               func(n *yaml.Node) { d.rules(n, p.Rules) },
		"allow_protocol_loss": func(n *yaml.Node) { d.boolean(n, "allow_protocol_loss", &p.AllowProtocolLoss) },
		"shared_groups":       func(n *yaml.Node) { d.mode(n, "shared_groups", &p.SharedGroups, rules.Report, rules.Remediate) },
		"brakes": func(n *yaml.Node) {
			d.keys(n, "brakes", map[string]func(*yaml.Node){
				"before_first_sweep":    func(n *yaml.Node) { d.count(n, "brakes.before_first_sweep", &p.Brakes.BeforeFirstSweep) },
				"per_hour":              func(n *yaml.Node) { d.count(n, "brakes.per_hour", &p.Brakes.PerHour) },
				"per_resource_per_hour": func(n *yaml.Node) { d.count(n, "brakes.per_resource_per_hour", &p.Brakes.PerResourcePerHour) },
			})
		},
	})
}

// rules reads modes by pattern. A pattern that names no rule, and a mode that none of its rules can have, are faults.
func (d *document) rules(n *yaml.Node, modes map[string]rules.Mode) {
	d.each(n, "rules", func(key, value *yaml.Node) {
		matching := slices.DeleteFunc(slices.Clone(d.book), func(r rules.Rule) bool { return !matches(key.Value, r.ID) })
		if len(matching) == 0 {
			d.fault(key, "rules: %q names no rule; it is a rule's id or the beginning of some and \"*\"", key.Value)
			return
		}
		var mode rules.Mode
		d.mode(value, "rules."+key.Value, &mode, rules.Off, rules.Report, rules.Along, rules.Remediate)
		if !slices.ContainsFunc(matching, func(r rules.Rule) bool { return able(r, mode) }) {
			d.fault(value, "rules.%s: mode %s needs %s", key.Value, mode, need(mode))
			return
		}
		modes[key.Value] = mode
	})
}

func matches(pattern, id string) bool {
	beginning, glob := strings.CutSuffix(pattern, "*")
	return pattern == id || glob && strings.HasPrefix(id, beginning)
}

func need(mode rules.Mode) string {
	if mode == rules.Along {
		return "a rule with a fix that is part of a corrected revision"
	}
	return "a rule with a fix"
}

func (d *document) mode(n *yaml.Node, path string, into *rules.Mode, among ...rules.Mode) {
	// "off" is a text here: this YAML library takes it for a boolean only where a Go bool is to be filled.
	if mode := rules.Mode(n.Value); n.ShortTag() == "!!str" && slices.Contains(among, mode) {
		*into = mode
		return
	}
	var names []string
	for _, m := range among {
		names = append(names, string(m))
	}
	d.fault(n, "%s must be one of %s", path, strings.Join(names, ", "))
}

func (d *document) boolean(n *yaml.Node, path string, into *bool) {
	switch {
	case n.ShortTag() == "!!bool" && n.Value == "true":
		*into = true
	case n.ShortTag() == "!!bool" && n.Value == "false":
		*into = false
	default:
		d.fault(n, "%s must be true or false", path)
	}
}

func (d *document) count(n *yaml.Node, path string, into *int) {
	number, err := strconv.Atoi(n.Value)
	if n.ShortTag() != "!!int" || err != nil || number < 0 {
		d.fault(n, "%s must be a whole number, 0 or more", path)
		return
	}
	*into = number
}
