// Package notify tells people and machines what happened: one notice an outcome and one digest a sweep, as a text for mails,
// JSON for machines, a message for chats and attributes for filter policies, published to SNS.
//
// Floor 2. Rendering is pure; nothing a resource says (names, descriptions, tags) is trusted in it.
package notify

import (
	"slices"
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// Notice is what is to be told of one outcome. Its JSON form is docs/schema/notice.schema.json.
type Notice struct {
	Version string `json:"version"`
	// Status is the outcome: remediated, corrected, rolling out, rollout failed, reported, blocked, contested, …
	Status string `json:"status"`
	// Reason says why, where the status needs one.
	Reason   string `json:"reason,omitempty"`
	Account  string `json:"account"`
	Region   string `json:"region"`
	Stack    string `json:"stack,omitempty"`
	Resource string `json:"resource"`
	// Owner is who would put the resource back as it was: "Terraform", "CloudFormation stack web".
	Owner    string          `json:"owner,omitempty"`
	Findings []rules.Finding `json:"findings"`
	// Changed are the changes that were made, one a line, as the plan prints them; Diff is a definition's diff.
	Changed []string `json:"changed,omitempty"`
	Diff    string   `json:"diff,omitempty"`
	// Notes say what was not changed and why, and what to know.
	Notes []string `json:"notes,omitempty"`
	// SourcePatch is what to change at the source, in the owner's language, in several lines.
	SourcePatch string `json:"source_patch,omitempty"`
	// Remediation is the ledger's id of it, for undo.
	Remediation string `json:"remediation,omitempty"`
	// Undo, Release and Exempt are filled by Render: the command line that undoes the remediation, those that end a contest (one
	// a rule), and the lines of the policy that keep FireWarden from it. They are empty where the status has no use for them.
	Undo    string         `json:"undo,omitempty"`
	Release []string       `json:"release,omitempty"`
	Exempt  []string       `json:"exempt,omitempty"`
	Origin  trigger.Origin `json:"origin,omitzero"`
	At      time.Time      `json:"at"`
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
	for _, f := range n.Findings {
		if !slices.Contains(ids, f.Rule) {
			ids = append(ids, f.Rule)
		}
	}
	return ids
}
