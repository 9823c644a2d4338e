package reconcile

import (
	"context"
	"slices"
	"strings"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// startsRef is the ledger's document about what starts tasks and may not be read, which is no resource with findings.
const startsRef = "account/starts"

// eventRules lists the event buses and sends the listing of each, or lists what the rules of one start.
func (p *part) eventRules(ctx context.Context) error {
	if p.Bus != "" {
		return p.starts(ctx, func(ctx context.Context, clusters []string) (inventory.Piece, error) {
			return p.Sweeper.Lister.Rules(ctx, p.Bus, p.Token, clusters)
		})
	}
	buses, err := p.Sweeper.Lister.Buses(ctx)
	for _, bus := range buses {
		p.sends = append(p.sends, trigger.Part{Step: p.Step, Bus: bus})
	}
	return p.answered(ctx, err)
}

func (p *part) schedules(ctx context.Context, clusters []string) (inventory.Piece, error) {
	return p.Sweeper.Lister.Schedules(ctx, p.Token, clusters)
}

// starts lists what starts tasks in the account's clusters from the part's token on, and brings the index up to date with it.
func (p *part) starts(ctx context.Context, list func(ctx context.Context, clusters []string) (inventory.Piece, error)) error {
	clusters, err := p.Ledger.Clusters(ctx)
	if err != nil {
		return err
	}
	rest := p.Part
	p.Cluster, p.seen.Cluster = inventory.Scheduled, inventory.Scheduled
	return p.pages(ctx, rest, func(ctx context.Context) (next string, err error) {
		found, err := list(ctx, clusters)
		if err := p.answered(ctx, err); err != nil {
			return "", err
		}
		p.looked.Scheduled += len(found.Placed)
		if err := p.place(ctx, p.await(found.Placed)); err != nil {
			return "", err
		}
		if p.seen.Size() > mostSeen { // who may make rules is not to end sweeps by it
			p.seen = ledger.Seen{Cluster: p.Cluster}
			p.unlist(ctx, "its names are too long, and too many, to be kept")
		}
		return found.Next, nil
	})
}

// await puts aside what starts the latest revision of a family, and returns the others.
func (p *part) await(placed []inventory.Placed) []inventory.Placed {
	var others []inventory.Placed
	for _, at := range placed {
		if !slices.ContainsFunc(at.Runs, func(r inventory.Run) bool { return isFamily(r.Revision) }) {
			others = append(others, at)
			continue
		}
		w := ledger.Waiting{Key: at.Key, Place: ledger.Place{By: at.By, Name: at.Name}}
		for _, r := range at.Runs {
			w.Runs = append(w.Runs, ledger.Run{Revision: r.Revision, Groups: r.Groups})
		}
		p.seen.Waiting = append(p.seen.Waiting, w)
		p.seen.Places = append(p.seen.Places, at.Key)
	}
	return others
}

// isFamily says whether a run names a family ("web"), not one of its revisions ("web:3").
func isFamily(revision string) bool { return !strings.Contains(revision, ":") }

// settle brings the index up to date with what starts the latest revisions of families, which are all listed now. One of a family without
// an active revision starts nothing.
func (p *part) settle(ctx context.Context, s listing) error {
	latest := map[string]string{}
	for revision := range s.latest {
		latest[familyOf(revision)] = revision
	}
	var placed []inventory.Placed
	for _, w := range s.waiting {
		at := inventory.Placed{By: w.By, Name: w.Name, Cluster: inventory.Scheduled, Key: w.Key}
		for _, r := range w.Runs {
			if isFamily(r.Revision) {
				r.Revision = latest[r.Revision]
			}
			if r.Revision != "" {
				at.Add(r.Revision, r.Groups)
			}
		}
		placed = append(placed, at)
	}
	p.Cluster, p.seen.Cluster = inventory.Scheduled, inventory.Scheduled
	err := p.place(ctx, placed)
	for _, revision := range p.seen.Revisions {
		if !s.inUse[revision] {
			p.looked.Revisions++
		}
	}
	add(s.groups, p.seen.Groups)
	add(s.inUse, p.seen.Revisions)
	p.seen = ledger.Seen{} // the parts that listed have it, each as much as a document holds
	return err
}

// answered takes what may not be read for no error: the sweep goes on without, and what the index knew of it stays.
func (p *part) answered(ctx context.Context, err error) error {
	if !inventory.IsUnanswered(err) {
		return err
	}
	p.unlist(ctx, err.Error())
	return nil
}

// mostSeen is how many bytes of names fit into a part's document, whatever else is in it.
const mostSeen = 360_000

// unlist keeps that the sweep does not know all of what starts tasks.
func (p *part) unlist(ctx context.Context, why string) {
	p.Log.WarnContext(ctx, "not all is known that starts tasks", "step", p.Step, "bus", p.Bus, "error", why)
	switch {
	case p.Step == trigger.StepSchedules:
		p.seen.Unlisted = "schedules"
	case p.Bus != "":
		p.seen.Unlisted = "rules of event bus " + p.Bus
	default:
		p.seen.Unlisted = "rules of EventBridge"
	}
}

// tellOfStarts tells once what of that which starts tasks may not be read, and once more when all of it may again.
func (p *part) tellOfStarts(ctx context.Context, unlisted map[string]bool) error {
	if len(unlisted) > 0 {
		return p.tellOnce(ctx, startsRef, ledger.Blocked, "not all tasks are known that these start: "+strings.Join(sortedSet(unlisted, nil), ", ")+
			": access denied, not there in this Region, or too large", p.ev.Origin)
	}
	known, err := p.Ledger.Resource(ctx, startsRef)
	if err != nil || known.Told == "" {
		return err
	}
	return p.tellOnce(ctx, startsRef, ledger.Resolved, "all tasks are known that schedules and rules of EventBridge start", p.ev.Origin)
}

// latestOf is what runs at a place that was read by itself, families as their latest active revisions; one without any starts nothing.
func (u usage) latestOf(ctx context.Context, at inventory.Placed) ([]inventory.Run, error) {
	var now inventory.Placed
	for _, r := range at.Runs {
		if isFamily(r.Revision) {
			d, err := u.Tasks.Describe(ctx, r.Revision)
			switch {
			case ecstask.IsNotFound(err):
				continue
			case err != nil:
				return nil, err
			}
			r.Revision = d.Name()
		}
		now.Add(r.Revision, r.Groups)
	}
	return now.Runs, nil
}
