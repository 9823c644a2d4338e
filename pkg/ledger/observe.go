package ledger

import (
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// Observe records what an evaluation of a resource found. A finding that was mended, or gone, and is here again is open
// again, and people are to be told again of what becomes of it; one that was mended counts as undone by this event. One that
// is not here any more is resolved, unless it was mended.
func (r *Resource) Observe(found []rules.Finding, by trigger.Origin, now time.Time) {
	here := map[string]bool{}
	for _, f := range found {
		fp := f.Fingerprint()
		here[fp] = true
		known, seen := r.Findings[fp]
		if !seen {
			known = Finding{State: Open, FirstSeen: now}
		}
		if known.State.Mended() {
			r.undone(f.Rule, by, now)
		}
		switch {
		case known.State.Mended() || known.State == Resolved || known.State == Held:
			known.State, known.Reason, known.Told, known.Remediation = Open, "", "", ""
		case known.State == Suppressed: // people are told again only of what else becomes of it
			known.State, known.Reason = Open, ""
		}
		known.Finding, known.LastSeen = f, now
		r.Findings[fp] = known
	}
	for fp, known := range r.Findings {
		if !here[fp] && !known.State.Mended() {
			known.State, known.Reason, known.Told, known.Remediation = Resolved, "", "", ""
			r.Findings[fp] = known
		}
	}
	r.forget(now)
}

// restKept is how long a finding at rest is kept: a document has at most 400 KiB (DynamoDB).
const restKept = 30 * 24 * time.Hour

// forget drops findings that have been at rest for long.
func (r *Resource) forget(now time.Time) {
	for fp, f := range r.Findings {
		if (f.State == Resolved || f.State == Remediated) && now.Sub(f.LastSeen) > restKept {
			delete(r.Findings, fp)
		}
	}
}

// Settle gives findings a state, with its reason and the remediation that it came of, if any.
func (r *Resource) Settle(fingerprints []string, state Status, reason string, m *Remediation, now time.Time) {
	for _, fp := range fingerprints {
		f, ok := r.Findings[fp]
		if !ok {
			continue
		}
		f.State, f.Reason, f.Remediation = state, reason, ""
		if m != nil {
			f.Remediation = m.ID
		}
		if m != nil && state.Mended() {
			r.mended(f.Rule, m.ID, now)
		}
		r.Findings[fp] = f
	}
}

// Standing says whether any finding is not at rest: open, reported or blocked.
func (r Resource) Standing() bool {
	for _, f := range r.Findings {
		if f.State != Resolved && !f.State.Mended() {
			return true
		}
	}
	return false
}
