package reconcile

import (
	"context"
	"fmt"
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

// runsBad says whether a service runs, or would run, a revision with what the remediation mends.
func (r Remediator) runsBad(ctx context.Context, o rolling, s ecstypes.Service) (bool, error) {
	arns := []string{deref(s.TaskDefinition)}
	for _, d := range s.Deployments {
		arns = append(arns, deref(d.TaskDefinition))
	}
	for _, t := range s.TaskSets {
		arns = append(arns, deref(t.TaskDefinition))
	}
	for _, arn := range arns {
		if bad, err := r.isBad(ctx, o, arn); bad || err != nil {
			return bad, err
		}
	}
	return false, nil
}

// isBad says whether a revision has what the remediation mends. Each is described once; one that is gone has not.
func (r Remediator) isBad(ctx context.Context, o rolling, arn string) (bool, error) {
	bad, known := o.judged[arn]
	switch {
	case arn == "" || arn == o.To:
		return false, nil
	case arn == o.From:
		return true, nil
	case known:
		return bad, nil
	}
	d, err := r.Tasks.Describe(ctx, arn)
	if err != nil && !ecstask.IsNotFound(err) {
		return false, err
	}
	for _, f := range rules.Evaluate(r.active(), d, r.params()) {
		bad = bad || f.Status == rules.Noncompliant && slices.Contains(o.m.Findings, f.Fingerprint())
	}
	o.judged[arn] = bad
	return bad, nil
}

// deregister makes the revision that was corrected INACTIVE, where the policy asks for it. Nothing runs it then. It is done once:
// a revision that is INACTIVE already is left.
func (r Remediator) deregister(ctx context.Context, w *work, o rolling) error {
	if !r.Policy.DeregisterCorrected || r.Policy.Cap != rules.Remediate {
		return nil
	}
	d, err := r.Tasks.Describe(ctx, o.From)
	if err != nil || d.Task.Status != ecstypes.TaskDefinitionStatusActive || deref(o.latest.Task.TaskDefinitionArn) == o.From {
		if ecstask.IsNotFound(err) {
			return nil
		}
		return err
	}
	if err := r.pace(ctx); err != nil {
		return fmt.Errorf("waiting to deregister %s: %w", d.Name(), err)
	}
	if used, err := r.usedNow(ctx, w, o.From); used || err != nil {
		return err
	}
	if err := r.held(w); err != nil {
		return err
	}
	r.Log.InfoContext(ctx, "deregistering the revision that was corrected", "resource", w.known.Ref, "revision", d.Name())
	err = r.Tasks.Deregister(ctx, o.From)
	if reason, final := reasonOf(err); err != nil && final {
		o.m.Notes = append(o.m.Notes, d.Name()+" could not be deregistered: "+reason)
		return nil
	}
	if err == nil {
		o.m.Notes = append(o.m.Notes, d.Name()+" is deregistered: nothing ran it any more; register it again to have it back")
	}
	return err
}

// usedNow says whether something runs a revision, by a listing of this moment: the batch's own may be older than what was created
// since.
func (r Remediator) usedNow(ctx context.Context, w *work, arn string) (bool, error) {
	if o, ok := r.Inventory.(*once); ok {
		o.renew()
	}
	s, err := r.Inventory.Snapshot(ctx)
	if err != nil {
		return false, fmt.Errorf("finding who uses %s: %w", w.known.Ref, err)
	}
	_, family, _ := strings.Cut(w.known.Ref, "/")
	return len(s.Runs(family)[arn]) > 0, nil
}

// recount lists again who runs what, once no deployment is under way: only that tells that the revision runs nowhere any more.
func (r Remediator) recount(ctx context.Context, w *work, o rolling) error {
	s, err := r.Inventory.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("finding who uses %s: %w", w.known.Ref, err)
	}
	_, family, _ := strings.Cut(w.known.Ref, "/")
	found, err := r.moves(ctx, o, s.Runs(family))
	if err != nil {
		return err
	}
	fresh := false
	for user, m := range found {
		if _, known := o.Moves[user]; !known {
			o.Moves[user] = m
			fresh = true
		}
	}
	for user := range o.Moves {
		if _, there := found[user]; !there && !strings.HasPrefix(user, "service ") {
			delete(o.Moves, user)
		}
	}
	if fresh {
		return r.advance(ctx, w, o)
	}
	return nil
}

// moves are who runs a revision with what the remediation mends.
func (r Remediator) moves(ctx context.Context, o rolling, u uses) (map[string]plan.Move, error) {
	found := map[string]plan.Move{}
	for arn, users := range u {
		bad, err := r.isBad(ctx, o, arn)
		if err != nil {
			return nil, err
		}
		for _, user := range users {
			switch {
			case bad && strings.HasPrefix(user, "service "):
				found[user] = plan.Move{State: plan.Left}
			case bad:
				found[tasksLeft] = plan.Move{State: plan.Left}
			}
		}
	}
	return found, nil
}

// rolloutNotes say of each who still runs what was corrected why it was left, and how to move it.
func rolloutNotes(o *plan.Rollout, remediation string) []string {
	if o == nil || o.Remediation != remediation {
		return nil
	}
	var notes []string
	for _, user := range slices.Sorted(maps.Keys(o.Moves)) {
		m := o.Moves[user]
		name, service := strings.CutPrefix(user, "service ")
		cluster, short, _ := strings.Cut(name, "/")
		switch {
		case m.State == plan.Left && service && m.Why == notAsked:
			notes = append(notes, fmt.Sprintf("to move %s: aws ecs update-service --cluster %s --service %s --task-definition %s", user, cluster, short, lastPart(o.To)))
		case m.State == plan.Left && service:
			notes = append(notes, user+" was left as it is: "+m.Why)
		case m.State == plan.Left:
			notes = append(notes, user+" run on until they stop")
		case m.State == plan.Failed:
			notes = append(notes, fmt.Sprintf("the deployment of %s failed, and it runs %s again: %s", user, lastPart(o.From), m.Why))
		}
	}
	return notes
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

// standing is the outcome as far as the rollout has come, with its reason. The reason stays the same while deployments go on, so
// that people are told once.
func (o rolling) standing() (ledger.Status, string) {
	var failed, moving, left []string
	unfinished := false
	for _, user := range slices.Sorted(maps.Keys(o.Moves)) {
		switch m := o.Moves[user]; {
		case m.State == plan.Failed:
			failed = append(failed, user)
		case m.State == plan.Left:
			left = append(left, user)
		case m.State != plan.Gone:
			moving = append(moving, user)
			unfinished = unfinished || m.State.Unfinished()
		}
	}
	switch {
	case unfinished:
		return ledger.RollingOut, o.String() + ": " + some(moving)
	case len(failed) > 0:
		return ledger.RolloutFailed, some(failed) + ": " + o.Moves[failed[0]].Why
	case len(left) > 0:
		return ledger.Corrected, "not rolled out: " + some(left)
	}
	return ledger.Remediated, ""
}

// tasksLeft stands for all tasks that are no service's: they come and go, and each would be told of.
const tasksLeft = "tasks that stand alone"

// some names a few of many.
func some(names []string) string {
	if more := len(names) - namedMax; more > 0 {
		names = append(slices.Clone(names[:namedMax]), fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

// namedMax is how many users of a definition a reason names.
const namedMax = 5
