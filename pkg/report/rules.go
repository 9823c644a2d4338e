package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Rules writes the rule book as a table: id, severity, default mode, title.
func Rules(w io.Writer, all []rules.Rule) error {
	var b strings.Builder
	for _, r := range all {
		head := fmt.Sprintf("%s  %-8s  %-9s  ", r.ID, r.Severity, r.Mode)
		indent := strings.Repeat(" ", len(head))
		b.WriteString(head + strings.TrimPrefix(wrapped(r.Title, indent), indent))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Explain writes a rule's documentation, wrapped; examples stand as they are.
func Explain(w io.Writer, r rules.Rule) error {
	var b strings.Builder
	b.WriteString(wrapped(r.ID+" "+r.Title, ""))
	fmt.Fprintf(&b, "%s, by default: %s, looks at a %s\n", r.Severity, r.Mode, r.Kind)
	for _, part := range []struct{ title, text string }{
		{"What is wrong", r.Doc.What}, {"Why it matters", r.Doc.Why}, {"What the fix does", r.Doc.Fix}, {"When the rule is silent", r.Doc.Silent},
	} {
		fmt.Fprintf(&b, "\n%s\n%s", part.title, wrapped(part.text, "  "))
	}
	for _, example := range []struct{ title, text string }{{"Before", r.Doc.Before}, {"After", r.Doc.After}} {
		if example.text != "" {
			fmt.Fprintf(&b, "\n%s\n%s", example.title, verbatim(example.text, "  "))
		}
	}
	b.WriteString("\nSources\n")
	for _, s := range r.Doc.Sources {
		b.WriteString(verbatim(s, "  "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
