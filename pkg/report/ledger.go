package report

import (
	"encoding/json"
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Place is the account and Region that a ledger is of.
type Place struct {
	Account string `json:"account"`
	Region  string `json:"region"`
}

// LedgerFinding is a finding as the ledger knows it. Its JSON is part of the command line's contract.
type LedgerFinding struct {
	// ID is the fingerprint.
	ID       string         `json:"id"`
	Rule     string         `json:"rule"`
	Severity rules.Severity `json:"severity"`
	// Status is where the finding stands, Reason why; "" where the status says it all.
	Status   string `json:"status"`
	Reason   string `json:"reason"`
	Resource string `json:"resource"`
	Path     string `json:"path"`
	Message  string `json:"message"`
	// Evaluation is what the rule could say: noncompliant or unknown.
	Evaluation rules.Status `json:"evaluation"`
	Evidence   []string     `json:"evidence"`
	Fixable    bool         `json:"fixable"`
	FirstSeen  time.Time    `json:"first_seen"`
	LastSeen   time.Time    `json:"last_seen"`
	// Remediation is the id of the one that the status came of, "" where none was made.
	Remediation string `json:"remediation"`
	// ContestedSince and HeldUntil belong to the statuses contested and held.
	ContestedSince time.Time `json:"contested_since,omitzero"`
	HeldUntil      time.Time `json:"held_until,omitzero"`
}

// Cause is who did what, when; what is not known is empty.
type Cause struct {
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Event    string    `json:"event"`
	EventID  string    `json:"event_id"`
	SourceIP string    `json:"source_ip"`
}

// LedgerRemediation is a remediation as the ledger keeps it. Its JSON is part of the command line's contract.
type LedgerRemediation struct {
	ID       string    `json:"id"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"`
	Resource string    `json:"resource"`
	Rules    []string  `json:"rules"`
	// Findings are their ids.
	Findings []string `json:"findings"`
	// Outcome is a status of a finding, or "pending" while the remediation has not finished.
	Outcome string `json:"outcome"`
	Reason  string `json:"reason"`
	// Undone is who undid it and by what; nil while it holds.
	Undone *Cause `json:"undone"`
}

// LedgerRecord is all that the ledger keeps of a remediation.
type LedgerRecord struct {
	LedgerRemediation
	Plan  string   `json:"plan"`
	Notes []string `json:"notes"`
	// Cause is what the remediation came of.
	Cause Cause `json:"cause"`
	// Before and After are the resource's state as JSON of the AWS SDK's types: a list of ingress entries, or a task definition
	// with its tags. After is null until the remediation has finished.
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
	// Revealed says that values which may be secrets are written too.
	Revealed bool `json:"-"`
}
