package reconcile

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// Sweeper lists the account, splits what it listed into shards and sends them to the sweep queue: the guarantee behind events,
// which are delivered on a best-effort basis. It also looks for a trail, without which there are no events.
type Sweeper struct {
	Stack
	Families  Families
	Inventory Inventory
	Shards    Sink
	Trails    Trails
}

// Trails says whether CloudTrail logs what FireWarden waits for, and if not, why.
type Trails interface {
	Logging(ctx context.Context) (ok bool, why string, err error)
}

// shardSize is how many families or groups a shard holds: a minute's work at half of ECS's read rate, with room to spare.
const shardSize = 50

// Begin plans a sweep, records it and sends its shards. Delivered again, it sends the shards again: they count once.
func (s Sweeper) Begin(ctx context.Context, ev trigger.Event) error {
	if err := s.checkTrail(ctx, ev); err != nil {
		return err
	}
	families, err := s.Families.Families(ctx)
	if err != nil {
		return err
	}
	snapshot, err := s.Inventory.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("listing what is in use: %w", err)
	}
	groups := snapshot.Groups()
	if err := s.tellOfExemptions(ctx, refs(families, groups), ev.Origin); err != nil {
		return err
	}
	bodies, err := shards(ev.ID, families, groups)
	if err != nil {
		return err
	}
	sweep, err := s.Ledger.BeginSweep(ctx, ledger.Sweep{ID: ev.ID, Started: s.Now(), Shards: len(bodies), Families: len(families), Groups: len(groups)})
	if err != nil {
		return err
	}
	s.Log.InfoContext(ctx, "began a sweep", "sweep", ev.ID, "families", len(families), "groups", len(groups), "shards", len(bodies))
	if len(bodies) == 0 && sweep.Told.IsZero() {
		return s.digest(ctx, sweep)
	}
	return s.Shards.Send(ctx, bodies)
}

// Done counts a shard. After the last one it sends the digest; delivered again after a death in between, it sends it still.
func (s Sweeper) Done(ctx context.Context, ev trigger.Event) error {
	sweep, err := s.Ledger.ShardDone(ctx, ev.SweepID, ev.Shard, s.Now())
	if err != nil || sweep.Finished.IsZero() || !sweep.Told.IsZero() || sweep.Done[len(sweep.Done)-1] != ev.Shard {
		return err
	}
	s.Log.InfoContext(ctx, "completed a sweep", "sweep", ev.SweepID)
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

// shards splits families and groups into messages.
func shards(sweep string, families, groups []string) ([]string, error) {
	var bodies []string
	add := func(families, groups []string) error {
		m, err := trigger.ShardMessage(sweep, len(bodies), families, groups)
		bodies = append(bodies, m.Body())
		return err
	}
	for part := range slices.Chunk(families, shardSize) {
		if err := add(part, nil); err != nil {
			return nil, err
		}
	}
	for part := range slices.Chunk(groups, shardSize) {
		if err := add(nil, part); err != nil {
			return nil, err
		}
	}
	return bodies, nil
}

// once lists the account on first use only: one shard, or one batch, judges all it holds by one listing.
type once struct {
	Inventory
	mu   sync.Mutex
	done bool
	seen inventory.Snapshot
}

// Snapshot implements Inventory.
func (o *once) Snapshot(ctx context.Context) (inventory.Snapshot, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done {
		return o.seen, nil
	}
	s, err := o.Inventory.Snapshot(ctx)
	o.seen, o.done = s, err == nil
	return s, err
}
