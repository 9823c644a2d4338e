package reconcile

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
)

// intent is what a remediation is about to do.
type intent struct {
	mend   []rules.Finding
	rules  []string
	plan   string
	before any
	// anew says that an earlier attempt changed nothing that this one changes: its record is written over.
	anew bool
}

// begin writes the before-image and the plan before anything is changed. A remediation that a handler began and did not
// finish is taken up again under its own id, with the before-image that it had. It returns a blocked error where a brake holds.
func (r Remediator) begin(ctx context.Context, w *work, in intent) (*ledger.Remediation, error) {
	if w.known.Pending != "" {
		m, err := r.Ledger.Remediation(ctx, w.known.Pending)
		if err != nil {
			return nil, err
		}
		if m.Resource == "" || in.anew {
			return r.record(ctx, w, in, &m)
		}
		m.Findings = union(m.Findings, fingerprints(in.mend))
		return &m, nil
	}
	held, err := r.Ledger.AllowChange(ctx, &w.known, ledger.Limits(r.Policy.Brakes), r.Now())
	if err != nil {
		return nil, err
	}
	if held != "" {
		return nil, blocked{"brake: " + held}
	}
	w.known.Pending = r.newID()
	if err := r.Ledger.PutResource(ctx, &w.known, &w.lease); err != nil {
		return nil, err
	}
	return r.record(ctx, w, in, &ledger.Remediation{})
}

// record fills and writes a remediation's record.
func (r Remediator) record(ctx context.Context, w *work, in intent, m *ledger.Remediation) (*ledger.Remediation, error) {
	before, err := json.Marshal(in.before)
	if err != nil {
		return nil, fmt.Errorf("keeping the before-image of %s: %w", w.known.Ref, err)
	}
	m.ID, m.Resource, m.Started, m.Origin = w.known.Pending, w.known.Ref, r.Now(), w.origin
	m.Rules, m.Findings, m.Plan, m.Before = in.rules, fingerprints(in.mend), in.plan, before
	return m, r.Ledger.PutRemediation(ctx, m, &w.lease)
}

// finish writes what came of a remediation, then that none is pending. It is right to call again after a death in between.
func (r Remediator) finish(ctx context.Context, w *work, m *ledger.Remediation, after any) error {
	image, err := json.Marshal(after)
	if err != nil {
		return fmt.Errorf("keeping the after-image of %s: %w", w.known.Ref, err)
	}
	m.After, m.Finished = image, r.Now()
	if err := r.Ledger.PutRemediation(ctx, m, &w.lease); err != nil {
		return err
	}
	w.known.Pending = ""
	return r.Ledger.PutResource(ctx, &w.known, &w.lease)
}

// newID is a time that sorts and enough randomness to be unique.
func (r Remediator) newID() string {
	b := make([]byte, 4)
	rand.Read(b) // never fails (crypto/rand)
	return r.Now().UTC().Format("20060102T150405.000") + "-" + hex.EncodeToString(b)
}

// ended settles findings after a remediation's change: mended ones with its outcome, those still there as blocked.
func (r Remediator) ended(w *work, m *ledger.Remediation, outcome ledger.Status, left map[string]string) {
	var mended []string
	for _, fp := range m.Findings {
		if reason, still := left[fp]; still {
			w.known.Settle([]string{fp}, ledger.Blocked, reason, m, r.Now())
			continue
		}
		mended = append(mended, fp)
	}
	w.known.Settle(mended, outcome, m.Reason, m, r.Now())
	m.Outcome = outcome
	if len(mended) == 0 {
		m.Outcome = ledger.Blocked
	}
}

// isBlocked settles findings as blocked where the error is terminal; others are returned for another delivery.
func (r Remediator) isBlocked(ctx context.Context, w *work, mend []rules.Finding, err error) error {
	reason, ok := reasonOf(err)
	if !ok {
		return err
	}
	var b blocked
	if !errors.As(err, &b) {
		r.Log.WarnContext(ctx, "blocked", "resource", w.known.Ref, "reason", reason, "error", err.Error())
	}
	return r.settle(ctx, w, mend, ledger.Blocked, reason)
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
