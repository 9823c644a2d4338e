package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

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
	active, err := r.isActive(ctx, o.From)
	if err != nil || !active || deref(o.latest.Task.TaskDefinitionArn) == o.From {
		return err
	}
	name := lastPart(o.From)
	if err := r.pace(ctx); err != nil {
		return fmt.Errorf("waiting to deregister %s: %w", name, err)
	}
	if used, err := r.usedNow(ctx, w, o.From); used || err != nil {
		return err
	}
	if err := r.held(w); err != nil {
		return err
	}
	r.Log.InfoContext(ctx, "deregistering the revision that was corrected", "resource", w.known.Ref, "revision", name)
	err = r.Tasks.Deregister(ctx, o.From)
	if reason, final := reasonOf(err); final {
		o.m.Notes = append(o.m.Notes, name+" could not be deregistered: "+reason)
		return nil
	}
	if err == nil {
		o.m.Notes = append(o.m.Notes, name+" is deregistered: nothing ran it any more; register it again to have it back")
	}
	return err
}

// runners reads who runs a family, by its resource's name. Its error is errTooLarge where there was not time enough.
func (r Remediator) runners(ctx context.Context, ref string) (inventory.Snapshot, error) {
	_, family, _ := strings.Cut(ref, "/")
	s, err := r.runnersOf(ctx, family)
	if err != nil {
		err = fmt.Errorf("finding who uses %s: %w", ref, err)
	}
	return s, err
}

// runnersOf reads the services of a family that the ledger's index names, as they are now, and all of its tasks with theirs. Until a
// sweep has completed the index, it lists the account.
func (r Remediator) runnersOf(ctx context.Context, family string) (inventory.Snapshot, error) {
	complete, err := r.Ledger.Indexed(ctx)
	if err != nil {
		return inventory.Snapshot{}, err
	}
	if !complete {
		return r.Inventory.Snapshot(ctx)
	}
	users, err := r.Ledger.Runs(ctx, family)
	if err != nil {
		return inventory.Snapshot{}, err
	}
	var services, scheduled []string
	for _, u := range users {
		switch {
		case u.By == "service":
			sees(&services, u.Name)
		case u.Cluster == inventory.Scheduled:
			sees(&scheduled, u.Key)
		}
	}
	return r.Inventory.Family(ctx, family, services, scheduled)
}

// usedNow says whether something runs or starts a revision, as it is at this moment: what the batch has listed may be older than what
// was created since. Where FireWarden may not read what starts tasks, or there is too much of it for the time that a function has, something may.
func (r Remediator) usedNow(ctx context.Context, w *work, arn string) (bool, error) {
	if o, ok := r.Inventory.(*once); ok {
		o.renew()
	}
	var s, started inventory.Snapshot
	err := inTime(ctx, errTooLarge, func(ctx context.Context) (err error) {
		if s, err = r.runners(ctx, w.known.Ref); err == nil {
			started, err = r.Inventory.Started(ctx)
		}
		return err
	})
	switch {
	case inventory.IsUnanswered(err), errors.Is(err, errTooLarge):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("finding who runs or starts %s: %w", w.known.Ref, err)
	}
	family := familyOf(lastPart(arn))
	return len(s.Runs(family)[arn])+len(started.Runs(family)[arn]) > 0, nil
}

// recount reads again who runs what, once no deployment is under way: only that tells that the revision runs nowhere any more.
func (r Remediator) recount(ctx context.Context, w *work, o rolling) error {
	s, err := r.runners(ctx, w.known.Ref)
	if err != nil {
		return err
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
			case bad && strings.HasPrefix(user, "task "):
				found[tasksLeft] = plan.Move{State: plan.Left}
			case bad:
				found[user] = plan.Move{State: plan.Left}
			}
		}
	}
	return found, nil
}
