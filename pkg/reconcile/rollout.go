package reconcile

import (
	"context"
	"maps"
	"slices"
	"strings"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

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
	if !o.any(plan.MoveState.Unfinished) {
		if err := r.recount(ctx, w, o); err != nil {
			return err
		}
	}
	outcome, reason := o.standing()
	if outcome == ledger.Remediated {
		if err := r.deregister(ctx, w, o); err != nil {
			return err
		}
		w.known.Rollout = nil
	}
	for _, fp := range o.m.Findings {
		if f := w.known.Findings[fp]; f.Remediation == o.m.ID && f.State.Mended() {
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

// advance looks at each service and makes the calls that are due.
func (r Remediator) advance(ctx context.Context, w *work, o rolling) error {
	for _, user := range slices.Sorted(maps.Keys(o.Moves)) {
		name, ok := strings.CutPrefix(user, "service ")
		if !ok || o.Moves[user].State == plan.Gone {
			continue
		}
		s, err := r.Services.Service(ctx, name)
		if err != nil {
			return err
		}
		next, err := r.next(ctx, w, o, s, o.Moves[user])
		if err != nil {
			return err
		}
		busy := o.any(func(s plan.MoveState) bool { return s == plan.Moving || s == plan.Returning })
		o.Moves[user] = next
		ahead := o.any(func(s plan.MoveState) bool { return s == plan.Moved })
		switch {
		case next.State == plan.Due && (ahead || !busy):
			err = r.move(ctx, w, o, user, o.To)
		case next.State == plan.Returning:
			err = r.move(ctx, w, o, user, o.From)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// next is where a service stands, and whether FireWarden may go on with it.
func (r Remediator) next(ctx context.Context, w *work, o rolling, s ecstypes.Service, was plan.Move) (plan.Move, error) {
	bad, err := r.runsBad(ctx, o, s)
	if err != nil {
		return was, err
	}
	next := o.Next(s, was, r.Now())
	switch {
	case next.State != plan.Gone && !bad:
		next.State, next.Why = plan.Moved, ""
	case next.State == plan.Returning && !r.rolls(o.latest): // a deployment that somebody else began
		next.State = plan.Left
	case next.State == plan.Due || next.State == plan.Waiting:
		if why := r.leave(w, o); why != "" {
			next.State, next.Why = plan.Left, why
		}
	}
	return next, nil
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
	case o.any(func(s plan.MoveState) bool { return s == plan.Failed }):
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
	case err != nil && final:
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

// any says whether some move is in such a state.
func (o rolling) any(is func(plan.MoveState) bool) bool {
	for _, m := range o.Moves {
		if is(m.State) {
			return true
		}
	}
	return false
}
