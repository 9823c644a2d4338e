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
	// Done are the shards that are done, in that order.
	Done []int `json:"done"`
	// Families and Groups are how many it looks at.
	Families int `json:"families"`
	Groups   int `json:"groups"`
	// Since is when the sweep before it was completed; Told is when its digest was sent.
	Since time.Time `json:"since,omitzero"`
	Told  time.Time `json:"told,omitzero"`
}

// BeginSweep records a sweep before its shards are sent. A second call for the same id (a redelivered message) returns the
// sweep as it is.
func (l Ledger) BeginSweep(ctx context.Context, s Sweep) (Sweep, error) {
	var b brake
	if _, err := l.get(ctx, accountBrake, &b); err != nil {
		return s, err
	}
	s.Since = b.LastSwept
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

// ShardDone counts a shard once, however often it is delivered, and returns the sweep as it is then; an unknown one is empty.
// Writers race: it retries on conflict.
func (l Ledger) ShardDone(ctx context.Context, id string, shard int, now time.Time) (Sweep, error) {
	return l.changeSweep(ctx, id, func(s *Sweep) bool {
		if slices.Contains(s.Done, shard) {
			return false
		}
		s.Done = append(s.Done, shard)
		if len(s.Done) == s.Shards {
			s.Finished = now
		}
		return true
	})
}

// SweepTold records that a sweep's digest was sent.
func (l Ledger) SweepTold(ctx context.Context, id string, now time.Time) error {
	_, err := l.changeSweep(ctx, id, func(s *Sweep) bool {
		s.Told = now
		return true
	})
	return err
}

// changeSweep applies change until no one else writes in between; a change that returns false writes nothing. It also records that a
// sweep has completed: the handler that completed it may have died before it did.
func (l Ledger) changeSweep(ctx context.Context, id string, change func(*Sweep) bool) (Sweep, error) {
	for {
		var s Sweep
		version, err := l.get(ctx, Key{"sweep", id}, &s)
		if err != nil || version == 0 {
			return s, err
		}
		if change(&s) {
			err = l.put(ctx, Write{Key: Key{"sweep", id}, Expect: version, Expires: s.Started.Add(remediationsKept)}, s)
		}
		switch {
		case errors.Is(err, ErrConflict):
			continue
		case err == nil && !s.Finished.IsZero():
			err = l.swept(ctx, s.Finished)
		}
		return s, err
	}
}

// Sweeps lists all sweeps, oldest first.
func (l Ledger) Sweeps(ctx context.Context) ([]Sweep, error) { return list[Sweep](ctx, l, "sweep") }
