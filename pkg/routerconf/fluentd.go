package routerconf

import (
	"path"
	"strings"

	"github.com/firewarden/firewarden/pkg/rules"
)

// fluentd is Fluentd's form while it is read, after lib/fluent/config/v1_parser.rb.
type fluentd struct {
	scanner
	r *reader
}

// fluentd reads a file into an element: an included one into that in which the include stands.
func (r *reader) fluentd(f file, into *rules.ConfigSection) error {
	p := fluentd{scanner: scanner{file: f, line: 1}, r: r}
	return p.element(into, "", 0)
}

// element reads up to the end tag of that name, or for "" to the end of the file.
func (p *fluentd) element(into *rules.ConfigSection, name string, depth int) error {
	start := p.line
	if depth > maxDepth {
		return p.errorf(p.line, "nested deeper than %d", maxDepth)
	}
	for {
		p.space()
		switch {
		case p.ended() && name == "":
			return nil
		case p.ended():
			return p.errorf(p.line, "the file ends before </%s>, opened in line %d", name, start)
		case p.skip("</"):
			return p.endTag(name)
		case p.skip("<"):
			if err := p.child(into, depth); err != nil {
				return err
			}
		default:
			if err := p.parameter(into, name == ""); err != nil {
				return err
			}
		}
	}
}

func (p *fluentd) endTag(name string) error {
	line, got := p.line, p.word()
	p.blanks()
	switch {
	case !p.skip(">"):
		return p.errorf(line, "an end tag without >")
	case got != name || name == "":
		return p.errorf(line, "an end tag that ends no element here")
	case !p.lineEnd():
		return p.errorf(line, "text behind an end tag")
	}
	return nil
}

// child reads an element from behind its <.
func (p *fluentd) child(into *rules.ConfigSection, depth int) error {
	s := rules.ConfigSection{Place: p.place(p.line)}
	name := p.word()
	p.blanks()
	arg, ok := p.argument()
	switch {
	case name == "" || !ok:
		return p.errorf(s.Place.Line, "a tag without name or >")
	case !p.lineEnd():
		return p.errorf(s.Place.Line, "text behind a tag")
	}
	s.Kind, s.Arg = strings.ToLower(name), arg
	added, err := p.r.section(into, s)
	if err != nil {
		return err
	}
	return p.element(added, name, depth+1)
}

// parameter reads a key and its value, or an include. "include" without @ is one outside of elements.
func (p *fluentd) parameter(into *rules.ConfigSection, outside bool) error {
	o := rules.ConfigOption{Line: p.line}
	o.Key = p.key()
	p.blanks()
	if o.Key == "@include" || o.Key == "include" && outside {
		return p.include(into)
	}
	if !p.lineEnd() {
		var err error
		if o.Value, o.Unknown, err = p.value(p.r.embedded); err != nil {
			return err
		}
	}
	return p.r.option(into, p.file, o)
}

func (p *fluentd) include(into *rules.ConfigSection) error {
	line := p.line
	if p.lineEnd() {
		return p.errorf(line, "an include without a file")
	}
	target, why, err := p.value(p.r.embedded)
	if err != nil {
		return err
	}
	target = strings.TrimPrefix(target, "file://")
	if strings.Contains(target, "://") {
		why = "it is not a file"
	}
	if why != "" {
		p.r.gap("", "it includes something else, and "+why, p.place(line))
		return nil
	}
	return p.r.include(include{
		by: p.place(line), target: target, base: path.Dir(p.at), pattern: "*?[{",
		form: func(f file) error { return p.r.fluentd(f, into) },
	})
}
