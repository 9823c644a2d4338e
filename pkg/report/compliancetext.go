package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// rowsShown bounds the rows of a table that a large account would fill pages with; the JSON has all.
const rowsShown = 40

// ComplianceText writes the report for people, a table under each heading.
func ComplianceText(w io.Writer, c Compliance) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Account %s, %s, at %s\n", Inert(c.Account), Inert(c.Region), Moment(c.At))
	sections := slices.Concat(totalSections(c.Totals), []section{
		{fmt.Sprintf("Sweeps, oldest first (the last %d at most)", rowsShown), sweepTable(c.Sweeps)},
		{"Exemptions", exemptionTable(c.Exemptions)},
		{"Remediations since " + Moment(c.Since), outcomeTable(c.Remedied)},
		{"Remediations since " + Moment(c.Since) + ", by rule", remedyTable(c.Remedied)},
	})
	if err := writeSections(&b, sections); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// section is a table under a heading.
type section struct {
	heading string
	table   table
}

// writeSections writes each with an empty line before it.
func writeSections(w io.Writer, all []section) error {
	for _, s := range all {
		more := len(s.table) - 1 - rowsShown
		if more > 0 {
			s.table = s.table[:rowsShown+1]
		}
		fmt.Fprintf(w, "\n%s\n", s.heading)
		if err := s.table.write(w); err != nil {
			return err
		}
		switch {
		case len(s.table) == 1:
			fmt.Fprintln(w, "(none)")
		case more > 0:
			fmt.Fprintf(w, "and %d more: --format json has all\n", more)
		}
	}
	return nil
}

// counts are the numbers' columns.
var counts = []string{"STANDING", "SUPPRESSED", "UNKNOWN", "ENDED"}

func (t Tally) cells() []string {
	return []string{strconv.Itoa(t.Standing), strconv.Itoa(t.Suppressed), strconv.Itoa(t.Unknown), strconv.Itoa(t.Ended)}
}

// heading is a table with its first row: names, the numbers, and names again.
func heading(before []string, after ...string) table {
	return table{{cells: slices.Concat(before, counts, after)}}
}

func (t *table) add(before []string, n Tally, after ...string) {
	*t = append(*t, row{cells: slices.Concat(before, n.cells(), after)})
}

// totalSections are a report's totals. Users, clusters and families stand by how many findings stand there.
func totalSections(t Totals) []section {
	statuses := table{{cells: []string{"STATUS", "FINDINGS"}}}
	for _, s := range t.ByStatus {
		statuses = append(statuses, row{cells: []string{s.Status, strconv.Itoa(s.Findings)}})
	}
	severities := heading([]string{"SEVERITY"})
	for _, s := range t.BySeverity {
		severities.add([]string{string(s.Severity)}, s.Tally)
	}
	severities.add([]string{"all"}, t.Tally)
	byRule := heading([]string{"RULE"}, "TITLE")
	for _, r := range t.ByRule {
		byRule.add([]string{r.Rule}, r.Tally, r.Title)
	}
	clusters := heading([]string{"CLUSTER"})
	for _, c := range most(t.ByCluster, func(c ClusterTally) Tally { return c.Tally }) {
		clusters.add([]string{orDash(c.Cluster)}, c.Tally)
	}
	users := heading([]string{"CLUSTER", "USED BY", "NAME"})
	for _, u := range most(t.ByUser, func(u UserTally) Tally { return u.Tally }) {
		users.add([]string{orDash(u.Cluster), u.By, orDash(u.Name)}, u.Tally)
	}
	families := heading([]string{"FAMILY"})
	for _, f := range most(t.ByFamily, func(f FamilyTally) Tally { return f.Tally }) {
		families.add([]string{orDash(f.Family)}, f.Tally)
	}
	return []section{
		{"Findings by status", statuses},
		{"Findings by severity", severities},
		{"Findings by rule", byRule},
		{"Findings by cluster (one that matters in two counts in both)", clusters},
		{"Findings by what uses it", users},
		{"Findings by family", families},
	}
}

// most are the rows with the most standing findings first; else they stay in their order.
func most[R any](all []R, of func(R) Tally) []R {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b R) int { return of(b).Standing - of(a).Standing })
	return sorted
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
