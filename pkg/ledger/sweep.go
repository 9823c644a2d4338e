package ledger

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Sweep is one sweep of the account: a tree of parts, each of which may send further ones, and which of them are done.
type Sweep struct {
	ID       string    `json:"id"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"`
	// Roots are the parts that no part has sent; Parts are those that are done, by id, with the ids of those that each sent.
	Roots []string            `json:"roots"`
	Parts map[string][]string `json:"parts"`
	// Last is the part that was counted last, at Progress.
	Last     string    `json:"last,omitempty"`
	Progress time.Time `json:"progress"`
	Looked
	// Since is when the sweep before it was completed; Told is when its digest was sent.
	Since time.Time `json:"since,omitzero"`
	Told  time.Time `json:"told,omitzero"`
}

// Looked is how many of each a sweep, or a part of one, looks at.
type Looked struct {
	Services int `json:"services"`
	Tasks    int `json:"tasks"`
	// Scheduled are the schedules and rules of EventBridge that start tasks.
	Scheduled int `json:"scheduled"`
	// Revisions are those that are in use, or active where the policy asks for them; Families those with an active one.
	Revisions int `json:"revisions"`
	Families  int `json:"families"`
	Groups    int `json:"groups"`
	// Described are the revisions that were not known.
	Described int `json:"described"`
}

// PartDone is a part that is done: its id, those that it sent, and what it looked at.
type PartDone struct {
	ID     string
	Sent   []string
	Looked Looked
}

// abandonedAfter is how long a sweep may stand still until another may begin: longer than a part is delivered again and again.
const abandonedAfter = time.Hour

// SweepingError says that another sweep is under way.
type SweepingError struct{ Other Sweep }

// Error names the other sweep.
func (e *SweepingError) Error() string {
	return fmt.Sprintf("sweep %s is under way since %s", e.Other.ID, e.Other.Started.Format(time.RFC3339))
}

// sweeping is which sweep is under way, or was the last.
type sweeping struct {
	ID string `json:"id"`
}

var accountSweeping = Key{"sweeping", "account"}

// BeginSweep records a sweep with its first root before that is sent. A second call for the same id (a redelivered message) returns
// the sweep as it is. While another is under way, and has not stood still for an hour, it records nothing: a *SweepingError.
func (l Ledger) BeginSweep(ctx context.Context, s Sweep) (Sweep, error) {
	if err := l.claim(ctx, s.ID, s.Started); err != nil {
		return s, err
	}
	var b brake
	if _, err := l.get(ctx, accountBrake, &b); err != nil {
		return s, err
	}
	s.Since, s.Progress, s.Parts = b.LastSwept, s.Started, map[string][]string{}
	err := l.put(ctx, Write{Key: Key{"sweep", s.ID}, Expires: s.Started.Add(remediationsKept)}, s)
	if errors.Is(err, ErrConflict) {
		return l.Sweep(ctx, s.ID)
	}
	return s, err
}

// claim makes a sweep the one that is under way.
func (l Ledger) claim(ctx context.Context, id string, now time.Time) error {
	for {
		var at sweeping
		version, err := l.get(ctx, accountSweeping, &at)
		if err != nil || at.ID == id {
			return err
		}
		var other Sweep
		if at.ID != "" {
			other, err = l.Sweep(ctx, at.ID)
		}
		switch {
		case err != nil:
			return err
		case other.ID != "" && other.Finished.IsZero() && now.Sub(other.Progress) < abandonedAfter:
			return &SweepingError{other}
		}
		if err := l.put(ctx, Write{Key: accountSweeping, Expect: version}, sweeping{id}); !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

// Sweep reads one by its id; an unknown one is empty.
func (l Ledger) Sweep(ctx context.Context, id string) (Sweep, error) {
	var s Sweep
	_, err := l.get(ctx, Key{"sweep", id}, &s)
	return s, err
}

// PartDone counts a part once, however often it is delivered, and returns the sweep as it is then; an unknown one is empty. When all
// parts of the first root's tree are done, next becomes the second root, and when those of both are, the sweep is finished.
// Writers race: it retries on conflict.
func (l Ledger) PartDone(ctx context.Context, id string, p PartDone, next string, now time.Time) (Sweep, error) {
	return l.changeSweep(ctx, id, func(s *Sweep) bool {
		if _, done := s.Parts[p.ID]; done {
			return false
		}
		s.Parts[p.ID], s.Last, s.Progress = p.Sent, p.ID, now
		s.add(p.Looked)
		switch {
		case len(s.Missing()) > 0:
		case len(s.Roots) == 1:
			s.Roots = append(s.Roots, next)
		default:
			s.Finished = now
		}
		return true
	})
}

func (s *Sweep) add(more Looked) {
	s.Services += more.Services
	s.Tasks += more.Tasks
	s.Scheduled += more.Scheduled
	s.Revisions += more.Revisions
	s.Families += more.Families
	s.Groups += more.Groups
	s.Described += more.Described
}

// Missing are the ids of the parts that were sent, as far as the sweep knows, and are not done.
func (s Sweep) Missing() []string {
	missing := map[string]bool{}
	sent := func(ids []string) {
		for _, id := range ids {
			if _, done := s.Parts[id]; !done {
				missing[id] = true
			}
		}
	}
	sent(s.Roots)
	for _, ids := range s.Parts {
		sent(ids)
	}
	return slices.Sorted(maps.Keys(missing))
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
