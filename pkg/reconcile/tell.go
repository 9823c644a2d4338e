package reconcile

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/notify"
	"github.com/firewarden/firewarden/pkg/owner"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// tellFirst is tellOnce for what is told once and for all, however it is worded later.
func (s Stack) tellFirst(ctx context.Context, ref string, status ledger.Status, reason string, origin trigger.Origin) error {
	known, err := s.Ledger.Resource(ctx, ref)
	if err != nil || known.Told != "" {
		return err
	}
	return s.tellOnce(ctx, ref, status, reason, origin)
}

// tellOnce tells of something that is no finding (a malformed event, a missing trail) whenever its status changes.
func (s Stack) tellOnce(ctx context.Context, ref string, status ledger.Status, reason string, origin trigger.Origin) error {
	known, err := s.Ledger.Resource(ctx, ref)
	standing := ledger.Finding{State: status, Reason: reason}.Standing()
	if err != nil || known.Told == standing {
		return err
	}
	n := s.notice(ref, status, reason, origin)
	if err := s.Publisher.Publish(ctx, n); err != nil {
		return err
	}
	known.Told = standing
	if err := s.Ledger.PutResource(ctx, &known, nil); err != nil && !errors.Is(err, ledger.ErrConflict) {
		return err
	}
	return nil
}

func (s Stack) notice(ref string, status ledger.Status, reason string, origin trigger.Origin) notify.Notice {
	return notify.Notice{
		Status: string(status), Reason: reason, Resource: ref, Origin: origin, At: s.Now(),
		Account: s.Account, Region: s.Region, Stack: s.Name, Findings: []rules.Finding{},
	}
}

// quiet says that nobody is told of a finding as it stands: nothing was done yet, or it is gone, or it is a mere hint that nothing
// is to be done about. The digest, the ledger and the CLI have all of them.
func quiet(f ledger.Finding) bool {
	if f.State == ledger.Suppressed {
		return !byTag(f)
	}
	return f.State == ledger.Open || f.State == ledger.Resolved || f.State == ledger.Held || f.State == ledger.Reported && f.Severity == rules.Info
}

// tell publishes one notice for each standing that findings of the resource came to and people do not know of yet, then
// records that they do. Told after recorded: a handler that dies in between tells again, and never not at all.
func (s Stack) tell(ctx context.Context, w *work) error {
	untold := map[string][]string{}
	var standings []string
	for fp, f := range w.known.Findings {
		if standing := f.Standing(); !quiet(f) && f.Told != standing {
			if len(untold[standing]) == 0 {
				standings = append(standings, standing)
			}
			untold[standing] = append(untold[standing], fp)
		}
	}
	slices.Sort(standings)
	for _, standing := range standings {
		n, err := s.noticeOf(ctx, w, untold[standing])
		if err != nil {
			return err
		}
		s.Log.InfoContext(ctx, "publishing a notice", "resource", n.Resource, "status", n.Status, "reason", n.Reason)
		if err := s.Publisher.Publish(ctx, n); err != nil {
			return err
		}
		s.countOutcome(n.Status, w.origin)
		for _, fp := range untold[standing] {
			f := w.known.Findings[fp]
			f.Told = standing
			w.known.Findings[fp] = f
		}
	}
	if len(standings) == 0 {
		return nil
	}
	return s.Ledger.PutResource(ctx, &w.known, &w.lease)
}

// noticeOf is the notice of findings that share a standing: what the ledger knows of them and of their remediation.
func (s Stack) noticeOf(ctx context.Context, w *work, fingerprints []string) (notify.Notice, error) {
	slices.Sort(fingerprints)
	first := w.known.Findings[fingerprints[0]]
	n := s.notice(w.known.Ref, first.State, first.Reason, w.origin)
	for _, fp := range fingerprints {
		n.Findings = append(n.Findings, w.known.Findings[fp].Finding)
	}
	n.Notes, n.SourcePatch = w.notes, w.known.Patch
	if o := w.known.Owner; o != nil {
		n.Owner = owner.Owner{Tool: owner.Tool(o.Tool), Name: o.Name, Decides: true}.String()
	}
	if first.State == ledger.Contested {
		n.Notes = slices.Concat(n.Notes, contestNotes(w.known, first))
	}
	if first.Remediation == "" {
		return n, nil
	}
	m, err := s.Ledger.Remediation(ctx, first.Remediation)
	if err != nil {
		return n, err
	}
	n.Remediation, n.Origin, n.Notes = m.ID, m.Origin, slices.Concat(m.Notes, n.Notes, s.rolloutNotes(w.known.Rollout, m.ID))
	if strings.HasPrefix(m.Resource, string(rules.KindDefinition)) {
		n.Diff = m.Plan
	} else {
		n.Changed = strings.Split(strings.TrimSpace(m.Plan), "\n")
	}
	return n, nil
}
