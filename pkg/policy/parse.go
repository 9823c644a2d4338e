package policy

import (
	"bytes"
	"errors"
	"io"
	"maps"

	"go.yaml.in/yaml/v4"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Parse reads a policy that overrides the default key by key; an empty text is the default. The name is for the errors, which
// are all faults in the order of their lines: `policy.yaml:12: unknown key "mod" (did you mean "mode"?)`. With an error comes
// the zero policy, which changes nothing.
func Parse(name string, text []byte) (Policy, error) {
	p, _, err := Merge(Source{name, text})
	return p, err
}

// Source is a policy's text, and what it is called in faults: a file's name, an SSM parameter's, "FIREWARDEN_POLICY".
type Source struct {
	Name string
	Text []byte
}

// Places say where a policy's values come from, by path: "brakes.per_hour" and "rules.FL101" → "policy.yaml:12". What is not in it
// is the default's.
type Places map[string]string

// Merge reads the sources over the default, each over those before it, key by key: of brakes, thresholds and rules each key of
// their own, of a list the whole list. All sources are read, and the errors are the faults of all; with an error comes the zero
// policy, which changes nothing.
func Merge(sources ...Source) (Policy, Places, error) {
	p, places := Default(), Places{}
	var faults []error
	for _, s := range sources {
		d := document{name: s.Name, book: rules.All(), places: places}
		next, err := over(p, d, s.Text)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		p = next
	}
	if len(faults) > 0 {
		return Policy{}, nil, errors.Join(faults...)
	}
	return p, places, nil
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
	p.Thresholds.Lists = maps.Clone(base.Thresholds.Lists)
	if d.places == nil {
		d.places = Places{}
	}
	keys(d.book).read(&d, root, top, &p)
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
