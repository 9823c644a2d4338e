package policy

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
	"go.yaml.in/yaml/v4"

	"github.com/firewarden/firewarden/pkg/rules"
)

// document is a text being read: its name, the rule book that it speaks of, the faults found so far, and where each key stands, by
// path.
type document struct {
	name   string
	book   []rules.Rule
	faults []error
	places map[string]string
}

// top is the path of the policy itself.
const top = "the policy"

// place is where a node stands: "policy.yaml:12".
func (d *document) place(n *yaml.Node) string { return d.name + ":" + strconv.Itoa(n.Line) }

// at is a fault at a node's line.
func (d *document) at(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s: %s", d.place(n), fmt.Sprintf(format, args...))
}

func (d *document) fault(n *yaml.Node, format string, args ...any) {
	d.faults = append(d.faults, d.at(n, format, args...))
}

// unreadable gives an error of the YAML library our form. The end of the text counts as a line of its own there.
func (d *document) unreadable(err error, text []byte) error {
	var e *yaml.LoadError
	if !errors.As(err, &e) || e.Mark.Line == 0 {
		return fmt.Errorf("%s: %s", d.name, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	line := e.Mark.Line
	if strings.HasPrefix(e.ContextMsg, "while parsing a flow") && e.ContextMark.Line > 0 { // a bracket left open is noticed further down
		line = e.ContextMark.Line
	}
	line = min(line, bytes.Count(bytes.TrimRight(text, "\n"), []byte("\n"))+1)
	return fmt.Errorf("%s:%d: %s", d.name, line, e.Message)
}

// each visits the keys and values of a mapping, in the text's order. Another kind of node, a key given twice (which YAML nodes
// allow) and aliases are faults.
func (d *document) each(n *yaml.Node, path string, visit func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		d.fault(n, "%s must be a mapping", path)
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		line, twice := first[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode:
			d.fault(key, "%s: a key must be a text", path)
		case twice:
			d.fault(key, "key %q is given twice, first in line %d", key.Value, line)
		case value.Kind == yaml.AliasNode:
			d.fault(value, "key %q: aliases are not supported", key.Value)
		default:
			first[key.Value] = key.Line
			visit(key, value)
		}
	}
}

// suggestion names the known word that is nearest to an unknown one, where one is near.
func suggestion(word string, known []string) string {
	const near = 3
	best, at := "", near
	for _, k := range known {
		if len(word) > len(k)+near { // a long word is near to none, and not worth comparing
			continue
		}
		if n := levenshtein.Distance(word, k, nil); n < at {
			best, at = k, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}
