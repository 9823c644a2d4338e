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
