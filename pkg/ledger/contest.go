package ledger

import (
	"slices"
	"time"

	"github.com/firewarden/firewarden/pkg/trigger"
)

// Mend is one remediation of a rule on a resource, and who undid it, if anyone did.
type Mend struct {
	Remediation string    `json:"remediation"`
	At          time.Time `json:"at"`
	// Undone is the event in which the finding was there again; nil while the remediation holds.
	Undone *trigger.Origin `json:"undone,omitempty"`
	// UndoneAt is when that was noticed.
	UndoneAt time.Time `json:"undone_at,omitzero"`
}

// Hold keeps hands off one rule on one resource for a time: somebody undid a remediation on purpose.
type Hold struct {
	Rule  string    `json:"rule"`
	Until time.Time `json:"until"`
	Why   string    `json:"why"`
}

// Contested after this many undone remediations of one rule and resource within this time: somebody keeps undoing them, and
// FireWarden does not fight.
const (
	undoneMax    = 3
	undoneWithin = 30 * 24 * time.Hour
)

// mended records that a remediation of a rule held when it ended.
func (r *Resource) mended(rule, id string, now time.Time) {
	if r.History == nil {
		r.History = map[string][]Mend{}
	}
	old := slices.DeleteFunc(r.History[rule], func(m Mend) bool { return now.Sub(m.At) > undoneWithin })
	if !slices.ContainsFunc(old, func(m Mend) bool { return m.Remediation == id }) {
		old = append(old, Mend{Remediation: id, At: now})
	}
	r.History[rule] = old
}

// undone records that what the last remediation of a rule mended is there again, and contests the rule on this resource once
// that has happened too often.
func (r *Resource) undone(rule string, by trigger.Origin, now time.Time) {
	past := r.History[rule]
	if n := len(past); n > 0 && past[n-1].Undone == nil {
		past[n-1].Undone, past[n-1].UndoneAt = &by, now
	}
	count := 0
	for _, m := range past {
		if m.Undone != nil && now.Sub(m.At) <= undoneWithin {
			count++
		}
	}
	if count >= undoneMax {
		if r.Contested == nil {
			r.Contested = map[string]time.Time{}
		}
		if _, already := r.Contested[rule]; !already {
			r.Contested[rule] = now
		}
	}
}

// Release ends a contest of a rule and forgets what led to it; the rule is remediated again. It says whether there was one.
func (r *Resource) Release(rule string) bool {
	_, was := r.Contested[rule]
	delete(r.Contested, rule)
	delete(r.History, rule)
	return was
}

// Withdraw forgets that a remediation of a rule held: a person took it back on purpose.
func (r *Resource) Withdraw(rule, id string) {
	if past, ok := r.History[rule]; ok {
		r.History[rule] = slices.DeleteFunc(past, func(m Mend) bool { return m.Remediation == id })
	}
}

// Held returns the hold of a rule that counts now.
func (r Resource) Held(rule string, now time.Time) (Hold, bool) {
	for _, h := range r.Holds {
		if h.Rule == rule && now.Before(h.Until) {
			return h, true
		}
	}
	return Hold{}, false
}

// Hold puts a hold in place of an older one of the same rule, and drops those that ended.
func (r *Resource) Hold(h Hold, now time.Time) {
	r.Holds = slices.DeleteFunc(r.Holds, func(old Hold) bool { return old.Rule == h.Rule || !now.Before(old.Until) })
	r.Holds = append(r.Holds, h)
}
