package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxYAML is the largest template that CloudFormation takes (1 MB, from S3). The YAML library builds its whole tree before
// this package can count, so that the bytes are what bounds its memory.
const maxYAML = 1 << 20

// parseYAML reads one YAML document. Aliases are expanded, each time anew, and count among the values.
func parseYAML(data []byte) (node, error) {
	if len(data) > maxYAML {
		return node{}, fmt.Errorf("YAML larger than %d MiB, which is the most that CloudFormation takes", maxYAML>>20)
	}
	y := newYAMLReader(data)
	if i := bytes.IndexFunc(data, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n", r) || r == 0x7f }); i >= 0 {
		at := y.position(i)
		return node{}, fmt.Errorf("not text: line %d, column %d: a control character", at.Line, at.Column)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return node{}, fmt.Errorf("%w: no document, only comments", ErrOther)
	} else if err != nil {
		return node{}, y.notYAML(err)
	}
	if err := dec.Decode(&second); err == nil {
		return node{}, fmt.Errorf("%w: several documents of YAML", ErrOther)
	} else if !errors.Is(err, io.EOF) {
		return node{}, y.notYAML(err)
	}
	return y.value(doc.Content[0], 0)
}

// notYAML gives an error of the library its place, and the line of the block, flow or text around it.
func (y *yamlReader) notYAML(err error) error {
	var e *yaml.LoadError
	if !errors.As(err, &e) || e.Mark.Line == 0 {
		return fmt.Errorf("not YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	at, around := y.find(&yaml.Node{Line: e.Mark.Line, Column: e.Mark.Column}), ""
	if e.ContextMark.Line > 0 && e.ContextMark.Line != e.Mark.Line {
		begins := y.find(&yaml.Node{Line: e.ContextMark.Line, Column: e.ContextMark.Column})
		around = fmt.Sprintf(" (%s that begins in line %d)", e.ContextMsg, begins.Line)
	}
	what := e.Message
	if strings.HasPrefix(what, "unknown anchor") { // the library quotes it, and it may be a secret that begins with "*"
		what = "unknown anchor"
	}
	return fmt.Errorf("not YAML: line %d, column %d: %s%s", at.Line, at.Column, what, around)
}

// yamlReader makes nodes of YAML's. Its tables are offsets at which lines begin: as YAML counts them (a carriage return alone and
// three characters of Unicode end a line, too), and as editors do.
type yamlReader struct {
	data         []byte
	breaks, ends []int
	values       int
	// places are those found so far: an alias leads to the same node again and again.
	places map[*yaml.Node]Position
	// The place that was found last, where the next one mostly follows: columns count characters.
	line, column, offset int
}

func newYAMLReader(data []byte) *yamlReader {
	y := &yamlReader{data: data, breaks: []int{0}, ends: []int{0}, places: map[*yaml.Node]Position{}}
	for i, r := range string(data) {
		next := i + utf8.RuneLen(r)
		if r == '\n' {
			y.ends = append(y.ends, next)
		}
		if strings.ContainsRune("\n\u0085\u2028\u2029", r) || r == '\r' && (next == len(data) || data[next] != '\n') {
			y.breaks = append(y.breaks, next)
		}
	}
	return y
}

// position is the place of an offset, in lines as editors count them and in bytes.
func (y *yamlReader) position(offset int) Position {
	line := sort.SearchInts(y.ends, offset+1)
	return Position{Line: line, Column: offset - y.ends[line-1] + 1}
}

// at is the place of a node of the library.
func (y *yamlReader) at(n *yaml.Node) Position {
	if at, ok := y.places[n]; ok {
		return at
	}
	at := y.find(n)
	y.places[n] = at
	return at
}

func (y *yamlReader) find(n *yaml.Node) Position {
	if n.Line < 1 || n.Line > len(y.breaks) {
		return Position{Line: len(y.ends), Column: 1}
	}
	if n.Line != y.line || n.Column < y.column {
		y.line, y.column, y.offset = n.Line, 1, y.breaks[n.Line-1]
	}
	for ; y.column < n.Column && y.offset < len(y.data); y.column++ {
		_, size := utf8.DecodeRune(y.data[y.offset:])
		y.offset += size
	}
	return y.position(y.offset)
}

func (y *yamlReader) value(n *yaml.Node, depth int) (node, error) {
	at := y.at(n)
	if y.values++; y.values > maxValues {
		return node{}, fmt.Errorf("line %d: more than %d values, aliases expanded", at.Line, maxValues)
	}
	if depth > maxDepth {
		return node{}, fmt.Errorf("line %d: nested deeper than %d", at.Line, maxDepth)
	}
	if n.Kind == yaml.AliasNode {
		return y.value(n.Alias, depth+1)
	}
	name := intrinsicOf(n.Tag)
	if name == "" {
		return y.untagged(n, at, depth)
	}
	bare := *n
	bare.Tag = ""
	if n.Kind == yaml.ScalarNode {
		bare.Tag = "!!str"
	}
	arg, err := y.untagged(&bare, at, depth+1)
	return node{kind: object, at: at, members: []member{{key: name, at: at, value: arg}}}, err
}

func (y *yamlReader) untagged(n *yaml.Node, at Position, depth int) (node, error) {
	switch n.Kind {
	case yaml.SequenceNode:
		return y.list(n, at, depth)
	case yaml.MappingNode:
		return y.object(n, at, depth)
	}
	return yamlScalar(n, at), nil
}

// intrinsicOf is the long name of a function's short form: "Fn::Sub" of "!Sub".
func intrinsicOf(tag string) string {
	name := strings.TrimPrefix(tag, "!")
	switch {
	case name == tag, name == "", strings.HasPrefix(name, "!"):
		return ""
	case name == "Ref", name == "Condition":
		return name
	}
	return "Fn::" + name
}

// yamlScalar reads a scalar as YAML 1.1 does, which is what CloudFormation reads: yes, no, on and off are booleans.
func yamlScalar(n *yaml.Node, at Position) node {
	s := node{kind: text, at: at, text: n.Value}
	plain := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	switch tag := n.ShortTag(); {
	case tag == "!!int", tag == "!!float":
		s.kind = number
	case tag == "!!null":
		s.kind = null
	case tag == "!!bool":
		s.kind, s.text = truth, strings.ToLower(n.Value)
	case plain && n.Style&yaml.TaggedStyle == 0:
		switch n.Value {
		case "yes", "Yes", "YES", "on", "On", "ON":
			s.kind, s.text = truth, "true"
		case "no", "No", "NO", "off", "Off", "OFF":
			s.kind, s.text = truth, "false"
		}
	}
	return s
}

func (y *yamlReader) list(n *yaml.Node, at Position, depth int) (node, error) {
	l := node{kind: list, at: at}
	for _, c := range n.Content {
		item, err := y.value(c, depth+1)
		if err != nil {
			return node{}, err
		}
		l.items = append(l.items, item)
	}
	return l, nil
}
