package reconcile

import (
	"context"
	"errors"
	"time"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// Sweeper begins sweeps and ends them: the guarantee behind events, which are delivered on a best-effort basis. It also looks for a
// trail, without which there are no events. docs/sweep.md says how a sweep goes.
type Sweeper struct {
	Stack
	Lister    Lister
	Pages     GroupPages
	Revisions Revisions
	Shards    Sink
	Trails    Trails
}

// Lister lists an account in pieces.
type Lister interface {
	Clusters(ctx context.Context) ([]string, error)
	Services(ctx context.Context, cluster, token string) (inventory.Piece, error)
	Tasks(ctx context.Context, cluster, token string) (inventory.Piece, error)
	Onlooker
	Starter
}

// Starter lists what starts tasks, in pieces.
type Starter interface {
	Buses(ctx context.Context) ([]string, error)
	Rules(ctx context.Context, bus, token string, clusters []string) (inventory.Piece, error)
	Schedules(ctx context.Context, token string, clusters []string) (inventory.Piece, error)
}

// GroupPages reads many groups at once, without their users; those that are gone are left out.
type GroupPages interface {
	Groups(ctx context.Context, ids []string) ([]rules.Group, error)
}

// Revisions lists active revisions, a family's latest first, and reads the tags of one by its ARN.
type Revisions interface {
	Active(ctx context.Context, token string) (revisions []string, next string, err error)
	Tags(ctx context.Context, arn string) ([]ecstypes.Tag, error)
}

// Trails says whether CloudTrail logs what FireWarden waits for, and if not, why.
type Trails interface {
	Logging(ctx context.Context) (ok bool, why string, err error)
}

// The first parts: of the listing, and of what is judged by all that was listed.
func firstPart() trigger.Part  { return trigger.Part{Step: trigger.StepAccount} }
func secondPart() trigger.Part { return trigger.Part{Step: trigger.StepListed} }

// Begin records a sweep and sends its first part. Delivered again, it sends that again: it counts once. While another sweep is under
// way it begins none.
func (s Sweeper) Begin(ctx context.Context, ev trigger.Event) error {
	sweep, err := s.Ledger.BeginSweep(ctx, ledger.Sweep{ID: ev.ID, Started: s.Now(), Roots: []string{firstPart().ID()}})
	var other *ledger.SweepingError
	if errors.As(err, &other) {
		s.Log.WarnContext(ctx, "refused a sweep", "sweep", ev.ID, "reason", err.Error())
		return nil
	}
	if err != nil || !sweep.Finished.IsZero() {
		return err
	}
	if err := s.checkTrail(ctx, ev); err != nil {
		return err
	}
	s.Log.InfoContext(ctx, "began a sweep", "sweep", ev.ID, "scope", s.Policy.Sweep)
	return s.send(ctx, ev.ID, firstPart())
}

// send puts parts of a sweep on the sweep queue.
func (s Sweeper) send(ctx context.Context, sweep string, parts ...trigger.Part) error {
	var bodies []string
	for _, p := range parts {
		m, err := trigger.ShardMessage(sweep, p)
		if err != nil {
			return err
		}
		bodies = append(bodies, m.Body())
	}
	return s.Shards.Send(ctx, bodies)
}

// done counts a part. The one after which all is listed sends what is judged by it, the last one the digest; delivered again after a
// death in between, it does so still.
func (s Sweeper) done(ctx context.Context, sweepID string, p ledger.PartDone) error {
	sweep, err := s.Ledger.PartDone(ctx, sweepID, p, secondPart().ID(), s.Now())
	if err != nil || sweep.Last != p.ID || !sweep.Told.IsZero() {
		return err
	}
	switch _, judged := sweep.Parts[secondPart().ID()]; {
	case !sweep.Finished.IsZero():
		return s.close(ctx, sweep)
	case len(sweep.Roots) > 1 && !judged:
		return s.send(ctx, sweepID, secondPart())
	}
	return nil
}

// close says how a sweep went, and sends the digest.
func (s Sweeper) close(ctx context.Context, sweep ledger.Sweep) error {
	s.Log.InfoContext(ctx, "completed a sweep", "sweep", sweep.ID, "parts", len(sweep.Parts), "services", sweep.Services, "tasks", sweep.Tasks, "scheduled", sweep.Scheduled,
		"families", sweep.Families, "revisions", sweep.Revisions, "groups", sweep.Groups, "described", sweep.Described,
		"seconds", int(sweep.Finished.Sub(sweep.Started)/time.Second))
	return s.digest(ctx, sweep)
}

// checkTrail tells once when no trail logs write management events, and once more when one does again.
func (s Sweeper) checkTrail(ctx context.Context, ev trigger.Event) error {
	const ref = trailRef
	ok, why, err := s.Trails.Logging(ctx)
	switch {
	case err != nil:
		return err
	case !ok:
		return s.tellOnce(ctx, ref, ledger.Blocked, "no trail logs write management events, so changes are noticed by sweeps only: "+why, ev.Origin)
	}
	known, err := s.Ledger.Resource(ctx, ref)
	if err != nil || known.Told == "" {
		return err
	}
	return s.tellOnce(ctx, ref, ledger.Resolved, "a trail logs write management events", ev.Origin)
}

// refs name what a sweep listed.
func refs(families, groups []string) []string {
	var all []string
	for _, family := range families {
		all = append(all, string(rules.KindDefinition)+"/"+family)
	}
	for _, id := range groups {
		all = append(all, string(rules.KindGroup)+"/"+id)
	}
	return all
}
