package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

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

// closing is the change of one group, entry by entry.
type closing struct {
	Remediator
	w     *work
	group rules.Group
	fix   func(rules.Group) rules.Group
	// before are the entries that the group had when its remediation began.
	before []types.SecurityGroupRule
	// refused are entries whose change AWS refuses for good, by id, with the reason; they are left as they were.
	refused map[string]string
	// split is the entry that parts were authorized for and that is not narrowed yet, as it was then; parts are their ids.
	split types.SecurityGroupRule
	parts []string
	// surplus are the ids of parts that are to be taken back.
	surplus []string
	tries   int // in a row in which somebody else was first
	// changes counts those that were made and not taken back; notes say what people should know of them.
	changes int
	notes   []string
}

// closeEntries changes a group until fix would change nothing, one entry and one step at a time. Just before each step the
// group has been read: what others changed meanwhile is planned with, not overwritten.
func (c *closing) closeEntries(ctx context.Context, g rules.Group) (rules.Group, error) {
	g, err := c.settled(ctx, g, plan.Step{}) // the caller's reading is older than the listing of users and the ledger's writes
	for range changesMax {
		if err != nil {
			return g, err
		}
		step, entry, ok := c.takeBack(g)
		if !ok {
			step, entry, ok = c.nextStep(g)
		}
		if !ok {
			return g, nil
		}
		if err := c.held(c.w); err != nil {
			return g, err
		}
		g, err = c.change(ctx, g, step, entry)
	}
	return g, fmt.Errorf("closing %s: still changing after %d steps", g.ID, changesMax)
}

// change makes a step that an entry needs, and reads the group again.
func (c *closing) change(ctx context.Context, g rules.Group, step plan.Step, entry string) (rules.Group, error) {
	log := c.Log.With("resource", g.Ref(), "change", plan.Ingress{Steps: []plan.Step{step}}.String())
	log.InfoContext(ctx, "changing ingress")
	err := c.Groups.Apply(ctx, g.ID, step)
	reason, final := reasonOf(err)
	switch {
	case err == nil:
		log.InfoContext(ctx, "changed ingress")
		now, err := c.settled(ctx, g, step)
		if err == nil {
			c.made(g, now, step, entry)
		}
		return now, err
	case (ec2sg.IsNotFound(err) || ec2sg.IsDuplicate(err)) && c.tries < settleTries: // someone else was first: read and plan once more
		log.InfoContext(ctx, "planning again", "error", err.Error())
		if step.Op == plan.Revoke { // perhaps our own, whose answer was lost: what was granted in its place stays
			c.split, c.parts = types.SecurityGroupRule{}, nil
		}
		if err := c.Wait(ctx, settlePause<<c.tries); err != nil {
			return g, err
		}
		c.tries++
		return c.settled(ctx, g, plan.Step{})
	case ec2sg.IsNotFound(err): // not somebody else, nor a reading that lags: the entry names what is gone
		reason, final = "stale: EC2 does not know what the entry names", true
	}
	if !final {
		return g, err
	}
	log.WarnContext(ctx, "left an entry as it was", "reason", reason, "error", err.Error())
	c.refuse(g, entry, reason)
	return g, nil
}

// made keeps which parts were authorized for which entry, until it is narrowed or revoked.
func (c *closing) made(was, now rules.Group, step plan.Step, entry string) {
	c.tries = 0
	c.changes++
	if slices.Contains(c.surplus, entry) { // taken back
		c.changes -= 2
	}
	if step.Op != plan.Authorize {
		if entry == entryID(c.split) {
			c.split, c.parts = types.SecurityGroupRule{}, nil
		}
		return
	}
	if entry != entryID(c.split) {
		c.split, c.parts = byEntry(was.Entries)[entry], nil
	}
	for _, e := range now.Entries {
		if _, old := byEntry(was.Entries)[entryID(e)]; !old && rules.Allowance(e) == rules.Allowance(*step.After) {
			c.parts = append(c.parts, entryID(e))
		}
	}
}

// takeBack is the step that revokes a part that was authorized for nothing: the entry that it is of cannot be narrowed, or was
// edited or revoked by someone else meanwhile, so that the part would let in what nobody wants to let in.
func (c *closing) takeBack(g rules.Group) (plan.Step, string, bool) {
	now := byEntry(g.Entries)
	is, there := now[entryID(c.split)]
	same := there && rules.Allowance(is) == rules.Allowance(c.split) && deref(is.Description) == deref(c.split.Description)
	if len(c.parts) > 0 && !same {
		c.notes = append(c.notes, "someone else edited or revoked entry "+entryID(c.split)+" meanwhile: what FireWarden had added for it was taken back")
		c.surplus = append(c.surplus, c.parts...)
		c.split, c.parts = types.SecurityGroupRule{}, nil
	}
	for _, id := range c.surplus {
		part, there := now[id]
		if _, no := c.refused[id]; there && !no {
			return plan.Step{Op: plan.Revoke, Before: &part}, id, true
		}
	}
	return plan.Step{}, "", false
}

// refuse leaves an entry as it was, and what was authorized for it is to be taken back: in this run, or in one that died. Of the
// latter is what was not there before and is a part of this entry and no other.
func (c *closing) refuse(g rules.Group, entry, reason string) {
	c.refused[entry] = reason
	old := byEntry(c.before)
	of, known := old[entry]
	if entry == entryID(c.split) {
		c.surplus = append(c.surplus, c.parts...)
		c.split, c.parts = types.SecurityGroupRule{}, nil
	}
	if !known {
		return
	}
	mine, others := c.partsOf(of), map[string]bool{}
	for id, other := range old {
		if id != entry {
			maps.Copy(others, c.partsOf(other))
		}
	}
	for _, e := range g.Entries {
		allows := rules.Allowance(e)
		if _, was := old[entryID(e)]; !was && mine[allows] && !others[allows] && deref(e.Description) == deref(of.Description) {
			c.surplus = append(c.surplus, entryID(e))
		}
	}
}

// partsOf are the allowances of what an entry is to become.
func (c *closing) partsOf(e types.SecurityGroupRule) map[string]bool {
	parts := map[string]bool{}
	for _, part := range c.fix(rules.Group{ID: c.group.ID, Users: c.group.Users, Entries: []types.SecurityGroupRule{e}}).Entries {
		parts[rules.Allowance(part)] = true
	}
	return parts
}

// nextStep is the first step of the first entry that has one and was not refused.
func (c *closing) nextStep(g rules.Group) (plan.Step, string, bool) {
	for _, e := range g.Entries {
		if _, no := c.refused[entryID(e)]; no {
			continue
		}
		if p := plan.Entry(g, e, c.fix); !p.Empty() {
			return p.Steps[0], entryID(e), true
		}
	}
	return plan.Step{}, "", false
}

// settled reads a group until a step shows in it: EC2 is eventually consistent. A step without an operation shows at once.
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
