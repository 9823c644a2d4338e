package reconcile_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/notify"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/rules"
)

// twisted is a group store that does something wrongly, as a planner or an adapter with a bug would.
type twisted struct {
	reconcile.GroupStore
	apply func(apply func(plan.Step) error, step plan.Step) error
	read  func(g rules.Group) rules.Group
}

// Apply implements reconcile.GroupStore.
func (t twisted) Apply(ctx context.Context, group string, step plan.Step) error {
	honest := func(s plan.Step) error { return t.GroupStore.Apply(ctx, group, s) }
	if t.apply == nil {
		return honest(step)
	}
	return t.apply(honest, step)
}

// Group implements reconcile.GroupReader.
func (t twisted) Group(ctx context.Context, id string) (rules.Group, error) {
	g, err := t.GroupStore.Group(ctx, id)
	if err == nil && t.read != nil {
		g = t.read(g)
	}
	return g, err
}

// mutation is one wrong remediator, and the kind of plan on which the checks are to find it out.
type mutation struct {
	name   string
	on     string
	killed string // the check that must do it
	twist  func(r *reconcile.Remediator)
}

func onSteps(apply func(func(plan.Step) error, plan.Step) error) func(*reconcile.Remediator) {
	return func(r *reconcile.Remediator) { r.Groups = twisted{GroupStore: r.Groups, apply: apply} }
}

// altered changes the entry as a step of one kind would leave it.
func altered(op plan.Op, change func(*ec2types.SecurityGroupRule)) func(*reconcile.Remediator) {
	return onSteps(func(apply func(plan.Step) error, s plan.Step) error {
		if s.Op == op {
			after := *s.After
			change(&after)
			s.After = &after
		}
		return apply(s)
	})
}

// taken is a step that does not become one, and that later readings show all the same.
func taken(op plan.Op, then func(apply func(plan.Step) error, held []plan.Step) error) func(*reconcile.Remediator) {
	return func(r *reconcile.Remediator) {
		var held []plan.Step
		r.Groups = twisted{GroupStore: r.Groups, apply: func(apply func(plan.Step) error, s plan.Step) error {
			if s.Op == op {
				held = append(held, s)
				return nil
			}
			if err := apply(s); err != nil || then == nil {
				return err
			}
			defer func() { held = nil }()
			return then(apply, held)
		}, read: func(g rules.Group) rules.Group {
			for _, s := range held {
				g = shown(g, s)
			}
			return g
		}}
	}
}

// shown is a group as if a step had been made.
func shown(g rules.Group, s plan.Step) rules.Group {
	if s.Before != nil {
		g.Entries = slices.DeleteFunc(slices.Clone(g.Entries), func(e ec2types.SecurityGroupRule) bool {
			return *e.SecurityGroupRuleId == *s.Before.SecurityGroupRuleId
		})
	}
	if s.After != nil {
		after := *s.After
		if after.SecurityGroupRuleId == nil {
			after.SecurityGroupRuleId = aws.String("sgr-pretended" + strconv.Itoa(int(*after.FromPort)))
		}
		g.Entries = append(slices.Clip(g.Entries), after)
	}
	return g
}

// mutations are ways to be wrong; all but the last three are of the closing of entries.
var mutations = []mutation{
	{"takes away before it grants", "inside", "refused after", taken(plan.Authorize, func(apply func(plan.Step) error, held []plan.Step) error {
		for _, s := range held {
			if err := apply(s); err != nil {
				return err
			}
		}
		return nil
	})},
	{"never grants what it splits off", "inside", "refused after", taken(plan.Authorize, nil)},
	{"revokes instead of narrowing", "lower edge", "refused after", onSteps(func(apply func(plan.Step) error, s plan.Step) error {
		if s.Op == plan.Modify {
			s = plan.Step{Op: plan.Revoke, Before: s.Before}
		}
		return apply(s)
	})},
	{"narrows too far", "upper edge", "refused after", altered(plan.Modify, func(e *ec2types.SecurityGroupRule) { e.ToPort = aws.Int32(*e.ToPort - 1) })},
	{"grants too much", "inside", "still open", altered(plan.Authorize, func(e *ec2types.SecurityGroupRule) { e.FromPort = aws.Int32(*e.FromPort - 1) })},
	{"grants to everyone", "IPv6", "let in that was not before", altered(plan.Authorize, func(e *ec2types.SecurityGroupRule) {
		e.CidrIpv6, e.CidrIpv4 = nil, aws.String("0.0.0.0/0")
	})},
	{"does not send the description again", "inside", "label of", altered(plan.Modify, func(e *ec2types.SecurityGroupRule) { e.Description = nil })},
	{"grants without the description", "inside", "label of", altered(plan.Authorize, func(e *ec2types.SecurityGroupRule) { e.Description = nil })},
	{"grants without the tags", "inside", "label of", altered(plan.Authorize, func(e *ec2types.SecurityGroupRule) { e.Tags = nil })},
	{"revokes and grants anew instead of narrowing", "inside", "refused after", onSteps(func(apply func(plan.Step) error, s plan.Step) error {
		if s.Op != plan.Modify {
			return apply(s)
		}
		if err := apply(plan.Step{Op: plan.Revoke, Before: s.Before}); err != nil {
			return err
		}
		return apply(plan.Step{Op: plan.Authorize, After: s.After})
	})},
	{"does not verify", "exact", "still open", taken(plan.Revoke, nil)},
	{"does not read again before it writes", "lower edge", "refused after", func(r *reconcile.Remediator) {
		var first *rules.Group
		wrote := false
		r.Groups = twisted{GroupStore: r.Groups, apply: func(apply func(plan.Step) error, s plan.Step) error {
			wrote = true
			return apply(s)
		}, read: func(g rules.Group) rules.Group {
			if first == nil {
				first = &g
			}
			if wrote {
				return g
			}
			return *first
		}}
	}},
	{"keeps what it granted for an entry that is gone", "inside", "let in that was not before", func(r *reconcile.Remediator) {
		made := map[string]bool{}
		r.Groups = twisted{GroupStore: r.Groups, apply: func(apply func(plan.Step) error, s plan.Step) error {
			if s.Op == plan.Authorize {
				made[rules.Allowance(*s.After)] = true
			}
			if s.Op == plan.Revoke && made[rules.Allowance(*s.Before)] {
				made["hidden "+*s.Before.SecurityGroupRuleId] = true
				return nil
			}
			return apply(s)
		}, read: func(g rules.Group) rules.Group {
			g.Entries = slices.DeleteFunc(slices.Clone(g.Entries), func(e ec2types.SecurityGroupRule) bool { return made["hidden "+*e.SecurityGroupRuleId] })
			return g
		}}
	}},
	{"leaves what it granted when it is refused", "inside, denied", "not as it was", func(r *reconcile.Remediator) {
		made := map[string]bool{}
		r.Groups = twisted{GroupStore: r.Groups, apply: func(apply func(plan.Step) error, s plan.Step) error {
			if s.Op == plan.Revoke {
				made[*s.Before.SecurityGroupRuleId] = true
				return nil
			}
			return apply(s)
		}, read: func(g rules.Group) rules.Group {
			g.Entries = slices.DeleteFunc(slices.Clone(g.Entries), func(e ec2types.SecurityGroupRule) bool { return made[*e.SecurityGroupRuleId] })
			return g
		}}
	}},
	{"takes the before-image again when it is resumed", "several", "before-image", func(r *reconcile.Remediator) {
		r.Ledger = ledger.Ledger{Store: forgetful{r.Ledger.Store}}
	}},
	{"counts a notice as sent though publishing failed", "exact", "notices", func(r *reconcile.Remediator) { r.Publisher = deaf{r.Publisher} }},
	{"tells twice", "exact", "notices", func(r *reconcile.Remediator) { r.Publisher = twice{r.Publisher} }},
}

// forgetful is a ledger that has no remediation's before-image when it is asked for an unfinished one.
type forgetful struct{ ledger.Store }

// Get implements ledger.Store.
func (f forgetful) Get(ctx context.Context, key ledger.Key) (ledger.Doc, error) {
	d, err := f.Store.Get(ctx, key)
	var m ledger.Remediation
	if err != nil || key.Family != "remediation" || json.Unmarshal(d.Body, &m) != nil || !m.Finished.IsZero() {
		return d, err
	}
	m.Resource = ""
	d.Body, err = json.Marshal(m)
	return d, err
}

type deaf struct{ reconcile.Publisher }

// Publish implements reconcile.Publisher.
func (d deaf) Publish(ctx context.Context, n notify.Notice) error {
	_ = d.Publisher.Publish(ctx, n)
	return nil
}

type twice struct{ reconcile.Publisher }

// Publish implements reconcile.Publisher.
func (p twice) Publish(ctx context.Context, n notify.Notice) error {
	if err := p.Publisher.Publish(ctx, n); err != nil {
		return err
	}
	return p.Publisher.Publish(ctx, n)
}

// TestMutations shows that the checks can fail: each wrong remediator is found out by the check that is there for it.
func TestMutations(t *testing.T) {
	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			all := slices.Concat(shapes, refusedShapes)
			k := all[slices.IndexFunc(all, func(k shape) bool { return k.name == m.on })]
			where, runs := hunted(t, k, m)
			if where == "" {
				t.Fatalf("survives %d runs", runs)
			}
			t.Logf("killed by %q: %s, run %d", m.killed, where, runs)
		})
	}
}

// hunted plays a mutation without a fault, then with each, and says where the check that is there for it found it out.
func hunted(t *testing.T, k shape, m mutation) (where string, runs int) {
	guilty := func(a *attempt) bool {
		return slices.ContainsFunc(a.bad, func(bad string) bool { return strings.HasPrefix(bad, m.killed) })
	}
	if runs++; guilty(try(t, k, 0, hazard{}, m.twist)) {
		return "without a fault", runs
	}
	calls := try(t, k, 0, hazard{}, nil).l.calls
	for _, h := range hazards() {
		for at := range calls {
			if !h.befalls(calls[at]) || h.edit != nil && k.refuses != nil {
				continue
			}
			if runs++; guilty(try(t, k, at+1, h, m.twist)) {
				return fmt.Sprintf("%s at %s", h.name, calls[at]), runs
			}
		}
	}
	return "", runs
}
