package ledger

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Sweep is one sweep of the account: its shards, and which of them are done.
type Sweep struct {
	ID       string    `json:"id"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"`
	Shards   int       `json:"shards"`
	Done     []int     `json:"done"`

	version int64
}

// BeginSweep records a sweep before its shards are sent. A second call for the same id (a redelivered message) returns the
// sweep as it is.
func (l Ledger) BeginSweep(ctx context.Context, s Sweep) (Sweep, error) {
	if s.Shards == 0 {
		s.Finished = s.Started
	}
	err := l.put(ctx, Write{Key: Key{"sweep", s.ID}, Expires: s.Started.Add(remediationsKept)}, s)
	if errors.Is(err, ErrConflict) {
		_, err = l.get(ctx, Key{"sweep", s.ID}, &s)
		return s, err
	}
	if err == nil && s.Shards == 0 {
		err = l.swept(ctx, s.Started)
	}
	return s, err
}

// ShardDone counts a shard once, however often it is delivered, and says whether it was the last. Writers race: it retries
// on conflict.
func (l Ledger) ShardDone(ctx context.Context, id string, shard int, now time.Time) (last bool, err error) {
	for {
		var s Sweep
		version, err := l.get(ctx, Key{"sweep", id}, &s)
		switch {
		case err != nil || version == 0:
			return false, err
		case slices.Contains(s.Done, shard) && s.Finished.IsZero():
			return false, nil
		case slices.Contains(s.Done, shard): // the handler that finished it may have died before it said so
			return false, l.swept(ctx, s.Finished)
		}
		s.Done = append(s.Done, shard)
		if last = len(s.Done) == s.Shards; last {
			s.Finished = now
		}
		err = l.put(ctx, Write{Key: Key{"sweep", id}, Expect: version, Expires: s.Started.Add(remediationsKept)}, s)
		switch {
		case errors.Is(err, ErrConflict):
			continue
		case err == nil && last:
			err = l.swept(ctx, now)
		}
		return last, err
	}
}

// Sweeps lists all sweeps, oldest first.
func (l Ledger) Sweeps(ctx context.Context) ([]Sweep, error) { return list[Sweep](ctx, l, "sweep") }

// brake is the count of changes until the first sweep has completed.
type brake struct {
	Changes int       `json:"changes"`
	Swept   time.Time `json:"swept,omitzero"`
}

var firstSweep = Key{"brake", "first-sweep"}

// swept records that a sweep has completed, once.
func (l Ledger) swept(ctx context.Context, now time.Time) error {
	return l.changeBrake(ctx, func(b *brake) bool {
		if !b.Swept.IsZero() {
			return false
		}
		b.Swept = now
		return true
	})
}

// AllowChange counts a remediation against the brake that holds until the first sweep has completed. It says whether it may
// be made; a limit of 0 allows none until then.
func (l Ledger) AllowChange(ctx context.Context, limit int) (allowed bool, err error) {
	err = l.changeBrake(ctx, func(b *brake) bool {
		switch {
		case !b.Swept.IsZero():
			allowed = true
			return false
		case b.Changes >= limit:
			allowed = false
			return false
		}
		allowed = true
		b.Changes++
		return true
	})
	return allowed && err == nil, err
}

// changeBrake applies change until no one else writes in between; a change that returns false writes nothing.
func (l Ledger) changeBrake(ctx context.Context, change func(*brake) bool) error {
	for {
		var b brake
		version, err := l.get(ctx, firstSweep, &b)
		if err != nil || !change(&b) {
			return err
		}
		err = l.put(ctx, Write{Key: firstSweep, Expect: version}, b)
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
}
