package policy

import (
	"path"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/firewarden/firewarden/pkg/rules"
)

func exemptionKeys() section[Exemption] {
	return section[Exemption]{
		{name: "rule", shape: rulesNamed[Exemption](func(e *Exemption) *string { return &e.Rule }), about: `A rule's id, or the beginning of some and "*".`},
		{
			name: "resource", shape: resource{text[Exemption]{func(e *Exemption) *string { return &e.Resource }, anything()}},
			about: `A glob ("*", "?", "[a-c]") over the resource's name, or over its kind and name: sg-0abc*, task-definition/web-*.`,
		},
		{name: "reason", shape: text[Exemption]{func(e *Exemption) *string { return &e.Reason }, anything()}, about: "Why."},
		{name: "owner", shape: text[Exemption]{func(e *Exemption) *string { return &e.Owner }, anything()}, about: "Who answers for it."},
		{name: "until", shape: day{func(e *Exemption) *time.Time { return &e.Until }}, about: "The last day on which it counts, to its end in UTC."},
	}
}

// resource is a glob over the names of resources.
type resource struct{ text[Exemption] }

func (r resource) read(d *document, n *yaml.Node, at string, into *Exemption) {
	kind, _, qualified := strings.Cut(n.Value, "/")
	switch {
	case qualified && kind != string(rules.KindDefinition) && kind != string(rules.KindGroup):
		d.fault(n, "%s: %q is no kind of resource; before a slash stands %s or %s", at, kind, rules.KindGroup, rules.KindDefinition)
	case !pattern(n.Value):
		d.fault(n, "%s: %q is no pattern: a bracket or a backslash is left open", at, n.Value)
	default:
		r.text.read(d, n, at, into)
	}
}

// pattern says whether a text is a pattern of path.Match.
func pattern(text string) bool {
	_, err := path.Match(text, "")
	return err == nil
}

// day is a date, as 2027-01-31.
type day struct{ at func(*Exemption) *time.Time }

func (e day) read(d *document, n *yaml.Node, path string, into *Exemption) {
	until, err := time.Parse(time.DateOnly, n.Value)
	if tag := n.ShortTag(); err != nil || tag != "!!timestamp" && tag != "!!str" {
		d.fault(n, "%s must be a date, as 2027-01-31", path)
		return
	}
	*e.at(into) = until
}

func (day) schema() schema {
	return schema{Type: "string", Format: "date", Pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
}

func (e day) value(of *Exemption) *yaml.Node {
	return scalar("!!timestamp", e.at(of).Format(time.DateOnly))
}
