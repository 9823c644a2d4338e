package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
)

// handsOff takes out of what would be mended the rules that someone holds or contests on this resource, and settles their
// findings accordingly.
func (r Remediator) handsOff(w *work, mend []rules.Finding, fixing []rules.Rule) ([]rules.Finding, []rules.Rule) {
	now := r.Now()
	off := map[string]bool{}
	for _, rule := range fixing {
		_, held := w.known.Held(rule.ID, now)
		_, contested := w.known.Contested[rule.ID]
		off[rule.ID] = w.handsOff(rule.ID, now)
		switch fps := fingerprints(of(rule, mend)); {
		case held:
			w.known.Settle(fps, ledger.Held, "", nil, now)
		case contested:
			w.known.Settle(fps, ledger.Contested, "someone keeps undoing the remediation", nil, now)
		}
	}
	mend = slices.DeleteFunc(slices.Clone(mend), func(f rules.Finding) bool { return off[f.Rule] })
	fixing = slices.DeleteFunc(slices.Clone(fixing), func(rule rules.Rule) bool { return off[rule.ID] })
	if !slices.ContainsFunc(fixing, func(rule rules.Rule) bool {
		return r.Policy.ModeOn(rule, w.tags) == rules.Remediate && len(of(rule, mend)) > 0
	}) {
		w.known.Settle(fingerprints(mend), ledger.Reported, "", nil, now) // what only rides along does not go alone
		return nil, nil
	}
	return mend, fixing
}

// handsOff says whether somebody holds or contests a rule on this resource.
func (w *work) handsOff(rule string, now time.Time) bool {
	_, held := w.known.Held(rule, now)
	_, contested := w.known.Contested[rule]
	return held || contested
}

// of are a rule's findings among others.
func of(rule rules.Rule, found []rules.Finding) []rules.Finding {
	return slices.DeleteFunc(slices.Clone(found), func(f rules.Finding) bool { return f.Rule != rule.ID })
}

// contestNotes say who undid which remediation, when, and how to end the contest.
func contestNotes(known ledger.Resource, f ledger.Finding) []string {
	var notes []string
	for _, m := range known.History[f.Rule] {
		if m.Undone == nil {
			continue
		}
		notes = append(notes, fmt.Sprintf("remediation %s of %s was undone by %s (%s), noticed %s", m.Remediation,
			m.At.UTC().Format(time.RFC3339), cmp.Or(m.Undone.Principal, "somebody unknown"), cmp.Or(m.Undone.EventName, "by an unknown call"), m.UndoneAt.UTC().Format(time.RFC3339)))
	}
	return append(notes, "FireWarden keeps its hands off until somebody runs: firewarden findings release "+f.Fingerprint())
}
