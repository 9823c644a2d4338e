package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// usage tells who uses a group without listing the account: the ledger's index names them, those are read afresh, and the interfaces
// behind the group speak for the index or against it.
type usage struct {
	Stack
	Tasks TaskReader
	Onlooker
	// together says that other workers may be about to describe the same revisions.
	together bool
}

func (a Auditor) usage() usage {
	return usage{Stack: a.Stack, Tasks: a.Tasks, Onlooker: a.Sweeper.Lister}
}

func (r Remediator) usage() usage { return usage{Stack: r.Stack, Tasks: r.Tasks, Onlooker: r.Onlooker} }

func (p *part) usage() usage {
	u := p.Auditor.usage()
	u.together = true
	return u
}

// The most of each that one call tells of.
const (
	servicesALook = 10
	tasksALook    = 100
)

// users are the uses of a group that the index knows: those with a router first, then those of whom nobody knows, and services before
// tasks.
func (u usage) users(ctx context.Context, group string) ([]ledger.User, error) {
	all, err := u.Ledger.Users(ctx, group)
	slices.SortStableFunc(all, func(x, y ledger.User) int { return order(x) - order(y) })
	return all, err
}

func order(u ledger.User) int {
	rank := map[string]int{"yes": 0, "": 2, "no": 4}[u.Router]
	if u.By != "service" {
		rank++
	}
	return rank
}

// look is users of one cluster that one call tells of: services, or tasks.
type look struct {
	inventory.Named
	services bool
	keys     []string
	// may says that one of them has a router, as far as the index knows.
	may bool
}

func (l look) full() bool {
	return l.services && len(l.keys) == servicesALook || len(l.keys) == tasksALook
}

// looks are the calls that tell of users, those of the first first.
func looks(users []ledger.User) []look {
	type kind struct {
		cluster  string
		services bool
	}
	var all []look
	open, seen := map[kind]int{}, map[[2]string]bool{}
	for _, u := range users {
		place, of := [2]string{u.Cluster, u.Key}, kind{u.Cluster, u.By == "service"}
		if seen[place] {
			continue
		}
		seen[place] = true
		i, begun := open[of]
		if !begun || all[i].full() {
			i = len(all)
			open[of] = i
			all = append(all, look{Named: inventory.Named{Cluster: u.Cluster}, services: of.services})
		}
		all[i].may = all[i].may || u.Router != "no"
		_, name, _ := strings.Cut(u.Key, " ")
		all[i].Names, all[i].keys = append(all[i].Names, name), append(all[i].keys, u.Key)
	}
	return all
}

// afresh reads users as they are now, and rights the index by them. It costs one call, and one for each revision that is new. What starts
// tasks and may not be read stays as the index has it.
func (u usage) afresh(ctx context.Context, l look) ([]inventory.Placed, error) {
	piece, err := u.read(ctx, l)
	if inventory.IsUnanswered(err) && l.Cluster == inventory.Scheduled {
		u.Log.WarnContext(ctx, "what starts tasks may not be read", "error", err.Error())
		l.keys = keysOf(piece.Placed)
		err = nil
	}
	if err != nil {
		return nil, err
	}
	now := map[string]inventory.Placed{}
	for _, at := range piece.Placed {
		now[at.Key] = at
	}
	return piece.Placed, together(ctx, len(l.keys), func(ctx context.Context, i int) error {
		at := now[l.keys[i]]
		at.Cluster, at.Key = l.Cluster, l.keys[i]
		return u.place(ctx, at)
	})
}

func keysOf(placed []inventory.Placed) []string {
	var keys []string
	for _, at := range placed {
		keys = append(keys, at.Key)
	}
	return keys
}

func (u usage) read(ctx context.Context, l look) (inventory.Piece, error) {
	switch {
	case l.Cluster == inventory.Scheduled:
		return u.Scheduled(ctx, l.keys)
	case l.services:
		return u.Named(ctx, l.Named)
	default:
		return u.Running(ctx, l.Named)
	}
}

// place tells the index what a service or a task runs; without runs it is gone.
func (u usage) place(ctx context.Context, at inventory.Placed) error {
	place, err := u.placeOf(ctx, at)
	if err != nil {
		return err
	}
	return u.Ledger.PutPlace(ctx, at.Cluster, at.Key, place, u.Now())
}

// seen reads the tasks that events tell of as they are now, and puts them into the index.
func (u usage) seen(ctx context.Context, evs []trigger.Event) ([]inventory.Placed, error) {
	var told []ledger.User
	for _, ev := range evs {
		for _, t := range ev.Tasks {
			told = append(told, ledger.User{By: "task", Cluster: t.Cluster, Key: "task " + t.ID})
		}
	}
	return u.all(ctx, looks(told))
}

// all is afresh of several.
func (u usage) all(ctx context.Context, looks []look) (now []inventory.Placed, err error) {
	for _, l := range looks {
		placed, err := u.afresh(ctx, l)
		if err != nil {
			return nil, err
		}
		now = append(now, placed...)
	}
	return now, nil
}

// placeOf is a place as the index has it, with the facts of what runs there.
func (u usage) placeOf(ctx context.Context, at inventory.Placed) (ledger.Place, error) {
	place := ledger.Place{By: at.By, Name: at.Name}
	runs, err := u.latestOf(ctx, at)
	if err != nil {
		return place, err
	}
	for _, r := range runs {
		facts, _, err := u.facts(ctx, r.Revision)
		if err != nil {
			return place, err
		}
		if unborn(at, facts) {
			continue
		}
		place.Runs = append(place.Runs, ledger.Run{Revision: r.Revision, Groups: r.Groups, Facts: facts})
	}
	return place, nil
}

// unborn says whether a task on an instance is to have an interface of its own, which is not there yet.
func unborn(at inventory.Placed, f ledger.Facts) bool {
	return at.By == "container instance" && f.Mode == string(types.NetworkModeAwsvpc)
}

// usersOf are uses of a group as the rules take them, their definitions with their routers only, each once, and the other containers
// behind the group that serve the router's port; none unless wanted.
func (u usage) usersOf(ctx context.Context, all []ledger.User, wanted bool) (users []rules.User, servers []string, err error) {
	if !wanted {
		return nil, nil, nil
	}
	definitions, err := u.routers(ctx, all)
	if err != nil {
		return nil, nil, err
	}
	told := map[string]bool{}
	for _, is := range all {
		for _, container := range is.Serving {
			servers = append(servers, fmt.Sprintf("container %s of %s %s maps port %d", container, is.By, is.Name, rules.Port))
		}
		who := is.By + " " + is.Name + " " + is.Revision
		if d, ok := definitions[is.Revision]; ok && !told[who] {
			told[who] = true
			users = append(users, rules.User{By: is.By, Name: is.Name, Definition: d})
		}
	}
	return users, sortedUnique(servers), nil
}

// routers are the definitions with a router, by revision, with what their configuration files say; one that was deleted while
// something still runs it is not among them.
func (u usage) routers(ctx context.Context, all []ledger.User) (map[string]rules.Definition, error) {
	var revisions []string
	for _, is := range all {
		if is.Router == "yes" {
			sees(&revisions, is.Revision)
		}
	}
	found := make([]*rules.Definition, len(revisions))
	err := together(ctx, len(revisions), func(ctx context.Context, i int) error {
		kept, _, err := u.known(ctx, revisions[i])
		switch {
		case ecstask.IsNotFound(err):
			return nil
		case err != nil:
			return err
		}
		d := behindGroup(definitionOf(kept))
		if found[i] = &d; u.Files == nil {
			return nil
		}
		return u.Files.Enrich(ctx, found[i])
	})
	by := map[string]rules.Definition{}
	for i, revision := range revisions {
		if found[i] != nil {
			by[revision] = *found[i]
		}
	}
	return by, err
}

func sortedUnique(list []string) []string {
	set := map[string]bool{}
	add(set, list)
	return sortedSet(set, nil)
}
