package reconcile_test

import (
	"context"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/rules"
)

// mutant is a group store that does one thing wrongly, as a planner or adapter with a bug would.
type mutant struct {
	reconcile.GroupStore
	apply func(ctx context.Context, s reconcile.GroupStore, group string, step plan.Step) error
	read  func(g rules.Group, applied []plan.Step) rules.Group
	steps *[]plan.Step
}

// Apply implements reconcile.GroupStore.
func (m mutant) Apply(ctx context.Context, group string, step plan.Step) error {
	*m.steps = append(*m.steps, step)
	if m.apply == nil {
		return m.GroupStore.Apply(ctx, group, step)
	}
	return m.apply(ctx, m.GroupStore, group, step)
}

// Group implements reconcile.GroupReader.
func (m mutant) Group(ctx context.Context, id string) (rules.Group, error) {
	g, err := m.GroupStore.Group(ctx, id)
	if err == nil && m.read != nil {
		g = m.read(g, *m.steps)
	}
	return g, err
}

// TestEachMutationIsKilled shows that the checks of the fault tests can fail: each wrong way of closing an entry is noticed.
func TestEachMutationIsKilled(t *testing.T) {
	var first *rules.Group
	cases := []struct {
		name   string
		m      mutant
		killed string // the problem that must be among those found
	}{
		{"takes away before it grants", mutant{apply: func(ctx context.Context, s reconcile.GroupStore, group string, step plan.Step) error {
			if step.Op == plan.Authorize {
				g, err := s.Group(ctx, group)
				if err != nil {
					return err
				}
				if err := s.Apply(ctx, group, plan.Step{Op: plan.Revoke, Before: &g.Entries[0]}); err != nil {
					return err
				}
			}
			return s.Apply(ctx, group, step)
		}}, "refused in between"},
		{"does not send the description again", mutant{apply: func(ctx context.Context, s reconcile.GroupStore, group string, step plan.Step) error {
			if step.Op == plan.Modify {
				after := *step.After
				after.Description = nil
				step.After = &after
			}
			return s.Apply(ctx, group, step)
		}}, "description of"},
		{"does not read again", mutant{read: func(g rules.Group, _ []plan.Step) rules.Group {
			if first == nil {
				first = &g
			}
			return *first
		}}, "pending"},
		{"does not verify: takes what it asked for as done", mutant{
			apply: func(context.Context, reconcile.GroupStore, string, plan.Step) error { return nil },
			read: func(g rules.Group, applied []plan.Step) rules.Group {
				if len(applied) > 0 {
					g.Entries = nil
					for _, s := range applied {
						if s.After != nil {
							g.Entries = append(g.Entries, *s.After)
						}
					}
				}
				return g
			},
		}, "still open"},
	}
	for _, c := range cases {
		tr := newTrial(t, "inside")
		c.m.GroupStore, c.m.steps = ec2sg.Store{API: tr.ec2}, &[]plan.Step{}
		tr.groups = c.m
		tr.deliver(tr.findings, 3)
		if bad := strings.Join(tr.problems(1), "\n"); !strings.Contains(bad, c.killed) {
			t.Errorf("a remediator that %s survives: %s", c.name, bad)
		}
	}
}
