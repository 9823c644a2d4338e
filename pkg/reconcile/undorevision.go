package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ledger"
)

var errNothingRegistered = errors.New("it registered nothing, so that nothing is to be undone")

// planDeregister undoes a corrected revision by deregistering it, while it is the family's latest, nothing uses it, and the one that
// it was made from can take its place.
func (r Remediator) planDeregister(ctx context.Context, m ledger.Remediation, family string) (Undo, error) {
	ours, old, err := revisionsOf(m)
	if err != nil {
		return Undo{}, err
	}
	u := Undo{Remediation: m, Deregister: ours, Latest: lastPart(old)}
	if !m.Undoing.IsZero() { // begun: what is deregistered already only has to be recorded
		if active, err := r.isActive(ctx, ours); err != nil || !active {
			return u, err
		}
	}
	latest, err := r.Tasks.Describe(ctx, family)
	switch {
	case ecstask.IsNotFound(err) || err == nil && deref(latest.Task.TaskDefinitionArn) != ours:
		return Undo{}, fmt.Errorf("%s is not the latest revision of %s any more; whoever wants %s names it, or registers it again", lastPart(ours), family, lastPart(old))
	case err != nil:
		return Undo{}, err
	}
	switch active, err := r.isActive(ctx, old); {
	case err != nil:
		return Undo{}, err
	case !active:
		return Undo{}, fmt.Errorf("%s is not active any more, and cannot be made so: register it again, from the before-image that 'firewarden remediations show --reveal --format json' prints", lastPart(old))
	}
	return u, r.unused(ctx, family, ours, old)
}

// revisionsOf are the ARNs of the revision that a remediation registered and of the one that it was made from.
func revisionsOf(m ledger.Remediation) (ours, old string, err error) {
	if len(m.After) == 0 {
		return "", "", errNothingRegistered
	}
	var before, after image
	if err := json.Unmarshal(m.Before, &before); err != nil {
		return "", "", fmt.Errorf("reading its before-image: %w", err)
	}
	if err := json.Unmarshal(m.After, &after); err != nil {
		return "", "", fmt.Errorf("reading its after-image: %w", err)
	}
	if after.Task.TaskDefinitionArn == nil {
		return "", "", errNothingRegistered
	}
	return *after.Task.TaskDefinitionArn, deref(before.Task.TaskDefinitionArn), nil
}

// isActive says whether a revision, by its ARN, is there and ACTIVE.
func (r Remediator) isActive(ctx context.Context, arn string) (bool, error) {
	d, err := r.Tasks.Describe(ctx, arn)
	if ecstask.IsNotFound(err) {
		return false, nil
	}
	return d.Task.Status == ecstypes.TaskDefinitionStatusActive, err
}

// unused refuses where something runs a revision, with what to do first.
func (r Remediator) unused(ctx context.Context, family, ours, old string) error {
	s, err := r.runnersOf(ctx, family)
	if err != nil {
		return fmt.Errorf("finding who uses %s: %w", family, err)
	}
	users := s.Runs(family)[ours]
	slices.Sort(users)
	if len(users) == 0 {
		return nil
	}
	return fmt.Errorf("%s is in use by %s: move it first%s", lastPart(ours), some(users), r.commands(users, lastPart(old)))
}

// commands are what moves services to a revision, one a line.
func (s Stack) commands(users []string, revision string) string {
	var b strings.Builder
	for _, user := range users {
		if strings.HasPrefix(user, "service ") {
			b.WriteString("\n  " + s.moving(user, revision))
		}
	}
	return b.String()
}

// moving is the command that moves "service cluster/name" to a revision.
func (s Stack) moving(user, revision string) string {
	cluster, service, _ := strings.Cut(strings.TrimPrefix(user, "service "), "/")
	return fmt.Sprintf("aws ecs update-service --cluster %s --service %s --task-definition %s --region %s", cluster, service, revision, s.Region)
}

// takeBack deregisters the corrected revision. The hold is written already, so that the revision which comes to light is left alone.
func (r Remediator) takeBack(ctx context.Context, w *work, u Undo) error {
	if err := r.held(w); err != nil {
		return err
	}
	active, err := r.isActive(ctx, u.Deregister)
	if err == nil && active {
		err = r.Tasks.Deregister(ctx, u.Deregister)
	}
	if err != nil {
		return err
	}
	w.known.Rollout = nil
	if err := r.Ledger.PutResource(ctx, &w.known, &w.lease); err != nil {
		return err
	}
	m := u.Remediation
	m.Undone = r.Now()
	return r.Ledger.PutRemediation(ctx, &m, &w.lease)
}

// lastPart is what follows the last slash of an ARN or a reference.
func lastPart(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }
