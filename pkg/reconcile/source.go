package reconcile

import (
	"context"
	"slices"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/owner"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// registrations of a definition, and changes of a group's entries, are the calls that show who keeps its source.
var makes = map[rules.Kind][]string{
	rules.KindDefinition: {"RegisterTaskDefinition"},
	rules.KindGroup:      {"AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules", "RevokeSecurityGroupIngress"},
}

// keeper is who keeps the source of a group, for people: what it tells now, or the call that made it what it is, else what an
// earlier one told.
func (w *work) keeper(now owner.Owner) owner.Owner {
	switch {
	case now.Decides:
		w.known.Owner = kept(now)
	case slices.Contains(makes[rules.KindGroup], w.origin.EventName): // somebody made it by another way
		w.known.Owner = nil
	case w.known.Owner != nil:
		return owner.Owner{Tool: owner.Tool(w.known.Owner.Tool), Name: w.known.Owner.Name, Decides: true}
	}
	return now
}

// ownerOf is who keeps the source of a definition: what AWS itself wrote tells it, else what the audit kept of its registration.
func (r Remediator) ownerOf(w *work, d rules.Definition) owner.Owner {
	now, _ := owner.OfDefinition(d, trigger.Origin{}) // anybody who may put events on the bus can forge a finding's origin
	switch {
	case now.Decides:
		w.known.Owner = kept(now)
	case w.known.Owner != nil:
		return owner.Owner{Tool: owner.Tool(w.known.Owner.Tool), Name: w.known.Owner.Name, Decides: true}
	}
	return now
}

// keepOwner records who keeps the source of a definition that somebody else has just registered. Only the audit does: its events come
// from CloudTrail.
func (a Auditor) keepOwner(ctx context.Context, d rules.Definition, by trigger.Origin) error {
	if !slices.Contains(makes[rules.KindDefinition], by.EventName) {
		return nil
	}
	known, err := a.Ledger.Resource(ctx, d.Ref())
	if err != nil || known.Registered != "" && known.Registered == deref(d.Task.TaskDefinitionArn) {
		return err
	}
	now, _ := owner.OfDefinition(d, by)
	was, is := known.Owner, kept(now)
	if was == is || was != nil && is != nil && *was == *is {
		return nil
	}
	known.Owner = is
	return a.Ledger.PutResource(ctx, &known, nil)
}

// kept is an owner as the ledger keeps it; nil for one that does not decide.
func kept(o owner.Owner) *ledger.Owner {
	if !o.Decides {
		return nil
	}
	return &ledger.Owner{Tool: string(o.Tool), Name: o.Name}
}

// propose keeps the change to the source that would mend what was found, whatever the policy says of mending it here.
func (r Remediator) propose(w *work, d rules.Definition, found []rules.Finding) {
	w.outdate(found)
	if with := r.proposing(found); len(with) > 0 {
		w.known.Patch = r.ownerOf(w, d).Patch(plan.Correct(d, with, r.params()))
	}
}

// proposeEntries is propose for a group.
func (r Remediator) proposeEntries(w *work, g rules.Group, found []rules.Finding) {
	w.outdate(found)
	if with := r.proposing(found); len(with) > 0 {
		now, _ := owner.OfGroup(g.Tags, w.origin)
		w.known.Patch = w.keeper(now).PatchIngress(plan.Diff(g, groupFix(with, r.params())(g)))
	}
}

// outdate drops the change that earlier findings called for, once there are others.
func (w *work) outdate(found []rules.Finding) {
	if len(found) > 0 {
		w.known.Patch = ""
	}
}

// proposing are the rules whose fixes would mend something of what was found.
func (r Remediator) proposing(found []rules.Finding) []rules.Rule {
	return having(slices.DeleteFunc(r.active(), func(rule rules.Rule) bool { return rule.Fix == nil }), found)
}

// untold says whether a finding that could be fixed is new to people.
func untold(w *work, found []rules.Finding) bool {
	return slices.ContainsFunc(found, func(f rules.Finding) bool {
		known, seen := w.known.Findings[f.Fingerprint()]
		return fixable(f) && (!seen || known.Told == "" || known.State.Mended())
	})
}

func fixable(f rules.Finding) bool { return f.Fixable && f.Status == rules.Noncompliant }
