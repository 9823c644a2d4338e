package rules

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Status is what a rule could say of a place in a resource.
type Status string

// A finding is either noncompliant, or unknown where a file cannot tell (a placeholder, a missing half). Compliant
// and Suppressed say in a message that a finding of before is gone, or exempt; no rule makes them.
const (
	Noncompliant Status = "noncompliant"
	Unknown      Status = "unknown"
	Compliant    Status = "compliant"
	Suppressed   Status = "suppressed"
)

// Finding is what a rule says about one place in one resource. It is plain data.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Status   Status   `json:"status"`
	// Resource is the resource's Ref.
	Resource string `json:"resource"`
	// Path is the place in the resource, by container names and canonical protocol and source, never by index or id.
	Path string `json:"path"`
	// Message is one sentence for people. It may quote names that the resource's author chose.
	Message string `json:"message"`
	// Evidence are the facts that the verdict rests on, one a line.
	Evidence []string `json:"evidence,omitempty"`
	// Fixable says that the rule's Fix mends this finding.
	Fixable bool `json:"fixable"`
}

// Fingerprint is 32 hex digits over rule, resource and path: stable across redelivery, reordering and reopening.
func (f Finding) Fingerprint() string {
	sum := sha256.Sum256([]byte(f.Rule + "\x00" + f.Resource + "\x00" + f.Path))
	return hex.EncodeToString(sum[:16])
}

// Evaluate runs the rules of the resource's kind and returns their findings, most severe first, then by rule and path.
func Evaluate(all []Rule, r Resource, p Params) []Finding {
	var found []Finding
	for _, rule := range all {
		if rule.Kind == r.Kind() {
			found = append(found, rule.Check(r, p)...)
		}
	}
	byPlace := func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Severity.Rank(), b.Severity.Rank()))
	}
	slices.SortStableFunc(found, byPlace)
	// One place is one finding, the most severe one: a container port may be mapped twice.
	found = slices.CompactFunc(found, func(a, b Finding) bool { return a.Rule == b.Rule && a.Path == b.Path })
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) })
	return found
}
