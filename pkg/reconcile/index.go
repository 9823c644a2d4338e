package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// ingressEvents are the events that change a group's entries and nobody's use of it.
var ingressEvents = []string{"AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules", "RevokeSecurityGroupIngress"}

// readIndexed reads a group for an audit. Who uses it the ledger's index says, and a few of those it names are looked at: where one
// FireLens user is still there, or the index takes the group for unused and nothing speaks against it, the account is not listed.
// Sweeps write the index, and so do events about services. Remediations do not ask it.
func (a Auditor) readIndexed(ctx context.Context, id string, ev trigger.Event) (rules.Group, error) {
	g, err := a.Groups.Group(ctx, id)
	if err != nil {
		return rules.Group{ID: id}, err
	}
	ingress := slices.Contains(ingressEvents, ev.Origin.EventName)
	if ingress && !mayMatter(g.Entries) {
		return g, nil
	}
	if sure, err := a.fillIndexed(ctx, &g, ingress); sure || err != nil {
		return g, err
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

// fillIndexed says who uses a group by the index, and whether that is sure.
func (a Auditor) fillIndexed(ctx context.Context, g *rules.Group, ingress bool) (sure bool, err error) {
	unused, err := a.Ledger.Unused(ctx, g.ID)
	if err != nil {
		return false, err
	}
	users, err := a.Ledger.Users(ctx, g.ID)
	if err != nil {
		return false, err
	}
	if len(users) == 0 {
		return a.deserted(ctx, g.ID, ingress && unused)
	}
	there, err := a.verify(ctx, *g, users)
	if err != nil {
		return false, err
	}
	if !there {
		return ingress && unused, nil
	}
	if users, err = a.Ledger.Users(ctx, g.ID); err != nil {
		return false, err
	}
	if g.Users, g.Servers, err = a.usersOf(ctx, users, true); err != nil || !mayMatter(g.Entries) {
		return err == nil, err
	}
	behind, err := a.Sweeper.Lister.Behind(ctx, []string{g.ID})
	g.Servers = sortedUnique(append(g.Servers, behind[g.ID].Others...))
	return err == nil, err
}

// deserted says whether a group that the index has no user of is unused indeed: a task's interface behind it speaks against it.
func (a Auditor) deserted(ctx context.Context, group string, unused bool) (bool, error) {
	if !unused {
		return false, nil
	}
	behind, err := a.Sweeper.Lister.Behind(ctx, []string{group})
	return behind[group].Tasks == 0, err
}

// lookedAt is how many services one call tells of.
const lookedAt = 10

// verify looks at some users of a group that the index names, those with a router first, rights the index by what they are now, and
// says whether one with a router is still behind the group. It costs one call, and one for each revision that is new.
func (a Auditor) verify(ctx context.Context, g rules.Group, users []ledger.User) (bool, error) {
	slices.SortStableFunc(users, func(x, y ledger.User) int { return order(x) - order(y) })
	some := sameKind(users)
	piece, err := a.look(ctx, g, some)
	if err != nil {
		return false, err
	}
	now := map[string]inventory.Placed{}
	for _, at := range piece.Placed {
		now[at.Key] = at
	}
	there := false
	for _, u := range some {
		place, err := a.placeOf(ctx, now[u.Key])
		if err != nil {
			return false, err
		}
		if err := a.Ledger.PutPlace(ctx, u.Cluster, u.Key, place, a.Now()); err != nil {
			return false, err
		}
		there = there || slices.ContainsFunc(place.Runs, func(r ledger.Run) bool { return r.Router == "yes" && slices.Contains(r.Groups, g.ID) })
	}
	return there, nil
}

// order puts those with a router first, then those of whom nobody knows, and services before tasks.
func order(u ledger.User) int {
	rank := map[string]int{"yes": 0, "": 2, "no": 4}[u.Router]
	if u.By != "service" {
		rank++
	}
	return rank
}

// sameKind are as many users as one call tells of: of the cluster of the first, and services or tasks as it is.
func sameKind(users []ledger.User) []ledger.User {
	var some []ledger.User
	for _, u := range users {
		again := slices.ContainsFunc(some, func(known ledger.User) bool { return known.Key == u.Key })
		if len(some) < lookedAt && !again && u.Cluster == users[0].Cluster && (u.By == "service") == (users[0].By == "service") {
			some = append(some, u)
		}
	}
	return some
}

// look reads services or tasks as they are now.
func (a Auditor) look(ctx context.Context, g rules.Group, some []ledger.User) (inventory.Piece, error) {
	named := inventory.Named{Cluster: some[0].Cluster}
	for _, u := range some {
		_, name, _ := strings.Cut(u.Key, " ")
		named.Names = append(named.Names, name)
	}
	if g.Name == "default" {
		named.Home = g.ID
	}
	if some[0].By == "service" {
		return a.Sweeper.Lister.Named(ctx, named)
	}
	return a.Sweeper.Lister.Running(ctx, named)
}

// placeOf is a place as the index has it, with the facts of what runs there.
func (a Auditor) placeOf(ctx context.Context, at inventory.Placed) (ledger.Place, error) {
	place := ledger.Place{By: at.By, Name: at.Name}
	for _, r := range at.Runs {
		facts, _, err := a.facts(ctx, r.Revision)
		if err != nil {
			return place, err
		}
		place.Runs = append(place.Runs, ledger.Run{Revision: r.Revision, Groups: r.Groups, Facts: facts})
	}
	return place, nil
}

// indexed brings the index up to date with services that an event led to. It describes nothing: of a revision that the ledger does
// not know the index then says that nobody has looked yet.
func (a Auditor) indexed(ctx context.Context, placed []inventory.Placed) error {
	for _, at := range placed {
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
		if err := a.Ledger.PutPlace(ctx, at.Cluster, at.Key, place, a.Now()); err != nil {
			return err
		}
	}
	return nil
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
