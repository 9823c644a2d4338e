package ledger

import (
	"context"
	"errors"
	"time"
)

// Use is what the index says of one security group: whether a task with a router was behind it when it was last looked at.
type Use struct {
	Firelens bool      `json:"firelens"`
	At       time.Time `json:"at"`
}

// usesKept is how long a use that nobody confirms is kept: much longer than any sweep's interval.
const usesKept = 60 * 24 * time.Hour

// Unused says whether the index knows that no FireLens task uses a group. It is complete once a sweep has completed: from then
// on a group that it does not name is unused. It may be late, never early: sweeps and every event by which a group comes to
// be used write it.
func (l Ledger) Unused(ctx context.Context, group string) (bool, error) {
	var u Use
	version, err := l.get(ctx, Key{"use", group}, &u)
	if err != nil || version > 0 {
		return version > 0 && !u.Firelens, err
	}
	return l.Indexed(ctx)
}

// Indexed says whether a sweep has completed: from then on the index names all that uses a group or a family, but what came to be used
// by a change that no event told of.
func (l Ledger) Indexed(ctx context.Context) (bool, error) {
	var b brake
	_, err := l.get(ctx, accountBrake, &b)
	return !b.Swept.IsZero(), err
}

// PutUse writes what was found of a group's use. Two writers at once found it at the same time: either's will do.
func (l Ledger) PutUse(ctx context.Context, group string, u Use) error {
	var old Use
	version, err := l.get(ctx, Key{"use", group}, &old)
	if err != nil {
		return err
	}
	if version > 0 && old.Firelens == u.Firelens && u.At.Sub(old.At) < usesKept/2 {
		return nil
	}
	err = l.put(ctx, Write{Key: Key{"use", group}, Expect: version, Expires: u.At.Add(usesKept)}, u)
	if errors.Is(err, ErrConflict) {
		return nil
	}
	return err
}
