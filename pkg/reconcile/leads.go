package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// The kinds of leads: what an event names that is neither a family nor a group, and leads to some.
const (
	leadService  trigger.Kind = "service"  // "cluster/name"
	leadGuarded  trigger.Kind = "guarded"  // a network interface's or an instance's id
	leadRevision trigger.Kind = "revision" // "family:revision" of a task without an interface of its own
	leadTold     trigger.Kind = "told"     // "cluster/name" of a service of which the event tells what it runs, and where
)

// name adds the families and groups that an event names to the batch, and its leads.
func (b *batch) name(ev trigger.Event, message string) {
	for _, family := range ev.Families {
		b.add(target{trigger.Definition, family}, ev, message)
	}
	for _, id := range ev.Groups {
		b.add(target{trigger.Group, id}, ev, message)
	}
	for _, s := range ev.Services {
		b.add(target{leadService, s.String()}, ev, message)
	}
	for _, s := range ev.About {
		b.add(target{leadTold, s.String()}, ev, message)
	}
	for _, id := range slices.Concat(ev.Interfaces, ev.Instances) {
		b.add(target{leadGuarded, id}, ev, message)
	}
	for _, revision := range ev.Revisions {
		b.add(target{leadRevision, revision}, ev, message)
	}
}

// follow puts in the place of a batch's leads what they lead to, each kind in one go. It returns the messages of those that could
// not be followed.
func (a Auditor) follow(ctx context.Context, b *batch) []events.SQSBatchItemFailure {
	var failed []events.SQSBatchItemFailure
	for _, kind := range []struct {
		trigger.Kind
		follow func(context.Context, []string) (map[string][]target, error)
	}{{leadTold, a.told}, {leadService, a.services}, {leadGuarded, a.guards}, {leadRevision, func(ctx context.Context, refs []string) (map[string][]target, error) {
		return a.revisions(ctx, b, refs)
	}}} {
		names := b.take(kind.Kind)
		if len(names) == 0 {
			continue
		}
		ends, err := kind.follow(ctx, names)
		if err != nil {
			a.Log.ErrorContext(ctx, "left for another delivery", "kind", kind.Kind, "resources", len(names), "error", err.Error())
		}
		for _, name := range names {
			lead := target{kind.Kind, name}
			for i, message := range b.messages[lead] {
				if err != nil {
					failed = append(failed, events.SQSBatchItemFailure{ItemIdentifier: message})
				}
				for _, end := range ends[name] {
					b.add(end, b.events[lead][i], message)
				}
			}
		}
	}
	return failed
}

// take takes the targets of a kind out of the batch's order and returns their names.
func (b *batch) take(kind trigger.Kind) []string {
	var names []string
	b.order = slices.DeleteFunc(b.order, func(t target) bool {
		if t.kind == kind {
			names = append(names, t.name)
		}
		return t.kind == kind
	})
	return names
}

// told puts services into the index of which events tell all that is to be looked at; they lead no further. One without tasks makes itself
// known by nothing else, and may name the router's port, or serve it.
func (a Auditor) told(ctx context.Context, names []string) (map[string][]target, error) {
	_, err := a.serving(ctx, names)
	return nil, err
}

// serving reads services, and puts them into the index.
func (a Auditor) serving(ctx context.Context, names []string) (inventory.Snapshot, error) {
	s, err := a.Inventory.Services(ctx, names)
	if err != nil {
		return s, fmt.Errorf("finding what services run: %w", err)
	}
	return s, a.indexed(ctx, s.Placed())
}

// services lead to the families that they run and to their groups.
func (a Auditor) services(ctx context.Context, names []string) (map[string][]target, error) {
	s, err := a.serving(ctx, names)
	if err != nil {
		return nil, err
	}
	ends := map[string][]target{}
	for _, name := range names {
		for _, family := range s.FamiliesOfService(name) {
			ends[name] = append(ends[name], target{trigger.Definition, family})
		}
		ends[name] = append(ends[name], groups(s.GroupsOfService(name))...)
	}
	return ends, nil
}

// guards lead from interfaces and instances to their groups.
func (a Auditor) guards(ctx context.Context, ids []string) (map[string][]target, error) {
	guards, err := a.Inventory.Guards(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("finding the groups of interfaces and instances: %w", err)
	}
	ends := map[string][]target{}
	for _, id := range ids {
		ends[id] = groups(guards[id])
	}
	return ends, nil
}

// revisions lead to the groups behind which tasks of them run, where tasks have groups at all and a router: those in bridge mode, the
// most of them on instances, cost nothing more. Where an event does not name its task, the account is listed.
func (a Auditor) revisions(ctx context.Context, b *batch, refs []string) (map[string][]target, error) {
	ends := map[string][]target{}
	for _, ref := range refs {
		d, err := a.revision(ctx, ref)
		if ecstask.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if mode := d.NetworkMode(); mode != types.NetworkModeHost && mode != types.NetworkModeAwsvpc || len(d.Routers()) == 0 {
			continue
		}
		behind, err := a.behind(ctx, ref, b.events[target{leadRevision, ref}])
		if err != nil {
			return nil, fmt.Errorf("finding the groups of %s: %w", ref, err)
		}
		ends[ref] = groups(behind)
	}
	return ends, nil
}

// behind are the groups behind which the tasks run that events about a revision name.
func (a Auditor) behind(ctx context.Context, ref string, evs []trigger.Event) ([]string, error) {
	if slices.ContainsFunc(evs, func(ev trigger.Event) bool { return len(ev.Tasks) == 0 }) {
		s, err := a.Inventory.Snapshot(ctx)
		return s.GroupsOf(familyOf(ref)), err
	}
	placed, err := a.usage().seen(ctx, evs)
	var all []string
	for _, at := range placed {
		for _, r := range at.Runs {
			for _, g := range r.Groups {
				sees(&all, g)
			}
		}
	}
	return all, err
}

// revision reads a revision. It is the family's latest most times, which is read anyway.
func (a Auditor) revision(ctx context.Context, ref string) (rules.Definition, error) {
	family, number, _ := strings.Cut(ref, ":")
	d, err := a.Tasks.Describe(ctx, family)
	switch {
	case err != nil && !ecstask.IsNotFound(err):
		return d, err
	case err == nil && strconv.Itoa(int(d.Task.Revision)) == number:
		return d, nil
	}
	return a.Tasks.Describe(ctx, ref)
}

func groups(ids []string) []target {
	var all []target
	for _, id := range ids {
		all = append(all, target{trigger.Group, id})
	}
	return all
}
