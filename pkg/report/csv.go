package report

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
)

// sheet are the rows of a CSV file.
type sheet [][]string

func (s *sheet) row(cells ...string) { *s = append(*s, cells) }

// write makes each cell inert, also for a spreadsheet, which takes what begins with one of these characters for a formula: such a
// cell gets an apostrophe. https://owasp.org/www-community/attacks/CSV_Injection
func (s sheet) write(w io.Writer) error {
	out := csv.NewWriter(w)
	for _, cells := range s {
		safe := make([]string, len(cells))
		for i, c := range cells {
			if safe[i] = c; strings.HasPrefix(strings.TrimLeft(c, " "), "=") || strings.ContainsAny(c[:min(1, len(c))], "+-@") {
				safe[i] = "'" + c
			}
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// ComplianceCSV writes the report as one number or date a row: section, key, name, measure, value.
func ComplianceCSV(w io.Writer, c Compliance) error {
	s := sheet{{"section", "key", "name", "measure", "value"}}
	s.row("report", c.Account, c.Region, "at", Moment(c.At))
	s.row("report", c.Account, c.Region, "since", Moment(c.Since))
	s.totals(c.Totals)
	for _, e := range c.Sweeps {
		s.row("sweep", Inert(e.ID), "", "started", Moment(e.Started))
		s.row("sweep", Inert(e.ID), "", "finished", strings.TrimPrefix(Moment(e.Finished), "-"))
		s.measures([]string{"sweep", Inert(e.ID), ""}, []string{"families", "groups", "seen", "new", "remediations"}, e.Families, e.Groups, e.Seen, e.New, e.Remediations)
	}
	for _, e := range c.Exemptions {
		s.row("exemption", Inert(e.Rule), Inert(e.Resource), "until", Inert(e.Until))
		s.row("exemption", Inert(e.Rule), Inert(e.Resource), "state", Inert(e.State))
		s.row("exemption", Inert(e.Rule), Inert(e.Resource), "suppressed", strconv.Itoa(e.Suppressed))
	}
	done := []string{"count", "undone"}
	s.measures([]string{"remediations", "all", ""}, done, c.Remedied.Count, c.Remedied.Undone)
	for _, o := range c.Remedied.ByOutcome {
		s.measures([]string{"remediations by outcome", Inert(o.Outcome), ""}, done, o.Count, o.Undone)
	}
	for _, r := range c.Remedied.ByRule {
		s.measures([]string{"remediations by rule", Inert(r.Rule), ""}, done, r.Count, r.Undone)
	}
	return s.write(w)
}

// measures writes one row a number.
func (s *sheet) measures(head, names []string, values ...int) {
	for i, n := range values {
		s.row(slices.Concat(head, []string{names[i], strconv.Itoa(n)})...)
	}
}

func (s *sheet) totals(t Totals) {
	stands := []string{"standing", "suppressed", "unknown", "ended"}
	tally := func(section, key, name string, n Tally) {
		s.measures([]string{section, Inert(key), Inert(name)}, stands, n.Standing, n.Suppressed, n.Unknown, n.Ended)
	}
	tally("findings", "all", "", t.Tally)
	for _, n := range t.ByStatus {
		s.measures([]string{"findings by status", Inert(n.Status), ""}, []string{"findings"}, n.Findings)
	}
	for _, n := range t.BySeverity {
		tally("findings by severity", string(n.Severity), "", n.Tally)
	}
	for _, n := range t.ByRule {
		tally("findings by rule", n.Rule, n.Title, n.Tally)
	}
	for _, n := range t.ByCluster {
		tally("findings by cluster", n.Cluster, "", n.Tally)
	}
	for _, n := range t.ByUser {
		tally("findings by user", n.By, strings.TrimPrefix(n.Cluster+"/"+n.Name, "/"), n.Tally)
	}
	for _, n := range t.ByFamily {
		tally("findings by family", n.Family, "", n.Tally)
	}
}
