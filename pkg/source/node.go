package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// kind is the kind of a value in a file.
type kind int

const (
	null kind = iota
	text
	number
	truth
	list
	object
	// unknown is a value that the file does not tell: why says the reason, text stands for the value where it is a scalar.
	unknown
	// absent is what AWS::NoValue makes of a value.
	absent
)

// names of kinds, as messages have them.
var kindNames = [...]string{"null", "a string", "a number", "a boolean", "a list", "an object", "an unknown value", "nothing"}

func (k kind) String() string { return kindNames[k] }

// node is a value with its place. Scalars have their text; lists have items; objects have members in the file's order, no
// key twice. An unknown value that is one of several known ones has these as items.
type node struct {
	kind    kind
	at      Position
	text    string
	why     string
	items   []node
	members []member
	// more is for objects: why there may be further members.
	more string
}

type member struct {
	key   string
	at    Position
	value node
}

// get returns the member of that key; the zero node is null. One that may be among further members is unknown.
func (n node) get(key string) node {
	for _, m := range n.members {
		if m.key == key {
			return m.value
		}
	}
	return n.missing()
}

func (n node) missing() node {
	if n.more == "" {
		return node{}
	}
	return node{kind: unknown, at: n.at, why: n.more}
}

func parseJSON(data []byte) (node, error) {
	p := &parser{data: data, line: 1}
	// Decoder.Token is lenient about what stands between tokens, so the whole is validated first. It needs no memory of its own.
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		text, added := filled(data)
		if len(added) == 0 || json.Unmarshal(text, &whole) != nil {
			return node{}, p.syntax(err)
		}
		p.data, p.added = text, added
	}
	p.dec = json.NewDecoder(bytes.NewReader(p.data))
	p.dec.UseNumber()
	return p.value(0)
}

// parser walks the tokens of a document, counting lines.
type parser struct {
	data      []byte
	dec       *json.Decoder
	offset    int // up to which lines are counted
	line      int
	lineStart int
	values    int
	// added are the offsets of bytes that the file does not have, ascending; inLine is how many are behind the line's start.
	added  []int
	inLine int
}

// syntax gives an error of encoding/json its line and column.
func (p *parser) syntax(err error) error {
	var s *json.SyntaxError
	if !errors.As(err, &s) {
		return fmt.Errorf("not JSON: %w", err)
	}
	at := p.position(max(0, int(s.Offset)-1)) // the offset is behind the byte that is wrong
	return fmt.Errorf("not JSON: line %d, column %d: %w", at.Line, at.Column, err)
}

// position is the place of an offset. Offsets must not fall from call to call.
func (p *parser) position(offset int) Position {
	for ; p.offset < offset && p.offset < len(p.data); p.offset++ {
		if len(p.added) > 0 && p.added[0] == p.offset {
			p.added, p.inLine = p.added[1:], p.inLine+1
		}
		if p.data[p.offset] == '\n' {
			p.line, p.lineStart, p.inLine = p.line+1, p.offset+1, 0
		}
	}
	return Position{Line: p.line, Column: offset - p.lineStart - p.inLine + 1}
}

// token is the next token and where it starts.
func (p *parser) token() (json.Token, Position, error) {
	start := int(p.dec.InputOffset())
	for start < len(p.data) && bytes.IndexByte([]byte(" \t\r\n,:"), p.data[start]) >= 0 {
		start++
	}
	t, err := p.dec.Token()
	return t, p.position(start), err
}

func (p *parser) value(depth int) (node, error) {
	t, at, err := p.token()
	if err != nil {
		return node{}, p.syntax(err)
	}
	return p.valueOf(t, at, depth)
}

func (p *parser) valueOf(t json.Token, at Position, depth int) (node, error) {
	if p.values++; p.values > maxValues {
		return node{}, fmt.Errorf("line %d: more than %d values", at.Line, maxValues)
	}
	n := node{at: at}
	switch t := t.(type) {
	case json.Delim:
		if depth == maxDepth {
			return node{}, fmt.Errorf("line %d: nested deeper than %d", at.Line, maxDepth)
		}
		if t == '[' {
			return p.list(n, depth+1)
		}
		return p.object(n, depth+1)
	case string:
		n.kind, n.text = text, t
	case json.Number:
		n.kind, n.text = number, t.String()
	case bool:
		n.kind, n.text = truth, strconv.FormatBool(t)
	}
	return n, nil
}

func (p *parser) list(n node, depth int) (node, error) {
	n.kind = list
	for p.dec.More() {
		item, err := p.value(depth)
		if err != nil {
			return node{}, err
		}
		n.items = append(n.items, item)
	}
	_, _, err := p.token() // the closing bracket
	return n, err
}

func (p *parser) object(n node, depth int) (node, error) {
	n.kind = object
	seen := map[string]bool{}
	for p.dec.More() {
		t, at, err := p.token()
		if err != nil {
			return node{}, p.syntax(err)
		}
		key, _ := t.(string) // validated: keys are strings
		if seen[key] {
			return node{}, fmt.Errorf("line %d: key %q stands twice in one object", at.Line, shortened(key))
		}
		seen[key] = true
		v, err := p.value(depth)
		if err != nil {
			return node{}, err
		}
		n.members = append(n.members, member{key: key, at: at, value: v})
	}
	_, _, err := p.token() // the closing brace
	return n, err
}
