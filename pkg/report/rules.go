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
