package reconcile

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
)

// rolling is a rollout at work.
type rolling struct {
	*plan.Rollout
	m *ledger.Remediation
	// latest is the family's latest revision, without an ARN where it has none.
	latest rules.Definition
	// judged are the revisions looked at, by ARN: whether they have what the remediation mends.
	judged map[string]bool
}

// rollOut takes a corrected revision as far as it comes now to those who run the one that it was made from, and records what came
// of it. It is right to call again at any time: where each stands is read from ECS. A first service goes ahead; the others follow
// once it has arrived.
func (r Remediator) rollOut(ctx context.Context, w *work, o rolling) error {
	if err := r.advance(ctx, w, o); err != nil {
		return err
	}
	outcome, reason := o.standing()
	if outcome != ledger.RollingOut {
		if err := r.recount(ctx, w, o); err != nil {
			return err
		}
		outcome, reason = o.standing()
	}
	if outcome == ledger.Remediated {
		if err := r.deregister(ctx, w, o); err != nil {
			return err
		}
		w.known.Rollout = nil
	}
	for _, fp := range o.m.Findings {
		if w.known.Findings[fp].Remediation == o.m.ID {
			w.known.Settle([]string{fp}, outcome, reason, o.m, r.Now())
		}
	}
	o.m.Outcome, o.m.Reason = outcome, reason
	if err := r.Ledger.PutRemediation(ctx, o.m, &w.lease); err != nil {
		return err
	}
	return r.Ledger.PutResource(ctx, &w.known, &w.lease)
}

// follow goes on with a rollout that an earlier event began.
func (r Remediator) follow(ctx context.Context, w *work, latest rules.Definition) error {
	m, err := r.Ledger.Remediation(ctx, w.known.Rollout.Remediation)
	if err != nil {
		return err
	}
	return r.rollOut(ctx, w, rolling{w.known.Rollout, &m, latest, map[string]bool{}})
}

// advance looks at each service, and then makes the calls that are due: by where all of them stand, whichever comes first by name.
func (r Remediator) advance(ctx context.Context, w *work, o rolling) error {
	for _, user := range slices.Sorted(maps.Keys(o.Moves)) {
		if err := r.look(ctx, o, user); err != nil {
			return err
		}
	}
	for _, user := range o.in(plan.Returning) {
		if err := r.move(ctx, w, o, user, o.From); err != nil {
			return err
		}
	}
	for _, user := range o.in(plan.Due, plan.Waiting) {
		if why := r.leave(w, o); why != "" {
			o.Moves[user] = plan.Move{State: plan.Left, Why: why}
			continue
		}
		ahead, busy := len(o.in(plan.Moved)) > 0, len(o.in(plan.Moving, plan.Returning)) > 0
		if o.Moves[user].State == plan.Waiting || busy && !ahead {
			continue
		}
		if err := r.move(ctx, w, o, user, o.To); err != nil {
			return err
		}
	}
	return nil
}

// look is where a service stands now; tasks that stand alone are counted and not looked at.
func (r Remediator) look(ctx context.Context, o rolling, user string) error {
	name, ok := strings.CutPrefix(user, "service ")
	if !ok {
		return nil
	}
	s, err := r.Services.Service(ctx, name)
	if err != nil {
		return err
	}
	bad, err := r.runsBad(ctx, o, s)
	if err != nil {
		return err
	}
	next := o.Next(s, o.Moves[user], r.Now())
	switch {
	case next.State != plan.Gone && !bad:
		next.State, next.Why = plan.Moved, ""
	case next.State == plan.Returning && !r.rolls(o.latest): // a deployment that somebody else began
		next.State = plan.Left
	}
	o.Moves[user] = next
	return nil
}

// leave says why services that have not been moved yet are left alone; "" where they are to be moved.
func (r Remediator) leave(w *work, o rolling) string {
	now := r.Now()
	latest := deref(o.latest.Task.TaskDefinitionArn)
	switch {
	case !r.rolls(o.latest):
		return notAsked
	case latest == "":
		return "the corrected revision is not active any more"
	case latest != o.To:
		return "the family has a newer revision, " + o.latest.Name()
	case len(o.in(plan.Failed)) > 0:
		return "another service could not be moved"
	case slices.ContainsFunc(o.m.Rules, func(rule string) bool { _, held := w.known.Held(rule, now); return held }):
		return "a remediation of it was undone"
	}
	return ""
}

// notAsked is why services are left alone where nobody asked for a rollout.
const notAsked = "the policy moves no services"

// rolls says whether corrected revisions of the definition are to be rolled out: by the policy, or by the definition's tag where
// the policy heeds it.
func (r Remediator) rolls(d rules.Definition) bool {
	tag := ""
	for _, t := range d.Tags {
		if deref(t.Key) == policy.RolloutTag {
			tag = deref(t.Value)
		}
	}
	return r.Policy.Cap == rules.Remediate && r.Policy.RolloutOf(tag) == policy.RolloutUpdateService
}

// move asks ECS for a deployment.
func (r Remediator) move(ctx context.Context, w *work, o rolling, user, to string) error {
	if err := r.Ledger.PutResource(ctx, &w.known, &w.lease); err != nil { // why it goes back, and its deployment
		return err
	}
	if err := r.held(w); err != nil {
		return err
	}
	name := strings.TrimPrefix(user, "service ")
	r.Log.InfoContext(ctx, "moving a service", "resource", w.known.Ref, "service", name, "definition", to)
	s, err := r.Services.Move(ctx, name, to)
	reason, final := reasonOf(err)
	switch {
	case ecstask.IsServiceGone(err):
		o.Moves[user] = plan.Move{State: plan.Gone}
	case final:
		r.Log.WarnContext(ctx, "could not move a service", "resource", w.known.Ref, "service", name, "error", err.Error())
		o.Moves[user] = plan.Move{State: plan.Left, Why: reason, Deployment: o.Moves[user].Deployment}
	case err != nil:
		return err
	default:
		r.Log.InfoContext(ctx, "moved a service", "resource", w.known.Ref, "service", name, "definition", to)
		o.Moves[user] = o.Next(s, o.Moves[user], r.Now())
	}
	return r.Ledger.PutResource(ctx, &w.known, &w.lease)
}

// in are those who stand in one of these states, by name.
func (o rolling) in(states ...plan.MoveState) []string {
	var users []string
	for _, user := range slices.Sorted(maps.Keys(o.Moves)) {
		if slices.Contains(states, o.Moves[user].State) {
			users = append(users, user)
		}
	}
	return users
}
