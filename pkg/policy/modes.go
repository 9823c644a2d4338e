package policy

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/firewarden/firewarden/pkg/rules"
)

// modesByRule are modes by a rule's id, or by the beginning of some and "*".
type modesByRule struct{}

func everyMode() []rules.Mode {
	return []rules.Mode{rules.Off, rules.Report, rules.Along, rules.Remediate}
}

// read reads modes by pattern. A pattern that names no rule, and a mode that none of its rules can have, are faults.
func (modesByRule) read(d *document, n *yaml.Node, path string, p *Policy) {
	d.each(n, path, func(pattern, value *yaml.Node) {
		named := d.named(pattern, path)
		if len(named) == 0 {
			return
		}
		at := below(path, pattern.Value)
		mode, ok := oneOf(d, value, at, everyMode())
		switch {
		case !ok:
		case !slices.ContainsFunc(named, func(r rules.Rule) bool { return able(r, mode) }):
			d.fault(value, "%s: mode %s needs %s", at, mode, need(mode))
		default:
			p.Rules[pattern.Value], d.places[at] = mode, d.place(pattern)
		}
	})
}

// named are the rules that a pattern names; a fault if there are none.
func (d *document) named(pattern *yaml.Node, path string) []rules.Rule {
	named := slices.DeleteFunc(slices.Clone(d.book), func(r rules.Rule) bool { return !matches(pattern.Value, r.ID) })
	if len(named) == 0 {
		d.fault(pattern, "%s: %q names no rule; it is a rule's id or the beginning of some and \"*\"", path, pattern.Value)
	}
	return named
}

// matches says whether a pattern, an id or the beginning of some and "*", names a rule.
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

// rulePattern is the form of a pattern, for those who do not know the rule book.
const rulePattern = `^(FL[1-9][0-9]{2}|(F|FL|FL[1-9][0-9]{0,2})?\*)$`

func (modesByRule) schema() schema {
	return schema{
		Type: "object", PatternProperties: map[string]schema{rulePattern: {Enum: texts(everyMode())}},
		AdditionalProperties: new(bool),
	}
}

func (modesByRule) value(p *Policy) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, pattern := range slices.Sorted(maps.Keys(p.Rules)) {
		n.Content = append(n.Content, scalar("!!str", pattern), scalar("!!str", string(p.Rules[pattern])))
	}
	return n
}

// rulesNamed is a rule's id, or the beginning of some and "*".
type rulesNamed[T any] func(*T) *string

func (r rulesNamed[T]) read(d *document, n *yaml.Node, path string, into *T) {
	if len(d.named(n, path)) > 0 {
		*r(into) = n.Value
	}
}

func (rulesNamed[T]) schema() schema { return schema{Type: "string", Pattern: rulePattern} }

func (r rulesNamed[T]) value(of *T) *yaml.Node { return scalar("!!str", *r(of)) }
