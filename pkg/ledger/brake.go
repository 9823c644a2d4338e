package ledger

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Limits are the brakes: how many remediations may begin. A limit of 0 allows none.
type Limits struct {
	// BeforeFirstSweep is for all until a first sweep has completed.
	BeforeFirstSweep int
	// PerHour is for the account, PerResourcePerHour for one resource, in any hour.
	PerHour, PerResourcePerHour int
}

// The brakes' names, as the policy has them.
const (
	BrakeFirstSweep = "before_first_sweep"
	BrakeHour       = "per_hour"
	BrakeResource   = "per_resource_per_hour"
)

// brake is what counts against the account's brakes.
type brake struct {
	// Changes are those until the first sweep has completed.
	Changes int       `json:"changes"`
	Swept   time.Time `json:"swept,omitzero"`
	// LastSwept is when the last sweep was completed.
	LastSwept time.Time `json:"last_swept,omitzero"`
	// Recent are the beginnings of the last hour's remediations.
	Recent []time.Time `json:"recent,omitempty"`
}

var accountBrake = Key{"brake", "account"}

// AllowChange counts a remediation that is about to begin against the brakes. It returns the name of the brake that holds, and
// counts nothing then; "" where it may begin. The resource's own count is in its document, which the caller writes next.
func (l Ledger) AllowChange(ctx context.Context, r *Resource, limits Limits, now time.Time) (held string, err error) {
	r.Changes = lastHour(r.Changes, now)
	if len(r.Changes) >= limits.PerResourcePerHour {
		return BrakeResource, nil
	}
	err = l.changeBrake(ctx, func(b *brake) bool {
		b.Recent = lastHour(b.Recent, now)
		switch {
		case b.Swept.IsZero() && b.Changes >= limits.BeforeFirstSweep:
			held = BrakeFirstSweep
		case len(b.Recent) >= limits.PerHour:
			held = BrakeHour
		default:
			held = ""
			b.Changes++
			b.Recent = append(b.Recent, now)
		}
		return held == ""
	})
	if err == nil && held == "" {
		r.Changes = append(r.Changes, now)
	}
	return held, err
}

func lastHour(times []time.Time, now time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(times), func(t time.Time) bool { return now.Sub(t) >= time.Hour })
}

// swept records that a sweep has completed.
func (l Ledger) swept(ctx context.Context, now time.Time) error {
	return l.changeBrake(ctx, func(b *brake) bool {
		if !now.After(b.LastSwept) {
			return false
		}
		if b.Swept.IsZero() {
			b.Swept = now
		}
		b.LastSwept = now
		return true
	})
}

// changeBrake applies change until no one else writes in between; a change that returns false writes nothing.
func (l Ledger) changeBrake(ctx context.Context, change func(*brake) bool) error {
	for {
		var b brake
		version, err := l.get(ctx, accountBrake, &b)
		if err != nil || !change(&b) {
			return err
		}
		err = l.put(ctx, Write{Key: accountBrake, Expect: version}, b)
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
}
