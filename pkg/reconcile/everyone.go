package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
)

// readGroup reads a group for a remediation, with all that use it; why is why that cannot be told, where it cannot. A group whose
// entries leave alone what rules look for is read without its users.
func (r Remediator) readGroup(ctx context.Context, id string) (g rules.Group, why string, err error) {
	if g, err = r.Groups.Group(ctx, id); err != nil {
		return rules.Group{ID: id}, "", err
	}
	if !watches(g.Entries) {
		return g, "", nil
	}
	u := r.usage()
	sure := false
	err = inTime(ctx, errTooMany, func(ctx context.Context) (err error) {
		sure, err = u.everyone(ctx, &g)
		return err
	})
	if errors.Is(err, errTooMany) {
		return g, errTooMany.reason, u.asIndexed(ctx, &g)
	}
	if err != nil || sure {
		return g, "", err
	}
	s, err := r.Inventory.Snapshot(ctx)
	if errors.Is(err, errTooLarge) {
		return g, errTooLarge.reason, nil
	}
	g.Users, g.Servers = nil, nil
	if err == nil {
		err = fill(ctx, s, &g)
	}
	if err == nil && usedByFirelens(g) && mayMatter(g.Entries) {
		_, _, err = u.bystanders(ctx, &g)
	}
	if err != nil {
		err = fmt.Errorf("finding who uses %s: %w", id, err)
	}
	return g, "", err
}

// asIndexed says who uses a group by the index alone.
func (u usage) asIndexed(ctx context.Context, g *rules.Group) error {
	known, err := u.users(ctx, g.ID)
	if err == nil {
		g.Users, g.Servers, err = u.usersOf(ctx, known, true)
	}
	return err
}

// everyone says who uses a group, all that the index names read afresh, and whether that is sure: a sweep has completed the index, a
// FireLens task is among them, and each interface behind the group is accounted for.
func (u usage) everyone(ctx context.Context, g *rules.Group) (sure bool, err error) {
	if complete, err := u.Ledger.Indexed(ctx); err != nil || !complete {
		return false, err
	}
	now, err := u.named(ctx, g)
	if err != nil || !usedByFirelens(*g) || !mayMatter(g.Entries) {
		return err == nil && usedByFirelens(*g), err
	}
	behind, hosts, err := u.bystanders(ctx, g)
	if err != nil || len(hosts) > mostHosts {
		return false, err
	}
	if err := u.onHosts(ctx, g, hosts); err != nil {
		return false, err
	}
	if sure, err = u.accounted(ctx, g.ID, behind.Tasks, now); sure || err != nil {
		return sure, err
	}
	more, err := u.siblings(ctx, now)
	if err == nil {
		err = u.adds(ctx, g, more)
	}
	if err != nil || len(more) == 0 {
		return false, err
	}
	return u.accounted(ctx, g.ID, behind.Tasks, append(now, more...))
}

// named reads all users of a group that the index names afresh, and gives the group those that it has then.
func (u usage) named(ctx context.Context, g *rules.Group) ([]inventory.Placed, error) {
	known, err := u.users(ctx, g.ID)
	if err != nil {
		return nil, err
	}
	now, known, err := u.allAfresh(ctx, g.ID, known)
	if err != nil {
		return nil, err
	}
	g.Users, g.Servers, err = u.usersOf(ctx, known, true)
	return now, err
}

// fill gives a group the users that the index has, and adds those of them that serve the port.
func (u usage) fill(ctx context.Context, g *rules.Group) error {
	_, known, err := u.allAfresh(ctx, g.ID, nil)
	if err != nil {
		return err
	}
	users, servers, err := u.usersOf(ctx, known, true)
	g.Users, g.Servers = users, sortedUnique(append(g.Servers, servers...))
	return err
}

// allAfresh reads users of a group as they are now, and those besides that an event has put into the index meanwhile without looking at
// what they run. It returns the users as the index has them then.
func (u usage) allAfresh(ctx context.Context, group string, known []ledger.User) (now []inventory.Placed, _ []ledger.User, err error) {
	for range 2 {
		placed, err := u.all(ctx, looks(known))
		if err != nil {
			return nil, nil, err
		}
		now = append(now, placed...)
		all, err := u.users(ctx, group)
		if err != nil {
			return nil, nil, err
		}
		known = slices.DeleteFunc(slices.Clone(all), func(is ledger.User) bool { return is.Router != "" })
		if len(known) == 0 {
			return now, all, nil
		}
	}
	return nil, nil, fmt.Errorf("reading who uses %s: it changes all the time", group)
}

// siblings are further tasks of the families that run without a service: a schedule's tasks come and go between sweeps.
func (u usage) siblings(ctx context.Context, now []inventory.Placed) (more []inventory.Placed, err error) {
	known, asked := map[string]bool{}, map[[2]string]bool{}
	for _, at := range now {
		known[at.Cluster+" "+at.Key] = true
	}
	for _, at := range now {
		if at.By == "service" {
			continue
		}
		cluster := at.Cluster
		if cluster == inventory.Scheduled {
			cluster, _, _ = strings.Cut(at.Name, "/")
		}
		for _, r := range at.Runs {
			asked[[2]string{cluster, familyOf(r.Revision)}] = true
		}
	}
	if len(asked) > mostServices {
		return nil, nil
	}
	for of := range asked {
		piece, err := u.Of(ctx, of[0], of[1])
		if err != nil {
			return nil, err
		}
		for _, at := range piece.Placed {
			if !known[at.Cluster+" "+at.Key] {
				more = append(more, at)
			}
		}
	}
	return more, nil
}

// bystanders adds to what may serve the port behind a group what neither is nor runs a task, and tells which interfaces and container
// instances are there.
func (u usage) bystanders(ctx context.Context, g *rules.Group) (inventory.Behind, []inventory.Host, error) {
	found, err := u.Behind(ctx, []string{g.ID})
	behind := found[g.ID]
	var hosts []inventory.Host
	if err == nil && len(behind.Instances) > 0 {
		hosts, err = u.Hosts(ctx, behind.Instances)
	}
	others := behind.Others
	for _, id := range behind.Instances {
		if !slices.ContainsFunc(hosts, func(h inventory.Host) bool { return h.Instance == id }) {
			others = append(others, "instance "+id+" is no container instance")
		}
	}
	for id, owner := range behind.Owners {
		if owner != "" && owner != u.Account {
			others = append(others, "network interface "+id+" is of account "+owner)
		}
	}
	g.Servers = sortedUnique(append(g.Servers, others...))
	return behind, hosts, err
}

// mostHosts is of how many container instances the tasks are listed, one by one.
const mostHosts = 50

// onHosts adds what runs on container instances without an interface of its own.
func (u usage) onHosts(ctx context.Context, g *rules.Group, hosts []inventory.Host) error {
	if len(hosts) == 0 {
		return nil
	}
	placed, err := u.On(ctx, hosts)
	if err != nil {
		return err
	}
	return u.adds(ctx, g, placed)
}

// adds tells the index of users of a group, and the group of what the index then has.
func (u usage) adds(ctx context.Context, g *rules.Group, placed []inventory.Placed) error {
	for _, at := range placed {
		if err := u.place(ctx, at); err != nil {
			return err
		}
	}
	return u.fill(ctx, g)
}

// mostServices is of how many services, or families without one, the tasks are listed to tell whose an interface is.
const mostServices = 20

// accounted says whether interfaces behind a group are all of tasks that are known to be there. As long as there are no more of them
// than tasks run, they are; where there are, as while tasks start and stop, the tasks are asked for theirs.
func (u usage) accounted(ctx context.Context, group string, interfaces []string, now []inventory.Placed) (bool, error) {
	running, services := 0, 0
	for _, at := range now {
		if at.By == "service" {
			services++
		}
		for _, r := range at.Runs {
			// A service's tasks are counted there; those of an instance have no interface of their own.
			if at.Service == "" && at.By != "container instance" && slices.Contains(r.Groups, group) {
				running += r.Running
			}
		}
	}
	if len(interfaces) <= running || services > mostServices {
		return len(interfaces) <= running, nil
	}
	attached := map[string]bool{}
	for cluster, names := range namesIn(now) {
		some, err := u.Attached(ctx, inventory.Named{Cluster: cluster, Names: names["service"]}, inventory.Named{Cluster: cluster, Names: names["task"]})
		if err != nil {
			return false, err
		}
		maps.Copy(attached, some)
	}
	return !slices.ContainsFunc(interfaces, func(eni string) bool { return !attached[eni] }), nil
}

// namesIn are the names of services and the ids of tasks, by cluster and "service" or "task".
func namesIn(placed []inventory.Placed) map[string]map[string][]string {
	all := map[string]map[string][]string{}
	for _, at := range placed {
		if all[at.Cluster] == nil {
			all[at.Cluster] = map[string][]string{}
		}
		kind, name, _ := strings.Cut(at.Key, " ")
		all[at.Cluster][kind] = append(all[at.Cluster][kind], name)
	}
	return all
}
