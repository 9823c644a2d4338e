package reconcile

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
)

// group remediates one security group: read with its users, evaluate, plan, change entry by entry, verify, record.
func (r Remediator) group(ctx context.Context, w *work, id string) error {
	g, unsure, err := r.readGroup(ctx, id)
	switch {
	case ec2sg.IsNotFound(err) && w.known.Pending != "":
		return r.groupGone(ctx, w)
	case err != nil && !ec2sg.IsNotFound(err):
		return err
	}
	found, exempt, notes := r.evaluate(g)
	if unsure != "" && (w.known.Pending != "" || len(found) == 0) { // another delivery, or the next sweep, may be sure
		r.Log.WarnContext(ctx, "left a group to another delivery or the next sweep", "resource", w.known.Ref, "reason", unsure)
		return pendingError(w, unsure)
	}
	w.tags, w.notes = policy.TagsOf(g), notes
	fixing := having(r.fixing(found, exempt, w.tags), found)
	if err := r.dropUnbegun(ctx, w, len(fixing) > 0); err != nil {
		return err
	}
	before := maps.Clone(w.known.Findings)
	w.known.Observe(r.withPending(w, all(found, exempt)), w.origin, r.Now())
	if unsure != "" {
		w.unresolve(before)
	}
	r.suppress(w, exempt)
	r.proposeEntries(w, g, found)
	mend, rest := split(found, fixing)
	w.known.Settle(fingerprints(rest), ledger.Reported, "", nil, r.Now())
	mend, fixing = r.handsOff(w, mend, fixing)
	switch {
	case w.known.Pending != "": // begun by a handler that died: finish it, whatever is left to do
	case len(mend) == 0:
		return r.Ledger.PutResource(ctx, &w.known, &w.lease)
	case unsure != "":
		return r.settle(ctx, w, mend, ledger.Blocked, unsure)
	case g.Owner != r.Account:
		return r.settle(ctx, w, mend, ledger.Blocked, "group of another owner")
	}
	return r.mendGroup(ctx, w, g, mend, fixing)
}

// unresolve leaves findings as they were that an evaluation did not come to: it does not know all that there is.
func (w *work) unresolve(before map[string]ledger.Finding) {
	for fp, was := range before {
		if now, there := w.known.Findings[fp]; there && now.State == ledger.Resolved && was.State != ledger.Resolved {
			w.known.Findings[fp] = was
		}
	}
}

// pendingError is for another delivery where a remediation was begun; nil where none was.
func pendingError(w *work, why string) error {
	if w.known.Pending == "" {
		return nil
	}
	return fmt.Errorf("going on with remediation %s: %s", w.known.Pending, why)
}

// having are the rules with a fixable finding.
func having(of []rules.Rule, found []rules.Finding) []rules.Rule {
	return slices.DeleteFunc(of, func(r rules.Rule) bool {
		return !slices.ContainsFunc(found, func(f rules.Finding) bool { return f.Rule == r.ID && fixable(f) })
	})
}

// dropUnbegun forgets a remediation whose handler died before it wrote the record, so that nothing was changed, where nothing is
// left to mend either.
func (r Remediator) dropUnbegun(ctx context.Context, w *work, fixing bool) error {
	if w.known.Pending == "" || fixing {
		return nil
	}
	m, err := r.Ledger.Remediation(ctx, w.known.Pending)
	if err == nil && m.Resource == "" {
		w.known.Pending = ""
	}
	return err
}

// withPending adds the findings of a pending remediation to those of an evaluation, so that what it mended is not taken for
// something that went away by itself.
func (r Remediator) withPending(w *work, found []rules.Finding) []rules.Finding {
	if w.known.Pending == "" {
		return found
	}
	all := append([]rules.Finding{}, found...)
	for _, known := range w.known.Findings {
		if known.State == ledger.Open {
			all = append(all, known.Finding)
		}
	}
	return all
}

func (r Remediator) mendGroup(ctx context.Context, w *work, g rules.Group, mend []rules.Finding, fixing []rules.Rule) error {
	fix := groupFix(fixing, r.params())
	p, resumed := plan.Diff(g, fix(g)), w.known.Pending != ""
	m, err := r.begin(ctx, w, intent{mend: mend, rules: ruleIDs(fixing), plan: p.String(), before: g.Entries})
	if err != nil {
		return r.isBlocked(ctx, w, mend, err)
	}
	before := rules.Group{ID: g.ID}
	if err := json.Unmarshal(m.Before, &before.Entries); err != nil {
		return fmt.Errorf("reading the before-image of remediation %s: %w", m.ID, err)
	}
	c := &closing{Remediator: r, w: w, group: g, fix: fix, before: before.Entries, refused: map[string]string{}}
	after, err := c.closeEntries(ctx, g)
	switch {
	case ec2sg.IsNotFound(err):
		return r.groupGone(ctx, w)
	case err != nil:
		return err
	}
	left := map[string]string{}
	for _, f := range rules.Evaluate(r.active(), after, r.params()) {
		left[f.Fingerprint()] = refusal(f, after, c.refused)
	}
	m.Plan = plan.Diff(before, after).String()
	m.Notes = append(groupNotes(m, before, left), c.notes...)
	outcome := ledger.Remediated
	if c.changes == 0 && !resumed && len(left) == 0 {
		outcome, m.Plan, m.Notes, m.Reason = ledger.Resolved, "", c.notes, "someone else closed it first"
	}
	r.ended(w, m, outcome, left)
	return r.finish(ctx, w, m, after.Entries)
}

// groupGone ends a remediation whose group someone deleted meanwhile.
func (r Remediator) groupGone(ctx context.Context, w *work) error {
	const reason = "the group is gone"
	m, err := r.Ledger.Remediation(ctx, w.known.Pending)
	if err != nil {
		return err
	}
	if m.Resource == "" { // died before the record was written: nothing was changed
		w.known.Pending = ""
		w.known.Observe(nil, w.origin, r.Now())
		return r.Ledger.PutResource(ctx, &w.known, &w.lease)
	}
	w.known.Settle(m.Findings, ledger.Blocked, reason, &m, r.Now())
	m.Outcome, m.Reason = ledger.Blocked, reason
	return r.finish(ctx, w, &m, []types.SecurityGroupRule{})
}

// refusal is why a finding is still there: the reason for which its entry could not be changed.
func refusal(f rules.Finding, after rules.Group, refused map[string]string) string {
	for _, e := range after.Entries {
		if reason, ok := refused[entryID(e)]; ok && f.Path == "ingress["+rules.Protocol(deref(e.IpProtocol))+" "+rules.Source(e)+"]" {
			return reason
		}
	}
	return "still open after the change"
}

func groupNotes(m *ledger.Remediation, before rules.Group, left map[string]string) []string {
	notes := []string{
		"established flows live on until they end: what was connected to 24224 stays connected",
	}
	if allTraffic(before) && strings.Contains(m.Plan, "-1 all") {
		notes = append(notes, "an entry for all traffic became tcp, udp, icmp and icmpv6, as the policy's allow_protocol_loss says: other IP protocols cannot be listed and are refused now")
	}
	if len(left) > 0 {
		notes = append(notes, fmt.Sprintf("%d findings are left", len(left)))
	}
	return notes
}

func allTraffic(g rules.Group) bool {
	return slices.ContainsFunc(g.Entries, func(e types.SecurityGroupRule) bool { return rules.Protocol(deref(e.IpProtocol)) == "-1" })
}

// groupFix is the fixes of several rules as one.
func groupFix(fixing []rules.Rule, p rules.Params) func(rules.Group) rules.Group {
	return func(g rules.Group) rules.Group {
		for _, rule := range fixing {
			if fixed, ok := rule.Fix(g, p).(rules.Group); ok {
				g = fixed
			}
		}
		return g
	}
}

// readGroup reads a group, and who uses it where an entry might matter: a group whose entries leave 24224 alone is judged
// without listing the account.
func readGroup(ctx context.Context, groups GroupReader, inv Inventory, id string) (rules.Group, error) {
	g, err := groups.Group(ctx, id)
	if err != nil {
		return rules.Group{ID: id}, err
	}
	if !slices.ContainsFunc(g.Entries, watched) {
		return g, nil
	}
	s, err := inv.Snapshot(ctx)
	if err != nil {
		return g, fmt.Errorf("finding who uses %s: %w", id, err)
	}
	return g, fill(ctx, s, &g)
}

// fill says who uses a group, and, where that is FireLens and an entry matters, what else behind it may serve 24224.
func fill(ctx context.Context, s inventory.Snapshot, g *rules.Group) (err error) {
	if g.Users, err = s.UsersOf(ctx, g.ID); err != nil || !usedByFirelens(*g) || !mayMatter(g.Entries) {
		return err
	}
	g.Servers, err = s.ServersOf(ctx, g.ID)
	return err
}

func usedByFirelens(g rules.Group) bool {
	return slices.ContainsFunc(g.Users, func(u rules.User) bool { return len(u.Definition.Routers()) > 0 })
}

func mayMatter(entries []types.SecurityGroupRule) bool {
	for _, e := range entries {
		if rules.Covers(e, "tcp", rules.Port) || rules.Covers(e, "udp", rules.Port) {
			return true
		}
	}
	return false
}

func ruleIDs(of []rules.Rule) []string {
	ids := make([]string, len(of))
	for i, r := range of {
		ids[i] = r.ID
	}
	return ids
}

func entryID(e types.SecurityGroupRule) string { return deref(e.SecurityGroupRuleId) }

func deref(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
