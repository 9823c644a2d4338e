package reconcile

import (
	"context"
	"log/slog"
	"time"

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
	Snapshot(ctx context.Context) (inventory.Snapshot, error)
	// Services reads services by "cluster/name", and nothing else.
	Services(ctx context.Context, names []string) (inventory.Snapshot, error)
	// Guards reads the groups of network interfaces and EC2 instances, by their ids.
	Guards(ctx context.Context, ids []string) (map[string][]string, error)
}

// Publisher tells people.
type Publisher interface {
	Publish(ctx context.Context, n notify.Notice) error
}

// Sink takes messages: findings for the bus, shards for the sweep queue.
type Sink interface {
	Send(ctx context.Context, bodies []string) error
}

// Stack is what both handlers share: where they are, what the policy says, and the clock.
type Stack struct {
	Account, Region, Name string
	Policy                policy.Policy
	Ledger                ledger.Ledger
	Publisher             Publisher
	Log                   *slog.Logger
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

// fixing are the rules whose fixes a remediation of these findings holds: those in mode remediate with a fixable finding, and,
// where there is one, those in mode along.
func (s Stack) fixing(found []rules.Finding) []rules.Rule {
	fixable := map[string]bool{}
	for _, f := range found {
		fixable[f.Rule] = fixable[f.Rule] || f.Fixable && f.Status == rules.Noncompliant
	}
	var with []rules.Rule
	lead := false
	for _, r := range rules.All() {
		mode := s.Policy.Mode(r)
		if fixable[r.ID] && (mode == rules.Remediate || mode == rules.Along) {
			with = append(with, r)
			lead = lead || mode == rules.Remediate
		}
	}
	if !lead {
		return nil
	}
	return with
}
