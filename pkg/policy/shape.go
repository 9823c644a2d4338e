package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// shape is what a key's value may be. T is what the key belongs to: a policy, or an entry of one of its lists.
type shape[T any] interface {
	// read reads a value into a T; the path names it in faults.
	read(d *document, n *yaml.Node, path string, into *T)
	// schema is the JSON Schema of the value.
	schema() schema
	// value is what a T says here, as YAML.
	value(of *T) *yaml.Node
}

// word is one of a few words.
type word[T any, W ~string] struct {
	at    func(*T) *W
	among []W
}

func (w word[T, W]) read(d *document, n *yaml.Node, path string, into *T) {
	if v, ok := oneOf(d, n, path, w.among); ok {
		*w.at(into) = v
	}
}

// oneOf is a value that must be one of these words.
func oneOf[W ~string](d *document, n *yaml.Node, path string, among []W) (W, bool) {
	// "off" is a text here: this YAML library takes it for a boolean only where a Go bool is to be filled.
	if v := W(n.Value); n.ShortTag() == "!!str" && slices.Contains(among, v) {
		return v, true
	}
	d.fault(n, "%s must be one of %s", path, strings.Join(texts(among), ", "))
	return "", false
}

func texts[W ~string](words []W) []string {
	var all []string
	for _, w := range words {
		all = append(all, string(w))
	}
	return all
}

func (w word[T, W]) schema() schema { return schema{Enum: texts(w.among)} }

func (w word[T, W]) value(of *T) *yaml.Node { return scalar("!!str", string(*w.at(of))) }

// boolean is true or false.
type boolean[T any] func(*T) *bool

func (b boolean[T]) read(d *document, n *yaml.Node, path string, into *T) {
	if n.ShortTag() != "!!bool" || n.Value != "true" && n.Value != "false" {
		d.fault(n, "%s must be true or false", path)
		return
	}
	*b(into) = n.Value == "true"
}

func (b boolean[T]) schema() schema { return schema{Type: "boolean"} }

func (b boolean[T]) value(of *T) *yaml.Node { return scalar("!!bool", strconv.FormatBool(*b(of))) }

// count is a whole number that is not less than a least one, nor more than a most where there is one.
type count[T any, N int | int32] struct {
	at          func(*T) *N
	least, most int
}

func (c count[T, N]) read(d *document, n *yaml.Node, path string, into *T) {
	number, err := strconv.Atoi(n.Value)
	if n.ShortTag() != "!!int" || err != nil || number < c.least || c.most > 0 && number > c.most || int(N(number)) != number {
		bounds := fmt.Sprintf("%d or more", c.least)
		if c.most > 0 {
			bounds = fmt.Sprintf("from %d to %d", c.least, c.most)
		}
		d.fault(n, "%s must be a whole number, %s", path, bounds)
		return
	}
	*c.at(into) = N(number)
}

func (c count[T, N]) schema() schema {
	s := schema{Type: "integer", Minimum: &c.least}
	if c.most > 0 {
		s.Maximum = &c.most
	}
	return s
}

func (c count[T, N]) value(of *T) *yaml.Node { return scalar("!!int", fmt.Sprint(*c.at(of))) }

// text is a text of a form.
type text[T any] struct {
	at   func(*T) *string
	form form
}

func (t text[T]) read(d *document, n *yaml.Node, path string, into *T) {
	switch tag := n.ShortTag(); {
	case n.Kind == yaml.ScalarNode && tag != "!!str" && tag != "!!null":
		d.fault(n, "%s must be a text: put it in quotes", path)
	case tag != "!!str" || !t.form.MatchString(n.Value):
		d.fault(n, "%s must be a text of %s", path, t.form.words)
	default:
		*t.at(into) = n.Value
	}
}

func (t text[T]) schema() schema { return schema{Type: "string", Pattern: t.form.String()} }

func (t text[T]) value(of *T) *yaml.Node { return scalar("!!str", *t.at(of)) }

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}
