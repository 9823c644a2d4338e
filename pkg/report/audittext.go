package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/firewarden/firewarden/pkg/rules"
)

// AuditText writes the audit for people: the findings, a line each with what they rest on below, then the totals. What could not be
// read, and what is not covered, is talk.
func AuditText(w io.Writer, a Audit) error {
	var b strings.Builder
	t := table{{cells: []string{"SEVERITY", "RULE", "REGION", "RESOURCE", "PATH"}}}
	for _, f := range a.Findings {
		verdict := string(f.Severity)
		if f.Evaluation == rules.Unknown {
			verdict = string(rules.Unknown)
		}
		t = append(t, row{[]string{verdict, f.Rule, f.Region, f.Resource, f.Path}, f.below()})
	}
	if err := t.write(&b); err != nil {
		return err
	}
	sections := totalSections(a.Totals)
	if len(a.Suppressed) > 0 {
		sections = append(sections, section{"Suppressed", suppressedTable(a.Suppressed)})
	}
	if err := writeSections(&b, sections); err != nil {
		return err
	}
	_, err := io.WriteString(w, strings.TrimPrefix(b.String(), "\n"))
	return err
}

// shownOf bounds how many users, revisions and lines of evidence stand below a finding.
const shownOf = 8

// below are the lines under a finding.
func (f AuditFinding) below() []string {
	users := "nobody runs it"
	if len(f.Users) > 0 {
		users = "used by " + shortened(userTexts(f.Users))
	}
	lines := []string{f.Message + fixable[f.Fixable], shortened(f.Revisions) + ": " + users}
	if more := len(f.Evidence) - shownOf; more > 0 {
		return append(append(lines, f.Evidence[:shownOf]...), fmt.Sprintf("and %d more", more))
	}
	return append(lines, f.Evidence...)
}

// shortened is a list of which a long rest is counted.
func shortened(all []string) string {
	if more := len(all) - shownOf; more > 0 {
		return strings.Join(all[:shownOf], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(all, ", ")
}

func suppressedTable(all []SuppressedFinding) table {
	t := table{{cells: []string{"UNTIL", "RULE", "REGION", "RESOURCE", "PATH", "BY"}}}
	for _, f := range all {
		t = append(t, row{[]string{f.Until, f.Rule, f.Region, f.Resource, f.Path, f.By}, []string{joined(f.Owner, f.Reason)}})
	}
	return t
}
