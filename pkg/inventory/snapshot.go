package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// use is a definition that runs, or would run, behind groups.
type use struct {
	// by and name are those of [rules.User].
	by, name string
	// scheduled says that a schedule or a rule of EventBridge starts it.
	scheduled bool
	// service is the name (cluster/service) of the service that a task belongs to; empty for a task that stands alone.
	service string
	// definition is the revision's ARN, or the family of which the latest active revision is started.
	definition string
	groups     []string
	// running is how many tasks it has that run.
	running int
	// subnet, interfaces and instance lead to the groups where the service or the task does not name them.
	subnet     string
	interfaces []string
	// host is the ARN of the container instance that a bridge or host task runs on, instance EC2's id of it, cluster the name of
	// its cluster.
	host, instance, cluster string
}

// Snapshot is what ran, and what services would run, when it was taken. The zero value is an empty account. It may be copied,
// and is safe for concurrent use.
type Snapshot struct {
	uses        []*use
	bindings    map[string][]rules.Binding     // by family
	published   map[string][]rules.Publication // by family
	definitions *definitions
	ec2         EC2
}

// UsersOf returns what the group guards: awsvpc services with each definition that one of their deployments or task sets has,
// also at zero tasks, running tasks, what schedules and rules of EventBridge start, and container instances with each definition of a bridge or host task that runs there (not
// of one that would run: which instance it will be is not known), in the order of listing. A task that its service or instance
// already stands for is left out.
// Each definition is described once a snapshot; the errors are those of [Reader.Definitions].
func (s Snapshot) UsersOf(ctx context.Context, group string) ([]rules.User, error) {
	var users []rules.User
	told := map[identity]bool{}
	for _, u := range s.uses {
		by, name := u.who()
		key := identity{name, u.definition}
		if !slices.Contains(u.groups, group) || told[key] || told[identity{u.service, u.definition}] {
			continue
		}
		told[key] = true
		d, there, err := s.definitions.of(ctx, u)
		switch {
		case err != nil:
			return nil, fmt.Errorf("reading the users of security group %s: %w", group, err)
		case !there:
			continue
		}
		if u.instance != "" && d.NetworkMode() == types.NetworkModeAwsvpc { // its interface is not there yet
			continue
		}
		users = append(users, rules.User{By: by, Name: name, Definition: d})
	}
	return users, nil
}

// With is the snapshot with the services, tasks and schedules of another one besides.
func (s Snapshot) With(other Snapshot) Snapshot {
	s.uses = slices.Concat(s.uses, other.uses)
	return s
}

// who is the use as a user of a group: a task without an interface of its own is there as its instance.
func (u *use) who() (by, name string) {
	if u.instance != "" {
		return "container instance", u.cluster + "/" + u.instance
	}
	return u.by, u.name
}

// identity tells apart the users of one group.
type identity struct{ name, definition string }

// GroupsOf returns the ids of the groups that guard any revision of the family, sorted.
func (s Snapshot) GroupsOf(family string) []string {
	var found []string
	for _, u := range s.uses {
		if familyOf(u.definition) == family {
			found = append(found, u.groups...)
		}
	}
	return sorted(found)
}

// Groups returns the ids of all groups that guard an awsvpc service or task, or an instance with other tasks, sorted.
func (s Snapshot) Groups() []string {
	var found []string
	for _, u := range s.uses {
		found = append(found, u.groups...)
	}
	return sorted(found)
}

// Bindings returns where services name a container, a port or a port's name of the family, in the order of listing.
func (s Snapshot) Bindings(family string) []rules.Binding { return slices.Clone(s.bindings[family]) }

// Published returns where running bridge tasks of the family publish the router's port, in the order of listing.
func (s Snapshot) Published(family string) []rules.Publication {
	return slices.Clone(s.published[family])
}

// familyOf is the family of a revision's ARN.
func familyOf(definition string) string {
	family, _, _ := strings.Cut(lastPart(definition), ":")
	return family
}

// lastPart is what follows the last slash of an ARN, old and new forms alike.
func lastPart(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

func sorted(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// definitions describes each definition once.
type definitions struct {
	describe func(context.Context, string) (rules.Definition, error)
	notFound func(error) bool
	mu       sync.Mutex
	known    map[string]rules.Definition
}

// of is the definition of a use. What a schedule names may not be there: nobody minds until it starts.
func (d *definitions) of(ctx context.Context, u *use) (found rules.Definition, there bool, err error) {
	found, err = d.get(ctx, u.definition)
	if err != nil && u.scheduled && d.notFound != nil && d.notFound(err) {
		return found, false, nil
	}
	return found, err == nil, err
}

func (d *definitions) get(ctx context.Context, arn string) (rules.Definition, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if known, ok := d.known[arn]; ok {
		return known, nil
	}
	described, err := d.describe(ctx, arn)
	if err != nil {
		return rules.Definition{}, err
	}
	if d.known == nil {
		d.known = map[string]rules.Definition{}
	}
	d.known[arn] = described
	return described, nil
}
