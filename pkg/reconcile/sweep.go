package reconcile

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/pace"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// How much a part does. A function may run for a minute, and what it has not counted by then is done again.
const (
	// partTime is how long a part goes on with a listing; that of the definitions, where each page needs the one before and which is
	// the longest of all, goes on for longer.
	partTime        = 20 * time.Second
	definitionsTime = 35 * time.Second
	// seenSize is how many bytes of names a part has seen at most before it ends: a document of DynamoDB holds 400 KB, and a page adds
	// 60 KB at most.
	seenSize = 200_000
	// definitionsAPart is how many latest revisions a part judges, revisionsAPart how many others, groupsAPart how many groups: as
	// many as one filter takes.
	definitionsAPart = 50
	revisionsAPart   = 200
	groupsAPart      = 200
)

// part is a part of a sweep at work: what it lists, sends on and looks at.
type part struct {
	Auditor
	trigger.Part
	ev     trigger.Event
	until  time.Time
	sends  []trigger.Part
	seen   ledger.Seen
	looked ledger.Looked
	// facts are those of the revisions that the part has met, wrong those of its own with findings.
	facts      map[string]ledger.Facts
	wrong      []string
	completing sync.Mutex
}

// shard does a part of a sweep: lists, judges, sends further parts, and counts it as done, in this order, so that after a death at
// any call its next delivery does all of it once more. One that is counted already is not done again.
func (a Auditor) shard(ctx context.Context, ev trigger.Event) error {
	sweep, err := a.Ledger.Sweep(ctx, ev.SweepID)
	if err != nil {
		return err
	}
	id := ev.Part.ID()
	if _, done := sweep.Parts[id]; done {
		return a.Sweeper.done(ctx, ev.SweepID, ledger.PartDone{ID: id})
	}
	if sweep.ID == "" || !sweep.Finished.IsZero() {
		a.Log.WarnContext(ctx, "ignored a part of a sweep that is not under way", "sweep", ev.SweepID)
		return nil
	}
	ctx = pace.Sweeping(ctx, float64(a.Policy.SweepPercent)/100)
	if once, ok := a.Tasks.(*Remembered); ok { // a part may meet more than its memory holds, and the ledger knows what was described
		a.Tasks = once.TaskReader
	}
	p := &part{Auditor: a, Part: ev.Part, ev: ev, until: a.Now().Add(partTime), facts: map[string]ledger.Facts{}}
	if err := p.do(ctx, sweep); err != nil {
		return fmt.Errorf("sweeping, step %s: %w", p.Step, err)
	}
	if err := a.Ledger.PutSeen(ctx, sweep.ID, id, p.seen, a.Now()); err != nil {
		return err
	}
	if err := a.Sweeper.send(ctx, sweep.ID, p.sends...); err != nil {
		return err
	}
	a.Log.InfoContext(ctx, "did a part of a sweep", "sweep", sweep.ID, "step", p.Step, "sent", len(p.sends), "looked", p.looked)
	return a.Sweeper.done(ctx, sweep.ID, ledger.PartDone{ID: id, Sent: ids(p.sends), Looked: p.looked})
}

func (p *part) do(ctx context.Context, sweep ledger.Sweep) error {
	switch p.Step {
	case trigger.StepAccount:
		return p.account(ctx)
	case trigger.StepServices:
		return p.services(ctx)
	case trigger.StepTasks:
		return p.tasks(ctx)
	case trigger.StepEventRules:
		return p.eventRules(ctx)
	case trigger.StepSchedules:
		return p.starts(ctx, p.schedules)
	case trigger.StepDefinitions:
		return p.definitions(ctx)
	case trigger.StepLatest:
		return p.latest(ctx)
	case trigger.StepRevisions:
		return p.revisions(ctx)
	case trigger.StepListed:
		return p.listed(ctx, sweep)
	case trigger.StepGroups:
		return p.groups(ctx)
	default:
		return p.gone(ctx)
	}
}

// goesOn says whether a part may list another page.
func (p *part) goesOn() bool { return p.seen.Size() < seenSize && p.Now().Before(p.until) }

// chunked sends parts of at most so many names each.
func (p *part) chunked(names []string, size int, of func([]string) trigger.Part) {
	for some := range slices.Chunk(names, size) {
		p.sends = append(p.sends, of(some))
	}
}

func ids(parts []trigger.Part) []string {
	var all []string
	for _, p := range parts {
		all = append(all, p.ID())
	}
	return all
}

// atOnce is how many calls a part has in flight.
const atOnce = 16

// together does n things, several at a time, and returns the first error, after which it begins no more.
func together(ctx context.Context, n int, do func(context.Context, int) error) error {
	if n == 1 {
		return do(ctx, 0)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for i := range n {
		free <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		all.Go(func() {
			defer func() { <-free }()
			if err := do(ctx, i); err != nil {
				stop(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}
