// Package notify tells people and machines what happened: one notice an outcome, as a text for mails, JSON for machines and
// message attributes for filter policies, published to SNS.
//
// Floor 2. Rendering is pure; nothing a resource says (names, descriptions, tags) is trusted in it.
package notify

import (
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// Notice is what is to be told of one outcome.
type Notice struct {
	Version string `json:"version"`
	// Status is the outcome: remediated, corrected, reported, blocked, contested, …
	Status string `json:"status"`
	// Reason says why, where the status needs one.
	Reason   string          `json:"reason,omitempty"`
	Account  string          `json:"account"`
	Region   string          `json:"region"`
	Stack    string          `json:"stack,omitempty"`
	Resource string          `json:"resource"`
	Findings []rules.Finding `json:"findings"`
	// Changed are the changes that were made, one a line, as the plan prints them; Diff is a definition's diff.
	Changed []string `json:"changed,omitempty"`
	Diff    string   `json:"diff,omitempty"`
	// Notes say what was not changed and why, and what to know.
	Notes []string `json:"notes,omitempty"`
	// Remediation is the ledger's id of it, for undo.
	Remediation string         `json:"remediation,omitempty"`
	Origin      trigger.Origin `json:"origin,omitzero"`
	At          time.Time      `json:"at"`
}

// worst is the highest severity among the findings; info where there are none.
func (n Notice) worst() rules.Severity {
	worst := rules.Info
	for _, f := range n.Findings {
		if f.Severity.Rank() < worst.Rank() {
			worst = f.Severity
		}
	}
	return worst
}

// ids are the findings' rules, each once, in order.
func (n Notice) ids() []string {
	var ids []string
	seen := map[string]bool{}
	for _, f := range n.Findings {
		if !seen[f.Rule] {
			seen[f.Rule] = true
			ids = append(ids, f.Rule)
		}
	}
	return ids
}
