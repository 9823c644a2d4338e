package ledger

import (
	"context"
	"errors"
	"time"
)

// claim is who is at work on something since when; it does not say who, for nobody gives it back.
type claim struct {
	At time.Time `json:"at"`
}

// Claim says whether the caller is to do something that several workers may come to at the same time: the first one is, and the others
// as soon as so much time has passed that it must have died. It costs one read, and one write where it is claimed.
func (l Ledger) Claim(ctx context.Context, what string, now time.Time, lasts time.Duration) (bool, error) {
	key := Key{"claim", what}
	var c claim
	version, err := l.get(ctx, key, &c)
	if err != nil || version > 0 && now.Sub(c.At) < lasts {
		return false, err
	}
	err = l.put(ctx, Write{Key: key, Expect: version, Expires: now.Add(time.Hour)}, claim{now})
	if errors.Is(err, ErrConflict) {
		return false, nil
	}
	return err == nil, err
}
