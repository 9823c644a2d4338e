package report

import (
	"io"
	"strings"
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Audit is what a live audit of an account found. Its JSON is part of the command line's contract; all lists are in a fixed order.
type Audit struct {
	Account string    `json:"account"`
	At      time.Time `json:"at"`
	// Regions are those asked for, with what was read there.
	Regions []AuditedRegion `json:"regions"`
	Totals  Totals          `json:"totals"`
	// Findings are those that are not suppressed, most severe first.
	Findings   []AuditFinding      `json:"findings"`
	Suppressed []SuppressedFinding `json:"suppressed"`
	Errors     []AuditError        `json:"errors"`
	NotCovered []string            `json:"not_covered"`
}

// AuditedRegion is how much of a Region was read.
type AuditedRegion struct {
	Region string `json:"region"`
	// Families, Revisions and Groups were read; Services run one of the revisions.
	Families  int `json:"families"`
	Revisions int `json:"revisions"`
	Groups    int `json:"groups"`
	Services  int `json:"services"`
}

// AuditFinding is a finding in one Region, and where it matters.
type AuditFinding struct {
	Region string `json:"region"`
	// ID is the fingerprint, by which the ledger of that Region knows it too.
	ID       string         `json:"id"`
	Rule     string         `json:"rule"`
	Severity rules.Severity `json:"severity"`
	// Evaluation is what the rule could say: noncompliant or unknown.
	Evaluation rules.Status `json:"evaluation"`
	Resource   string       `json:"resource"`
	// Revisions have the finding or, of a group's, are behind the group: "web:3". Users run them; none where nothing does.
	Revisions []string `json:"revisions"`
	Users     []User   `json:"users"`
	Path      string   `json:"path"`
	Message   string   `json:"message"`
	Evidence  []string `json:"evidence"`
	Fixable   bool     `json:"fixable"`
}

// SuppressedFinding is a finding, and the exemption that it is left alone by.
type SuppressedFinding struct {
	AuditFinding
	Reason string `json:"reason"`
	Owner  string `json:"owner"`
	Until  string `json:"until"` // the last day: "2027-01-31"
	By     string `json:"by"`    // where the exemption stands
}

// AuditError is what could not be read: a resource, or a whole Region where Resource is empty.
type AuditError struct {
	Region   string `json:"region"`
	Resource string `json:"resource"`
	Message  string `json:"message"`
}

// full has no list that JSON would write as null.
func (f AuditFinding) full() AuditFinding {
	f.Revisions, f.Users, f.Evidence = append([]string{}, f.Revisions...), append([]User{}, f.Users...), append([]string{}, f.Evidence...)
	return f
}

// AuditJSON writes the audit with its version; the lists are never null.
func AuditJSON(w io.Writer, a Audit) error {
	findings, suppressed := make([]AuditFinding, len(a.Findings)), make([]SuppressedFinding, len(a.Suppressed))
	for i, f := range a.Findings {
		findings[i] = f.full()
	}
	for i, f := range a.Suppressed {
		suppressed[i] = f
		suppressed[i].AuditFinding = f.full()
	}
	a.Findings, a.Suppressed = findings, suppressed
	a.Regions, a.Errors, a.NotCovered = append([]AuditedRegion{}, a.Regions...), append([]AuditError{}, a.Errors...), append([]string{}, a.NotCovered...)
	return document(w, struct {
		Version string `json:"version"`
		Audit
	}{Version, a})
}

// AuditCSV writes a row a finding, the suppressed ones last.
func AuditCSV(w io.Writer, a Audit) error {
	s := sheet{{
		"account", "region", "id", "rule", "severity", "status", "resource", "revisions", "users", "path", "message", "evidence", "fixable",
		"exempt_until", "exempt_by", "exempt_reason", "exempt_owner",
	}}
	for _, f := range a.Findings {
		s.row(append(f.cells(a.Account, string(f.Evaluation)), "", "", "", "")...)
	}
	for _, f := range a.Suppressed {
		s.row(append(f.cells(a.Account, string(rules.Suppressed)), f.Until, Inert(f.By), Inert(f.Reason), Inert(f.Owner))...)
	}
	return s.write(w)
}

func (f AuditFinding) cells(account, status string) []string {
	return []string{
		account, f.Region, f.ID, f.Rule, string(f.Severity), status, Inert(f.Resource), inertList(f.Revisions), inertList(userTexts(f.Users)),
		Inert(f.Path), Inert(f.Message), inertList(f.Evidence), map[bool]string{true: "yes", false: "no"}[f.Fixable],
	}
}

func inertList(all []string) string {
	inert := make([]string, len(all))
	for i, s := range all {
		inert[i] = Inert(s)
	}
	return strings.Join(inert, "; ")
}

// String is the user as findings name it; see UserOf.
func (u User) String() string {
	return u.By + " " + strings.TrimPrefix(u.Cluster+"/"+u.Name, "/")
}

func userTexts(all []User) []string {
	texts := make([]string, len(all))
	for i, u := range all {
		texts[i] = u.String()
	}
	return texts
}
