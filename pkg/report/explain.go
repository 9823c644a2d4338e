package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Explained is how a rule is explained.
type Explained struct {
	// Mode is what the policy does about the rule's findings; "" is the rule's own mode.
	Mode rules.Mode
	// Colour is for a terminal that shows it.
	Colour bool
}

// The terminal's own colours and weights (ECMA-48, "select graphic rendition").
const (
	bold  = "\x1b[1m"
	faint = "\x1b[2m"
	plain = "\x1b[0m"
)

// in is a text in a colour, if there is any; the line feed at its end stays outside.
func (e Explained) in(colour, text string) string {
	if !e.Colour {
		return text
	}
	line, end := strings.CutSuffix(text, "\n")
	line = colour + line + plain
	if end {
		line += "\n"
	}
	return line
}

// part is a titled part of a rule's documentation.
type part struct{ title, text string }

// prose are the parts that are sentences, and examples those that stand as they are; a rule without a fix has no examples.
func prose(d rules.Doc) []part {
	return []part{{"What is wrong", d.What}, {"Why it matters", d.Why}, {"What the fix does", d.Fix}, {"When the rule is silent", d.Silent}}
}

func examples(d rules.Doc) []part {
	var all []part
	for _, p := range []part{{"Before", d.Before}, {"After", d.After}} {
		if p.text != "" {
			all = append(all, p)
		}
	}
	return all
}

// Explain writes a rule's documentation, wrapped; examples stand as they are.
func Explain(w io.Writer, r rules.Rule, e Explained) error {
	var b strings.Builder
	b.WriteString(e.in(bold, wrapped(r.ID+" "+r.Title, "")))
	under := ""
	if e.Mode != "" && e.Mode != r.Mode {
		under = fmt.Sprintf(", under this policy: %s", e.Mode)
	}
	b.WriteString(e.in(faint, fmt.Sprintf("%s, by default: %s%s, looks at a %s\n", r.Severity, r.Mode, under, r.Kind)))
	for _, p := range prose(r.Doc) {
		b.WriteString("\n" + e.in(bold, p.title) + "\n" + wrapped(p.text, "  "))
	}
	for _, p := range examples(r.Doc) {
		b.WriteString("\n" + e.in(bold, p.title) + "\n" + verbatim(p.text, "  "))
	}
	b.WriteString("\n" + e.in(bold, "Sources") + "\n")
	for _, s := range r.Doc.Sources {
		b.WriteString(verbatim(s, "  "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
