package reconcile

import (
	"slices"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/owner"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

// registrations of a definition, and changes of a group's entries, are the calls that show who keeps its source.
var makes = map[rules.Kind][]string{
	rules.KindDefinition: {"RegisterTaskDefinition"},
	rules.KindGroup:      {"AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules", "RevokeSecurityGroupIngress"},
}

// keeper is who keeps the source of a resource: what it tells now, or the call that made it what it is, else what an earlier one
// told. A corrected revision of ours tells nothing: it carries no tags that AWS reserves, and we registered it.
func (w *work) keeper(now owner.Owner, kind rules.Kind) owner.Owner {
	switch {
	case now.Decides:
		w.known.Owner = &ledger.Owner{Tool: string(now.Tool), Name: now.Name}
	case slices.Contains(makes[kind], w.origin.EventName): // somebody made it by another way
		w.known.Owner = nil
	case w.known.Owner != nil:
		return owner.Owner{Tool: owner.Tool(w.known.Owner.Tool), Name: w.known.Owner.Name, Decides: true}
	}
	return now
}

// ownerOf is who keeps the source of a definition.
func (r Remediator) ownerOf(w *work, d rules.Definition) owner.Owner {
	now, _ := owner.OfDefinition(d, w.origin)
	return w.keeper(now, rules.KindDefinition)
}

// propose keeps the change to the source that would mend what was found, whatever the policy says of mending it here.
func (r Remediator) propose(w *work, d rules.Definition, found []rules.Finding) {
	if with := r.proposing(found); len(with) > 0 {
		w.known.Patch = r.ownerOf(w, d).Patch(plan.Correct(d, with, r.params()))
	}
}

// proposeEntries is propose for a group.
func (r Remediator) proposeEntries(w *work, g rules.Group, found []rules.Finding) {
	if with := r.proposing(found); len(with) > 0 {
		now, _ := owner.OfGroup(g.Tags, w.origin)
		w.known.Patch = w.keeper(now, rules.KindGroup).PatchIngress(plan.Diff(g, groupFix(with, r.params())(g)))
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
