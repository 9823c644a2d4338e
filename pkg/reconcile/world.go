package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/notify"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
)

// TaskReader reads task definitions.
type TaskReader interface {
	// Describe reads a definition with its tags: the latest active revision of a family, or the one an ARN names.
	Describe(ctx context.Context, ref string) (rules.Definition, error)
}

// TaskStore reads and registers task definitions.
type TaskStore interface {
	TaskReader
	// Register registers a revision with all fields that a caller may set, and its tags, and returns it as ECS answers it.
	Register(ctx context.Context, d rules.Definition) (rules.Definition, error)
	// Deregister makes a revision INACTIVE, by its ARN.
	Deregister(ctx context.Context, arn string) error
}

// ServiceStore reads services and moves them to another definition, by "cluster/name".
type ServiceStore interface {
	Service(ctx context.Context, name string) (ecstypes.Service, error)
	// Move begins a deployment of a definition, by its ARN, and returns the service as it is then.
	Move(ctx context.Context, name, definition string) (ecstypes.Service, error)
}

// Families lists the families with an active revision.
type Families interface {
	Families(ctx context.Context) ([]string, error)
}

// GroupReader reads security groups.
type GroupReader interface {
	// Group reads a group and its ingress entries, without its users.
	Group(ctx context.Context, id string) (rules.Group, error)
	// GroupID finds the id of a group of the default VPC by its name.
	GroupID(ctx context.Context, name string) (string, error)
}

// GroupStore reads and changes security groups.
type GroupStore interface {
	GroupReader
	// Apply makes one change of one entry.
	Apply(ctx context.Context, group string, step plan.Step) error
}

// Inventory tells who uses what.
type Inventory interface {
	// Snapshot lists the account.
	Snapshot(ctx context.Context) (inventory.Snapshot, error)
	// Family reads who runs or starts a family: these services ("cluster/name"), these schedules and rules, by their keys, and all of the
	// family's tasks with their services.
	Family(ctx context.Context, family string, services, scheduled []string) (inventory.Snapshot, error)
	// Started lists all that schedules and rules of EventBridge start.
	Started(ctx context.Context) (inventory.Snapshot, error)
	// Services reads services by "cluster/name", and nothing else.
	Services(ctx context.Context, names []string) (inventory.Snapshot, error)
	// Guards reads the groups of network interfaces and EC2 instances, by their ids.
	Guards(ctx context.Context, ids []string) (map[string][]string, error)
}

// Onlooker reads afresh who uses a group, by the names that the index has, and what else is behind it.
type Onlooker interface {
	Verifier
	// Behind tells which interfaces are behind groups.
	Behind(ctx context.Context, groups []string) (map[string]inventory.Behind, error)
	// Attached are the interfaces of services' tasks and of tasks, also of those that stop.
	Attached(ctx context.Context, services, tasks inventory.Named) (map[string]bool, error)
	Hosts
}

// Verifier reads afresh what the index names: services, tasks, by their keys schedules and rules of EventBridge, and a family's tasks in
// a cluster.
type Verifier interface {
	Of(ctx context.Context, cluster, family string) (inventory.Piece, error)
	Named(ctx context.Context, services inventory.Named) (inventory.Piece, error)
	Running(ctx context.Context, tasks inventory.Named) (inventory.Piece, error)
	Scheduled(ctx context.Context, keys []string) (inventory.Piece, error)
}

// Hosts tells which EC2 instances are container instances, and what runs on those without an interface of its own.
type Hosts interface {
	Hosts(ctx context.Context, instances []string) ([]inventory.Host, error)
	On(ctx context.Context, hosts []inventory.Host) ([]inventory.Placed, error)
}

// Publisher tells people.
type Publisher interface {
	Publish(ctx context.Context, n notify.Notice) error
	PublishDigest(ctx context.Context, d notify.Digest) error
}

// Sink takes messages: findings for the bus, shards for the sweep queue.
type Sink interface {
	Send(ctx context.Context, bodies []string) error
}

// Enricher fills in what a definition alone does not tell: what its configuration files say, what its roles allow. What cannot be
// read is unknown in the definition, and no error.
type Enricher interface {
	Enrich(ctx context.Context, d *rules.Definition) error
}

// Stack is what both handlers share: where they are, what the policy says, and the clock.
type Stack struct {
	Account, Region, Name string
	Policy                policy.Policy
	Ledger                ledger.Ledger
	Publisher             Publisher
	Enrichers             []Enricher
	// Files, where set, fills in what the configuration files say of definitions behind a group. It is safe for concurrent use.
	Files Enricher
	Log   *slog.Logger
	// Meter may be nil: then nothing is counted.
	Meter Meter
	// Now is the clock; Wait pauses for a time, or until the context ends.
	Now  func() time.Time
	Wait func(context.Context, time.Duration) error
}

// Wait pauses for a time, or returns the context's error when that ends first.
func Wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// complete fills in what the rules need beside a definition.
func (s Stack) complete(ctx context.Context, d *rules.Definition) error {
	for _, e := range s.Enrichers {
		if err := e.Enrich(ctx, d); err != nil {
			return fmt.Errorf("completing %s: %w", d.Name(), err)
		}
	}
	return nil
}

// params are what the rules depend on, today.
func (s Stack) params() rules.Params {
	p := s.Policy.Params()
	p.Today = s.Now().UTC()
	return p
}

// active are the rules that the policy does not switch off.
func (s Stack) active() []rules.Rule {
	var on []rules.Rule
	for _, r := range rules.All() {
		if s.Policy.Mode(r) != rules.Off {
			on = append(on, r)
		}
	}
	return on
}

// fixing are the rules whose fixes a remediation of these findings holds: where one in mode remediate has a fixable finding, all in
// mode remediate or along, for one fix may be what another waits for, but those of which the resource is exempt.
func (s Stack) fixing(found []rules.Finding, exempt []exempted, tags map[string]string) []rules.Rule {
	lead := false
	var with []rules.Rule
	for _, r := range rules.All() {
		mode := s.Policy.ModeOn(r, tags)
		off := slices.ContainsFunc(exempt, func(e exempted) bool { return e.Rule == r.ID })
		if r.Fix == nil || off || mode != rules.Remediate && mode != rules.Along {
			continue
		}
		with = append(with, r)
		lead = lead || mode == rules.Remediate && slices.ContainsFunc(found, func(f rules.Finding) bool { return f.Rule == r.ID && fixable(f) })
	}
	if !lead {
		return nil
	}
	return with
}
