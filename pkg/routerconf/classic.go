package routerconf

import (
	"strings"

	"github.com/firewarden/firewarden/pkg/rules"
)

// classic is Fluent Bit's classic form while it is read, after src/config_format/flb_cf_fluentbit.c: headers and commands start a line,
// options are indented, a comment has its line alone. It forgives what does not change the meaning: uneven indentation, tabs.
type classic struct {
	r    *reader
	f    file
	line int
	// section is the index of the open one, -1 before the first: an included file adds sections to the same list.
	section int
	// group is open within the section while lines are indented further than its header; 0 is none.
	group int
}

func (r *reader) classic(f file) error {
	c := classic{r: r, f: f, section: -1}
	for text := range strings.Lines(f.text) {
		c.line++
		if err := c.read(strings.TrimRight(text, "\r\n")); err != nil {
			return err
		}
	}
	return nil
}

func (c *classic) read(text string) error {
	content := strings.TrimSpace(text)
	switch {
	case content == "" || content[0] == '#':
		return nil
	case text[0] == '[':
		return c.header(content)
	case text[0] == '@':
		return c.command(content)
	case text[0] != ' ' && text[0] != '\t':
		return c.f.errorf(c.line, "neither a section nor a command, and an option must be indented")
	case c.section < 0 && content[0] == '[':
		return c.f.errorf(c.line, "a section's header must not be indented")
	case c.section < 0:
		return c.f.errorf(c.line, "an option before the first section")
	case content[0] == '[':
		return c.open(content, len(text)-len(strings.TrimLeft(text, " \t")))
	}
	return c.option(content, len(text)-len(strings.TrimLeft(text, " \t")))
}

// name is what stands between the brackets of a header.
func (c *classic) name(content string) (string, error) {
	name, _, closed := strings.Cut(content[1:], "]")
	if !closed || strings.TrimSpace(name) == "" {
		return "", c.f.errorf(c.line, "a header that is not [NAME]")
	}
	return singular(name), nil
}

func (c *classic) header(content string) error {
	name, err := c.name(content)
	if err != nil {
		return err
	}
	if _, err := c.r.section(&c.r.root, rules.ConfigSection{Kind: name, Place: c.f.place(c.line)}); err != nil {
		return err
	}
	c.section, c.group = len(c.r.root.Sections)-1, 0
	return nil
}

// open starts a group within the section.
func (c *classic) open(content string, indent int) error {
	name, err := c.name(content)
	if err != nil {
		return err
	}
	c.group = indent
	_, err = c.r.section(&c.r.root.Sections[c.section], rules.ConfigSection{Kind: name, Place: c.f.place(c.line)})
	return err
}

func (c *classic) option(content string, indent int) error {
	end := strings.IndexAny(content, " \t")
	if end < 0 {
		return c.f.errorf(c.line, "an option without a value") // the key is not quoted: it may be a value that lost its key
	}
	key, value := content[:end], strings.TrimSpace(content[end:])
	into := &c.r.root.Sections[c.section]
	if indent <= c.group {
		c.group = 0
	}
	if c.group > 0 {
		into = &into.Sections[len(into.Sections)-1]
	}
	return c.r.option(into, c.f, rules.ConfigOption{Key: strings.ToLower(key), Value: value, Line: c.line})
}

// command is a line that starts with @. Fluent Bit knows two, and passes over others.
func (c *classic) command(content string) error {
	end := strings.IndexAny(content, " \t")
	if end < 0 {
		return c.f.errorf(c.line, "a command without a value")
	}
	name, value := content[:end], strings.TrimSpace(content[end:])
	switch strings.ToLower(name) {
	case "@include":
		return c.r.include(include{
			by: c.f.place(c.line), target: value, base: c.r.around.Root, pattern: "*", form: c.r.classic,
		})
	case "@set":
		if key, to, ok := strings.Cut(value, "="); ok {
			c.r.set[strings.TrimSpace(key)] = strings.TrimSpace(to)
		}
	}
	return nil
}

// plurals are the names that Fluent Bit takes in the plural too (flb_config_format.c, get_section_type), and those of the YAML form.
var plurals = map[string]string{
	"inputs": "input", "filters": "filter", "outputs": "output", "customs": "custom",
	"parsers": "parser", "multiline_parsers": "multiline_parser", "upstream_servers": "upstream",
}

func singular(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if one, ok := plurals[name]; ok {
		return one
	}
	return name
}
