package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

const (
	// changesMax bounds the changes of one run: 60 entries (the default quota) at two steps each, and room for other people's.
	changesMax = 200
	// settleTries and settlePause bound the wait for a change to show: 0.1 s, doubled each time, 6 s in all.
	settleTries = 7
	settlePause = 100 * time.Millisecond
)

// closeEntries changes a group until fix would change nothing, one entry and one step at a time. Before each step the group
// has been read again: what others changed meanwhile is planned with, not overwritten. Entries whose change AWS refuses for
// good are left as they were, by id, with the reason.
func (r Remediator) closeEntries(ctx context.Context, w *work, g rules.Group, fix func(rules.Group) rules.Group) (rules.Group, map[string]string, error) {
	refused := map[string]string{}
	for range changesMax {
		step, entry, ok := nextStep(g, fix, refused)
		if !ok {
			return g, refused, nil
		}
		if err := r.held(w); err != nil {
			return g, refused, err
		}
		log := r.Log.With("resource", g.Ref(), "change", plan.Ingress{Steps: []plan.Step{step}}.String())
		log.InfoContext(ctx, "changing ingress")
		err := r.Groups.Apply(ctx, g.ID, step)
		reason, final := reasonOf(err)
		switch {
		case err == nil:
			log.InfoContext(ctx, "changed ingress")
			g, err = r.settled(ctx, g, step)
		case ec2sg.IsNotFound(err), ec2sg.IsDuplicate(err): // someone else was first: read and plan once more
			log.InfoContext(ctx, "planning again", "error", err.Error())
			g, err = r.settled(ctx, g, plan.Step{})
		case final:
			log.WarnContext(ctx, "left an entry as it was", "reason", reason, "error", err.Error())
			refused[entry], err = reason, nil
		}
		if err != nil {
			return g, refused, err
		}
	}
	return g, refused, fmt.Errorf("closing %s: still changing after %d steps", g.ID, changesMax)
}

// nextStep is the first step of the first entry that has one and was not refused.
func nextStep(g rules.Group, fix func(rules.Group) rules.Group, refused map[string]string) (plan.Step, string, bool) {
	for _, e := range g.Entries {
		if _, no := refused[entryID(e)]; no {
			continue
		}
		if p := plan.Entry(g, e, fix); !p.Empty() {
			return p.Steps[0], entryID(e), true
		}
	}
	return plan.Step{}, "", false
}

// settled reads a group until a step shows in it: EC2 is eventually consistent.
func (r Remediator) settled(ctx context.Context, g rules.Group, step plan.Step) (rules.Group, error) {
	pause := settlePause
	for range settleTries {
		now, err := r.Groups.Group(ctx, g.ID)
		if err != nil {
			return g, fmt.Errorf("verifying %s: %w", g.ID, err)
		}
		now.Users = g.Users
		if step.Op == "" || ec2sg.Shows(now, step) {
			return now, nil
		}
		if err := r.Wait(ctx, pause); err != nil {
			return g, err
		}
		pause *= 2
	}
	return g, fmt.Errorf("verifying %s: the change does not show yet", g.ID)
}
