package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// ingressEvents are the events that change a group's entries and nobody's use of it.
var ingressEvents = []string{"AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules", "RevokeSecurityGroupIngress"}

// readIndexed reads a group for an audit. Who uses it the ledger's index says, and some of those it names are looked at: where one
// FireLens user is still there, or the index takes the group for unused and nothing speaks against it, the account is not listed.
// Sweeps write the index, and so do events about services, and listings.
func (a Auditor) readIndexed(ctx context.Context, id string, ev trigger.Event) (rules.Group, error) {
	g, err := a.Groups.Group(ctx, id)
	if err != nil {
		return rules.Group{ID: id}, err
	}
	ingress := slices.Contains(ingressEvents, ev.Origin.EventName)
	if ingress && !watches(g.Entries) {
		return g, nil
	}
	sure, err := a.fillIndexed(ctx, &g, ingress)
	if !sure && err == nil && len(ev.Tasks) > 0 { // of which the index knows nothing yet
		if _, err = a.usage().seen(ctx, []trigger.Event{ev}); err == nil {
			sure, err = a.fillIndexed(ctx, &g, ingress)
		}
	}
	if sure || err != nil {
		return g, err
	}
	return a.readListed(ctx, g)
}

// readListed finds who uses a group by listing the account, and tells the index. An account that is too large for that is errTooLarge:
// then the index says that the group may be used, until a sweep knows better.
func (a Auditor) readListed(ctx context.Context, g rules.Group) (rules.Group, error) {
	s, err := a.Inventory.Snapshot(ctx)
	if errors.Is(err, errTooLarge) {
		return g, errors.Join(err, a.Ledger.PutUse(ctx, g.ID, ledger.Use{Firelens: true, At: a.Now()}))
	}
	if err == nil {
		err = fill(ctx, s, &g)
	}
	if err != nil {
		return g, fmt.Errorf("finding who uses %s: %w", g.ID, err)
	}
	behind := slices.DeleteFunc(s.Placed(), func(at inventory.Placed) bool {
		return !slices.ContainsFunc(at.Runs, func(r inventory.Run) bool { return slices.Contains(r.Groups, g.ID) })
	})
	if err := a.indexed(ctx, behind); err != nil {
		return g, err
	}
	return g, a.Ledger.PutUse(ctx, g.ID, ledger.Use{Firelens: usedByFirelens(g), At: a.Now()})
}

// fillIndexed says who uses a group by the index, and whether that is sure.
func (a Auditor) fillIndexed(ctx context.Context, g *rules.Group, ingress bool) (sure bool, err error) {
	unused, err := a.Ledger.Unused(ctx, g.ID)
	if err != nil {
		return false, err
	}
	u := a.usage()
	users, err := u.users(ctx, g.ID)
	if err != nil {
		return false, err
	}
	if len(users) == 0 {
		return u.deserted(ctx, g.ID, ingress && unused)
	}
	if users, err = u.firelens(ctx, g.ID, users); err != nil || users == nil {
		return err == nil && ingress && unused, err
	}
	if g.Users, g.Servers, err = u.usersOf(ctx, users, true); err != nil || !mayMatter(g.Entries) {
		return err == nil, err
	}
	behind, err := u.Behind(ctx, []string{g.ID})
	g.Servers = sortedUnique(append(g.Servers, behind[g.ID].Others...))
	return err == nil, err
}

// deserted says whether a group that the index has no user of is unused indeed: a task's interface behind it speaks against it.
func (u usage) deserted(ctx context.Context, group string, unused bool) (bool, error) {
	if !unused {
		return false, nil
	}
	behind, err := u.Behind(ctx, []string{group})
	return len(behind[group].Tasks) == 0, err
}

// mostLooks is how often an audit looks at users of whom the index says that none has a router: events tell of those that get one.
const mostLooks = 10

// firelens looks at users of a group that the index names until one with a router is still there, and returns the users as the index
// has them then; none where there is none.
func (u usage) firelens(ctx context.Context, group string, users []ledger.User) ([]ledger.User, error) {
	for i, l := range looks(users) {
		if i >= mostLooks && !l.may {
			break
		}
		if _, err := u.afresh(ctx, l); err != nil {
			return nil, err
		}
		now, err := u.users(ctx, group)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(routed(now), func(is ledger.User) bool { return is.Cluster == l.Cluster && slices.Contains(l.keys, is.Key) }) {
			return now, nil
		}
	}
	return nil, nil
}

// indexed brings the index up to date with what an event or a listing led to. It describes nothing: of a revision that the ledger does
// not know the index then says that nobody has looked yet.
func (a Auditor) indexed(ctx context.Context, placed []inventory.Placed) error {
	return together(ctx, len(placed), func(ctx context.Context, i int) error {
		at := placed[i]
		place := ledger.Place{By: at.By, Name: at.Name}
		for _, r := range at.Runs {
			run := ledger.Run{Revision: r.Revision, Groups: r.Groups}
			kept, known, err := a.Ledger.Definition(ctx, r.Revision, keptForm, a.Now())
			if err != nil {
				return err
			}
			if known {
				run.Facts = factsOf(definitionOf(kept))
			}
			place.Runs = append(place.Runs, run)
		}
		return a.Ledger.PutPlace(ctx, at.Cluster, at.Key, place, a.Now())
	})
}

// broadest is the event of several about one group that asks for the most: one that may have brought it into use. It has the
// tasks that any of them tells of.
func broadest(evs []trigger.Event) trigger.Event {
	most := evs[len(evs)-1]
	if i := slices.IndexFunc(evs, func(ev trigger.Event) bool { return !slices.Contains(ingressEvents, ev.Origin.EventName) }); i >= 0 {
		most = evs[i]
	}
	most.Tasks = nil
	for _, ev := range evs {
		most.Tasks = append(most.Tasks, ev.Tasks...)
	}
	return most
}
