package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Table writes the findings for people: one line a finding, in the order given, with what it rests on below. Errors are not in
// it: they are talk, not data.
func Table(w io.Writer, r Result) error {
	var b strings.Builder
	where := 0
	for _, f := range r.Findings {
		where = max(where, len([]rune(place(f))))
	}
	where = min(where, maxPlace)
	for _, f := range r.Findings {
		verdict := string(f.Severity)
		if f.Status == rules.Unknown {
			verdict = string(rules.Unknown)
		}
		fmt.Fprintf(&b, "%-*s  %s  %-8s  %s%s\n", where, place(f), f.Rule, verdict, Inert(f.Message), fixable[f.Fixable])
		for _, line := range below(f) {
			fmt.Fprintf(&b, "%*s  %s\n", where, "", Inert(line))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// maxPlace bounds the first column; a longer place pushes its own line only.
const maxPlace = 60

// place is file:line, as editors and terminals make links of it.
func place(f Finding) string {
	if f.Line == 0 {
		return Inert(f.File)
	}
	if f.Column == 0 {
		return fmt.Sprintf("%s:%d", Inert(f.File), f.Line)
	}
	return fmt.Sprintf("%s:%d:%d", Inert(f.File), f.Line, f.Column)
}

var fixable = map[bool]string{true: " (fixable)"}

// below are the lines under a finding: where in which resource, and the evidence.
func below(f Finding) []string {
	at := f.Path
	if name := strings.TrimPrefix(f.Resource, string(rules.KindDefinition)+"/"); name != "" {
		at = name + ": " + f.Path
	}
	return append([]string{at}, f.Evidence...)
}
