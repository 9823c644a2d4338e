package reconcile

import (
	"context"
	"fmt"
	"slices"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// ingressEvents are the events that change a group's entries and nobody's use of it.
var ingressEvents = []string{"AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules", "RevokeSecurityGroupIngress"}

// readIndexed reads a group for an audit. For an event that only changed entries, the account is listed only where an entry lets
// 24224 in and the ledger's index does not know the group as unused. Sweeps list always, and so do events by which
// a group that matters may have come to be used (readPlaced); both write the index. Remediations do not ask the index.
func (a Auditor) readIndexed(ctx context.Context, id string, ev trigger.Event) (rules.Group, error) {
	g, err := a.Groups.Group(ctx, id)
	if err != nil {
		return rules.Group{ID: id}, err
	}
	if ev.Kind != trigger.Shard && slices.Contains(ingressEvents, ev.Origin.EventName) {
		if !mayMatter(g.Entries) {
			return g, nil
		}
		if unused, err := a.Ledger.Unused(ctx, id); err != nil || unused {
			return g, err
		}
	}
	s, err := a.Inventory.Snapshot(ctx)
	if err == nil {
		err = fill(ctx, s, &g)
	}
	if err != nil {
		return g, fmt.Errorf("finding who uses %s: %w", id, err)
	}
	return g, a.Ledger.PutUse(ctx, id, ledger.Use{Firelens: usedByFirelens(g), At: a.Now()})
}

// broadest is the event of several about one group that asks for the most: one that may have brought it into use.
func broadest(evs []trigger.Event) trigger.Event {
	for _, ev := range evs {
		if !slices.Contains(ingressEvents, ev.Origin.EventName) {
			return ev
		}
	}
	return evs[len(evs)-1]
}
