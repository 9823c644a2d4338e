package ledger

import (
	"context"
	"errors"
	"time"
)

// pace is when the next call of a kind may be made.
type pace struct {
	Next time.Time `json:"next"`
}

// ErrPace says that the calls of a kind are so many that the caller's turn is too far away; it is to come again later.
var ErrPace = errors.New("too many calls of this kind are waiting")

// Turn reserves the caller's turn for a call of a kind that the account as a whole makes once every so long, and returns how long
// to wait for it. Where that is longer than most, it reserves nothing and returns ErrPace.
func (l Ledger) Turn(ctx context.Context, kind string, p Pace, now time.Time) (time.Duration, error) {
	for {
		var next pace
		version, err := l.get(ctx, Key{"pace", kind}, &next)
		if err != nil {
			return 0, err
		}
		at := now
		if next.Next.After(now) {
			at = next.Next
		}
		if at.Sub(now) > p.Most {
			return 0, ErrPace
		}
		err = l.put(ctx, Write{Key: Key{"pace", kind}, Expect: version}, pace{at.Add(p.Every)})
		if !errors.Is(err, ErrConflict) {
			return at.Sub(now), err
		}
	}
}

// Pace is the rate of a kind of call: one every so long, and the most that a caller waits for its turn.
type Pace struct{ Every, Most time.Duration }
