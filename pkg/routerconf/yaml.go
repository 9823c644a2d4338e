package routerconf

import (
	"errors"
	"io"
	"path"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"go.yaml.in/yaml/v4"

	"github.com/firewarden/firewarden/pkg/rules"
)

// yamlFile is Fluent Bit's YAML form while it is read, after src/config_format/flb_cf_yaml.c.
type yamlFile struct {
	r *reader
	f file
	// lines are the lines of the file, as everything else counts them, at which YAML's begin.
	lines []int
}

func (r *reader) yaml(f file) error {
	if len(f.text) > MaxYAML {
		return f.errorf(1, "a YAML file larger than %d MiB", MaxYAML>>20)
	}
	y := yamlFile{r: r, f: f, lines: linesOf(f.text)}
	for dec := yaml.NewDecoder(strings.NewReader(f.text)); ; {
		var doc yaml.Node
		switch err := dec.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return y.syntax(err)
		}
		y.renumber(&doc)
		for _, root := range doc.Content {
			if err := y.document(root); err != nil {
				return err
			}
		}
	}
}

// linesOf are the lines at which YAML's begin: a carriage return alone and three characters of Unicode end a line there, and nowhere else
// (YAML 1.1, "Line break characters").
func linesOf(text string) []int {
	line, lines := 1, []int{1}
	for i, r := range text {
		if r == '\n' {
			line++
		}
		if strings.ContainsRune("\n\u0085\u2028\u2029", r) || r == '\r' && !strings.HasPrefix(text[i+1:], "\n") {
			lines = append(lines, line)
		}
	}
	return lines
}

func (y yamlFile) line(n int) int { return y.lines[min(max(n, 1), len(y.lines))-1] }

func (y yamlFile) renumber(n *yaml.Node) {
	n.Line = y.line(n.Line)
	for _, below := range n.Content {
		y.renumber(below)
	}
}

// syntax gives an error of the parser its place. What it quotes is left out: it may be a secret.
func (y yamlFile) syntax(err error) error {
	line, what := 1, "it does not end as YAML does"
	var e *yaml.LoadError
	if errors.As(err, &e) {
		line = y.line(max(line, e.Mark.Line))
		if !strings.ContainsAny(e.Message, "'\"`") {
			what = e.Message
		}
	}
	return y.f.errorf(line, "not YAML: %s", what)
}

// pairs calls do with each key and value of a mapping; null is an empty one.
func (y yamlFile) pairs(n *yaml.Node, do func(key, value *yaml.Node) error) error {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return y.f.errorf(n.Line, "keys and values belong here")
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; k.Kind != yaml.ScalarNode {
			return y.f.errorf(k.Line, "a key that is no text")
		}
		if err := do(n.Content[i], n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// items calls do with each item of a list; null is an empty one.
func (y yamlFile) items(n *yaml.Node, do func(*yaml.Node) error) error {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		return y.f.errorf(n.Line, "a list belongs here")
	}
	for _, item := range n.Content {
		if err := do(item); err != nil {
			return err
		}
	}
	return nil
}

func (y yamlFile) document(root *yaml.Node) error {
	return y.pairs(root, func(key, value *yaml.Node) error {
		switch name := strings.ToLower(key.Value); name {
		case "env":
			return y.env(value)
		case "includes":
			return y.items(value, y.include)
		case "pipeline":
			return y.pairs(value, y.list)
		case "plugins", "extensions", "ignorable": // paths of plugins to load; what is other programs', and Fluent Bit passes over
			return nil
		default:
			if !known[singular(name)] {
				y.r.gap("", "it has a part "+shown(key.Value)+", which Fluent Bit does not know", y.f.place(key.Line))
			}
			return y.list(key, value)
		}
	})
}

// known are the parts of a file beside those above. In others, what stands is not what it seems to be: a file of
// another program, or one for a tool that makes Fluent Bit's from it.
var known = map[string]bool{
	"service": true, "custom": true, "parser": true, "multiline_parser": true, "upstream": true, "stream_processor": true,
	"input": true, "filter": true, "output": true,
}

// env sets variables: from keys and values, or from a list of names with a value, or with an address that is read at run time.
func (y yamlFile) env(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		return y.pairs(n, func(key, value *yaml.Node) error {
			if value.Kind == yaml.ScalarNode {
				y.r.set[key.Value] = value.Value
			}
			return nil
		})
	}
	return y.items(n, func(item *yaml.Node) error {
		given := map[string]string{}
		err := y.pairs(item, func(key, value *yaml.Node) error {
			given[strings.ToLower(key.Value)] = value.Value
			return nil
		})
		if value, ok := given["value"]; ok && given["uri"] == "" {
			y.r.set[given["name"]] = value
		}
		return err
	})
}

func (y yamlFile) include(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return y.f.errorf(n.Line, "a file's name belongs here")
	}
	return y.r.include(include{by: y.f.place(n.Line), target: n.Value, base: path.Dir(y.f.at), pattern: "*", form: y.r.yaml})
}

// list adds the sections of a kind: one, a list of them, or for null none.
func (y yamlFile) list(kind, n *yaml.Node) error {
	one := func(item *yaml.Node) error { return y.one(singular(kind.Value), item) }
	if n.Kind == yaml.MappingNode {
		return one(n)
	}
	return y.items(n, one)
}

// one adds a section. Fluent Bit 1.9 has the plugin's name as a key with the options below it (flb_cf_yaml.c, STATE_PLUGIN_TYPE), and
// may have several in one mapping.
func (y yamlFile) one(kind string, n *yaml.Node) error {
	if !plugged[types.FirelensConfigurationTypeFluentbit][kind] || !keyedByPlugin(n) {
		return y.section(&y.r.root, kind, n, 0)
	}
	return y.pairs(n, func(key, value *yaml.Node) error {
		if err := y.section(&y.r.root, kind, value, 0); err != nil {
			return err
		}
		s := &y.r.root.Sections[len(y.r.root.Sections)-1]
		s.Place.Line = key.Line
		return y.r.option(s, y.f, rules.ConfigOption{Key: "name", Value: key.Value, Line: key.Line})
	})
}

// keyedByPlugin says whether a mapping has nothing but mappings for values.
func keyedByPlugin(n *yaml.Node) bool {
	for i := 1; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if n.Content[i].Kind != yaml.MappingNode {
			return false
		}
	}
	return n.Kind == yaml.MappingNode && len(n.Content) > 0
}

// section adds a section with its options, and what stands within it as sections of their own: processors, groups, rules.
func (y yamlFile) section(in *rules.ConfigSection, kind string, n *yaml.Node, depth int) error {
	if depth == maxDepth {
		return y.f.errorf(n.Line, "nested deeper than %d", maxDepth)
	}
	s, err := y.r.section(in, rules.ConfigSection{Kind: kind, Place: y.f.place(n.Line)})
	if err != nil {
		return err
	}
	return y.pairs(n, func(key, value *yaml.Node) error { return y.option(s, key, value, depth) })
}

// option adds a key: each text of a list is an option of that key.
func (y yamlFile) option(s *rules.ConfigSection, key, value *yaml.Node, depth int) error {
	switch value.Kind {
	case yaml.ScalarNode:
		return y.r.option(s, y.f, rules.ConfigOption{Key: snake(key.Value), Value: strings.TrimSpace(value.Value), Line: key.Line})
	case yaml.SequenceNode:
		if depth == maxDepth {
			return y.f.errorf(value.Line, "nested deeper than %d", maxDepth)
		}
		return y.items(value, func(item *yaml.Node) error { return y.option(s, key, item, depth+1) })
	case yaml.MappingNode:
		return y.section(s, snake(key.Value), value, depth+1)
	}
	return y.f.errorf(value.Line, "an alias, which Fluent Bit does not read")
}

// snake is a key as Fluent Bit compares it: camelCase without underscores becomes snake_case (flb_cf_key_translate).
func snake(key string) string {
	if key == "" || key[0] < 'a' || key[0] > 'z' || strings.Contains(key, "_") {
		return strings.ToLower(key)
	}
	var b strings.Builder
	for _, c := range key {
		if unicode.IsUpper(c) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}
