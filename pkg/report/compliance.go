package report

import (
	"io"
	"slices"
	"strings"
	"time"
)

// Compliance is the report on a ledger. Its JSON is part of the command line's contract; all lists are in a fixed order.
type Compliance struct {
	Place
	// At is when the ledger was read, Since from when on remediations are counted.
	At    time.Time `json:"at"`
	Since time.Time `json:"since"`
	// Totals count all findings that the ledger knows.
	Totals     Totals      `json:"totals"`
	Sweeps     []Sweep     `json:"sweeps"`
	Exemptions []Exemption `json:"exemptions"`
	Remedied   Remedied    `json:"remediations"`
}

// Sweep is a sweep, and what of the ledger's findings belongs to the time from its start to the next one's.
type Sweep struct {
	ID       string    `json:"id"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"`
	Families int       `json:"families"`
	Groups   int       `json:"groups"`
	// Seen are the findings that were there at some time of it: first seen before its end, and last seen since its start. New are
	// those first seen in it.
	Seen int `json:"seen"`
	New  int `json:"new"`
	// Remediations are how many were begun in it.
	Remediations int `json:"remediations"`
}

// Exemption is one of the policy's, or one that the ledger tells of.
type Exemption struct {
	Rule     string `json:"rule"`
	Resource string `json:"resource"`
	Reason   string `json:"reason"`
	Owner    string `json:"owner"`
	// Until is the last day on which it counts: "2027-01-31".
	Until string `json:"until"`
	// By is where it stands: "policy.yaml:12", "tag firewarden:exempt".
	By string `json:"by"`
	// State is Counts, Ended or Far; or Elsewhere, where the ledger names it and the policy that was read has none such.
	State string `json:"state"`
	// Suppressed are how many of the ledger's findings are suppressed by it.
	Suppressed int `json:"suppressed"`
}

// The states of an exemption: it counts; it counts no longer; it counts and ends more than 366 days ahead; it is not in the policy
// that was read, but in the ledger.
const (
	ExemptionCounts    = "counts"
	ExemptionEnded     = "ended"
	ExemptionFar       = "far"
	ExemptionElsewhere = "elsewhere"
)

// Remedied are the remediations of a time, and what came of them.
type Remedied struct {
	Count     int           `json:"count"`
	Undone    int           `json:"undone"`
	ByOutcome []OutcomeLine `json:"by_outcome"`
	// ByRule counts a remediation under each of its rules.
	ByRule []RemedyLine        `json:"by_rule"`
	List   []LedgerRemediation `json:"list"`
}

// OutcomeLine counts remediations with one outcome, and how many of them were undone.
type OutcomeLine struct {
	Outcome string `json:"outcome"`
	Count   int    `json:"count"`
	Undone  int    `json:"undone"`
}

// RemedyLine counts the remediations of one rule.
type RemedyLine struct {
	Rule   string `json:"rule"`
	Count  int    `json:"count"`
	Undone int    `json:"undone"`
}

// Remedy counts remediations, oldest first.
func Remedy(all []LedgerRemediation) Remedied {
	m := Remedied{Count: len(all), List: make([]LedgerRemediation, 0, len(all))}
	outcomes, byRule := tallies[string]{}, tallies[string]{}
	for _, r := range all {
		n := Tally{Standing: 1}
		if r.Undone != nil {
			m.Undone++
			n = Tally{Ended: 1}
		}
		outcomes.add(n, r.Outcome)
		byRule.add(n, slices.Compact(slices.Sorted(slices.Values(r.Rules)))...)
		m.List = append(m.List, listed(r))
	}
	slices.SortStableFunc(m.List, func(a, b LedgerRemediation) int { return strings.Compare(a.ID, b.ID) })
	m.ByOutcome = rows(outcomes, strings.Compare, func(o string, n Tally) OutcomeLine { return OutcomeLine{o, n.all(), n.Ended} })
	m.ByRule = rows(byRule, strings.Compare, func(id string, n Tally) RemedyLine { return RemedyLine{id, n.all(), n.Ended} })
	return m
}

// ComplianceJSON writes the report with its version; the lists are never null.
func ComplianceJSON(w io.Writer, c Compliance) error {
	c.Sweeps, c.Exemptions = append([]Sweep{}, c.Sweeps...), append([]Exemption{}, c.Exemptions...)
	return document(w, struct {
		Version string `json:"version"`
		Compliance
	}{Version, c})
}
