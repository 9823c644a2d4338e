package reconcile

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// Undo is what undoing a remediation would do.
type Undo struct {
	Remediation ledger.Remediation
	// Plan leads from the group as it is to the group as it was, in what the remediation changed; the rest stays as it is.
	Plan plan.Ingress
	// now is the group that the plan starts from.
	now rules.Group
	// Deregister is the ARN of the corrected revision that is deregistered, and Latest the name of the revision that callers of the
	// family get then; both empty for a group.
	Deregister, Latest string
}

// Empty says that there is nothing to do.
func (u Undo) Empty() bool { return u.Plan.Empty() && u.Deregister == "" }

// String prints what would be done, one step a line.
func (u Undo) String() string {
	if u.Deregister == "" {
		return u.Plan.String()
	}
	return fmt.Sprintf("deregister %s; who names the family without a revision gets %s again\n", lastPart(u.Deregister), u.Latest)
}

// PlanUndo shows what undoing a remediation would do, and changes nothing. It refuses, with a reason and what to do instead,
// where the state has moved on since, where the remediation did not finish, and where a corrected revision is in use.
func (r Remediator) PlanUndo(ctx context.Context, id string) (Undo, error) {
	m, err := r.Ledger.Remediation(ctx, id)
	switch {
	case err != nil:
		return Undo{}, err
	case m.Resource == "":
		return Undo{}, fmt.Errorf("undoing %s: the ledger has no such remediation: see firewarden remediations", id)
	case m.Finished.IsZero():
		return Undo{}, fmt.Errorf("undoing %s: it has not finished yet", id)
	case !m.Undone.IsZero():
		return Undo{}, fmt.Errorf("undoing %s: it was undone already, at %s", id, m.Undone.UTC().Format(time.RFC3339))
	}
	kind, name, _ := strings.Cut(m.Resource, "/")
	if rules.Kind(kind) == rules.KindDefinition {
		u, err := r.planDeregister(ctx, m, name)
		if err != nil {
			return Undo{}, fmt.Errorf("undoing %s: %w", id, err)
		}
		return u, nil
	}
	g, err := r.Groups.Group(ctx, name)
	if err != nil {
		return Undo{}, fmt.Errorf("undoing %s: %w", id, err)
	}
	desired, err := restored(m, g)
	if err != nil {
		return Undo{}, fmt.Errorf("undoing %s: %w", id, err)
	}
	return Undo{Remediation: m, Plan: plan.Diff(g, desired), now: g}, nil
}

// restored is the group with what a remediation changed as it was before, or an error where that is not as it left it.
func restored(m ledger.Remediation, g rules.Group) (rules.Group, error) {
	var before, after []types.SecurityGroupRule
	if err := json.Unmarshal(m.Before, &before); err != nil {
		return g, fmt.Errorf("reading its before-image: %w", err)
	}
	if err := json.Unmarshal(m.After, &after); err != nil {
		return g, fmt.Errorf("reading its after-image: %w", err)
	}
	was, left, now := byEntry(before), byEntry(after), byEntry(g.Entries)
	desired := g
	desired.Entries = nil
	for _, e := range g.Entries { // what we created goes, what we changed goes back
		id := entryID(e)
		_, ours := left[id]
		old, had := was[id]
		switch {
		case ours && !had:
		case had && rules.Allowance(old) != rules.Allowance(left[id]):
			desired.Entries = append(desired.Entries, old)
		default:
			desired.Entries = append(desired.Entries, e)
		}
	}
	for id, old := range was { // what we revoked comes back
		if _, kept := left[id]; !kept {
			desired.Entries = append(desired.Entries, old)
		}
	}
	if !m.Undoing.IsZero() { // begun and not finished: what is restored already is not foreign
		return desired, nil
	}
	return desired, movedOn(was, left, now)
}

// movedOn says which entry that a remediation changed or made is not as it left it.
func movedOn(was, left, now map[string]types.SecurityGroupRule) error {
	for id, e := range left {
		if old, had := was[id]; had && rules.Allowance(old) == rules.Allowance(e) {
			continue // not touched by the remediation
		}
		is, there := now[id]
		if !there || rules.Allowance(is) != rules.Allowance(e) {
			return fmt.Errorf("the state has moved on: entry %s is not %q any more; edit the group itself", id, rules.Allowance(e))
		}
	}
	for id, old := range was {
		if _, kept := left[id]; kept {
			continue
		}
		for other, e := range now {
			if rules.Allowance(e) == rules.Allowance(old) {
				return fmt.Errorf("the state has moved on: entry %s lets %q in again; nothing is left to undo", other, rules.Allowance(old))
			}
		}
	}
	return nil
}

func byEntry(entries []types.SecurityGroupRule) map[string]types.SecurityGroupRule {
	m := map[string]types.SecurityGroupRule{}
	for _, e := range entries {
		m[entryID(e)] = e
	}
	return m
}

// ApplyUndo undoes a remediation: under the resource's lease it plans anew, writes a hold for the remediation's rules that
// events and sweeps obey until then, and only then restores. It returns what it did. Run again after a failure, it goes on.
func (r Remediator) ApplyUndo(ctx context.Context, id string, until time.Time) (Undo, error) {
	m, err := r.Ledger.Remediation(ctx, id)
	if err != nil {
		return Undo{}, err
	}
	lease, err := r.acquire(ctx, m.Resource)
	if err != nil {
		return Undo{}, err
	}
	defer r.release(ctx, lease)
	u, err := r.PlanUndo(ctx, id)
	if err != nil {
		return u, err
	}
	w := &work{lease: lease, origin: trigger.Origin{EventName: "firewarden undo " + id, Time: r.Now()}}
	if w.known, err = r.Ledger.Resource(ctx, m.Resource); err != nil {
		return u, err
	}
	for _, rule := range u.Remediation.Rules {
		w.known.Withdraw(rule, id)
		w.known.Hold(ledger.Hold{Rule: rule, Until: until, Why: "remediation " + id + " was undone"}, r.Now())
	}
	w.known.Settle(u.Remediation.Findings, ledger.Held, "", nil, r.Now())
	if u.Remediation.Undoing.IsZero() {
		u.Remediation.Undoing = r.Now()
		if err := r.Ledger.PutRemediation(ctx, &u.Remediation, &w.lease); err != nil {
			return u, err
		}
	}
	if err := r.Ledger.PutResource(ctx, &w.known, &w.lease); err != nil {
		return u, err
	}
	return u, r.restore(ctx, w, u)
}

// restore makes the undo's steps, each verified before the next.
func (r Remediator) restore(ctx context.Context, w *work, u Undo) error {
	if u.Deregister != "" {
		return r.takeBack(ctx, w, u)
	}
	g := u.now
	for _, step := range u.Plan.Steps {
		if err := r.held(w); err != nil {
			return err
		}
		if err := r.Groups.Apply(ctx, g.ID, step); err != nil {
			return fmt.Errorf("restoring %s: %w", g.ID, err)
		}
		var err error
		if g, err = r.settled(ctx, g, step); err != nil {
			return err
		}
	}
	m := u.Remediation
	m.Undone = r.Now()
	return r.Ledger.PutRemediation(ctx, &m, &w.lease)
}

// Exemption proposes the policy's lines that keep a remediation from coming again.
func (u Undo) Exemption(until time.Time) string {
	var b strings.Builder
	b.WriteString("exemptions:\n")
	for _, rule := range slices.Compact(slices.Sorted(slices.Values(u.Remediation.Rules))) {
		fmt.Fprintf(&b, "  - {rule: %s, resource: %q, reason: \"say why\", owner: \"say who\", until: %s}\n",
			rule, lastPart(u.Remediation.Resource), until.UTC().Format(time.DateOnly))
	}
	return b.String()
}
