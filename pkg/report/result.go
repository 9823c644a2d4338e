package report

import (
	"github.com/firewarden/firewarden/pkg/rules"
)

// Version is that of the JSON documents; it grows when a field changes its meaning or goes.
const Version = "1"

// Finding is a finding and where it stands.
type Finding struct {
	rules.Finding
	File string
	// Line and Column count from 1; 0 where there is none.
	Line, Column int
}

// Error is a file that could not be read, and why.
type Error struct {
	File    string `json:"file"`
	Message string `json:"message"`
}

// Suppressed is a finding that an exemption has left alone: why, who answers for it, the last day (2027-01-31), and where it stands.
type Suppressed struct {
	Finding
	Reason, Owner, Until, By string
}

// Result is what a scan found.
type Result struct {
	Findings   []Finding
	Suppressed []Suppressed
	Errors     []Error
}

// Count returns how many findings are noncompliant, and how many unknown.
func (r Result) Count() (noncompliant, unknown int) {
	for _, f := range r.Findings {
		if f.Status == rules.Unknown {
			unknown++
		} else {
			noncompliant++
		}
	}
	return noncompliant, unknown
}
