package policy

import (
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/firewarden/firewarden/pkg/rules"
)

// TagMode lowers the mode of rules on the resources that carry a tag. Whoever can open a port can often tag: so a tag counts only
// where the policy lists it, it never raises a mode, and it silences nothing.
type TagMode struct {
	// Tag is the tag's key, and Value its value, both whole; "" is any value.
	Tag, Value string
	// Rule is a rule's id, or the beginning of some and "*".
	Rule string
	// Mode is the highest mode that the rules have there: rules.Report or rules.Along.
	Mode rules.Mode
}

func tagModeKeys() section[TagMode] {
	return section[TagMode]{
		{name: "tag", shape: text[TagMode]{func(t *TagMode) *string { return &t.Tag }, anything()}, about: "The tag's key, whole."},
		{
			name: "value", shape: optional[TagMode]{text[TagMode]{func(t *TagMode) *string { return &t.Value }, anything()}}, optional: true,
			about: "The tag's value, whole; any value where this is left out.",
		},
		{name: "rule", shape: rulesNamed[TagMode](func(t *TagMode) *string { return &t.Rule }), about: `A rule's id, or the beginning of some and "*".`},
		{
			name: "mode", shape: word[TagMode, rules.Mode]{func(t *TagMode) *rules.Mode { return &t.Mode }, []rules.Mode{rules.Report, rules.Along}},
			about: "The highest mode that these rules have on a resource with the tag. A tag lowers a mode, and never silences.",
		},
	}
}

// optional is a text that may be left out.
type optional[T any] struct{ text[T] }

func (o optional[T]) value(of *T) *yaml.Node {
	if *o.at(of) == "" {
		return nil
	}
	return o.text.value(of)
}

// ModeOn is Mode for a resource with these tags, by key: what the policy lists of them may lower it.
func (p Policy) ModeOn(rule rules.Rule, tags map[string]string) rules.Mode {
	mode := p.Mode(rule)
	for _, t := range p.TagModes {
		value, carried := tags[t.Tag]
		if carried && (t.Value == "" || t.Value == value) && matches(t.Rule, rule.ID) && higher(mode, t.Mode) {
			mode = t.Mode
		}
	}
	if !able(rule, mode) { // along, on a group
		return rules.Report
	}
	return mode
}

// higher says whether a mode lets more be done than another.
func higher(a, b rules.Mode) bool { return slices.Index(everyMode(), a) > slices.Index(everyMode(), b) }
