package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// LedgerFindings writes the ledger's findings for people: a line each under a heading, and below it when it was seen and why it
// stands where it does. Without findings it writes nothing.
func LedgerFindings(w io.Writer, all []LedgerFinding) error {
	t := table{{cells: []string{"ID", "RULE", "SEVERITY", "STATUS", "RESOURCE", "PATH"}}}
	for _, f := range all {
		below := []string{"first seen " + Moment(f.FirstSeen) + ", last seen " + Moment(f.LastSeen)}
		if why := standing(f); why != "" {
			below = append(below, why)
		}
		t = append(t, row{[]string{f.ID, f.Rule, string(f.Severity), f.Status, f.Resource, f.Path}, below})
	}
	return t.write(w)
}

// standing says why a finding stands where it does.
func standing(f LedgerFinding) string {
	why := f.Reason
	switch {
	case !f.HeldUntil.IsZero():
		why = joined(why, "hands off until "+Moment(f.HeldUntil))
	case !f.ContestedSince.IsZero():
		why = joined(why, "hands off since "+Moment(f.ContestedSince)+"; to end that: firewarden findings release "+f.ID)
	}
	return why
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// LedgerRemediations writes the ledger's remediations for people: a line each under a heading, and below it the reason of the
// outcome and who undid it. Without remediations it writes nothing.
func LedgerRemediations(w io.Writer, all []LedgerRemediation) error {
	t := table{{cells: []string{"ID", "WHEN", "RESOURCE", "RULES", "OUTCOME"}}}
	for _, r := range all {
		var below []string
		if r.Reason != "" {
			below = append(below, r.Reason)
		}
		if r.Undone != nil {
			below = append(below, "undone "+r.Undone.String())
		}
		t = append(t, row{[]string{r.ID, Moment(r.Started), r.Resource, strings.Join(r.Rules, " "), r.Outcome}, below})
	}
	return t.write(w)
}

// String is "at TIME by WHO (EVENT) from ADDRESS" without what is not known.
func (c Cause) String() string {
	var parts []string
	if !c.At.IsZero() {
		parts = append(parts, "at "+Moment(c.At))
	}
	if c.By != "" {
		parts = append(parts, "by "+c.By)
	}
	if c.Event != "" {
		parts = append(parts, "("+c.Event+")")
	}
	if c.SourceIP != "" {
		parts = append(parts, "from "+c.SourceIP)
	}
	return strings.Join(parts, " ")
}

// Moment is a time as the tables show it: UTC, to the second; "-" for none.
func Moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// table is a heading and rows in columns as wide as their widest cell, up to maxPlace. All cells are made inert.
type table []row

type row struct{ cells, below []string }

func (t table) write(w io.Writer) error {
	if len(t) == 1 {
		return nil
	}
	widths := make([]int, len(t[0].cells))
	for _, r := range t {
		for i, c := range r.cells {
			widths[i] = min(max(widths[i], len([]rune(Inert(c)))), maxPlace)
		}
	}
	var b strings.Builder
	for _, r := range t {
		var line strings.Builder
		for i, c := range r.cells {
			fmt.Fprintf(&line, "%-*s  ", widths[i], Inert(c))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
		for _, text := range r.below {
			fmt.Fprintf(&b, "%*s  %s\n", widths[0], "", Inert(text))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
