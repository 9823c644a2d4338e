package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Lease is the right to change one resource until it expires. Its token grows with each lease of the resource and fences
// writes to the ledger: a holder that was too slow cannot write any more.
type Lease struct {
	Resource string
	Token    int64
	Expires  time.Time
}

// ErrHeld is returned by Acquire while somebody else holds the lease.
var ErrHeld = errors.New("someone else is at work on this resource")

func (l Lease) key() Key { return Key{"lease", l.Resource} }

type leaseDoc struct {
	Owner   string    `json:"owner"`
	Expires time.Time `json:"expires"`
}

// Acquire takes the lease of a resource for a time, or returns ErrHeld. An expired lease is taken over. Lease documents have
// no TTL: their versions are the tokens and must not start again.
func (l Ledger) Acquire(ctx context.Context, resource, owner string, now time.Time, hold time.Duration) (Lease, error) {
	lease := Lease{Resource: resource, Expires: now.Add(hold)}
	d, err := l.Store.Get(ctx, lease.key())
	if err != nil {
		return Lease{}, err
	}
	var held leaseDoc
	if d.Version > 0 {
		if err := json.Unmarshal(d.Body, &held); err != nil {
			return Lease{}, fmt.Errorf("reading the lease of %s: %w", resource, err)
		}
	}
	if held.Owner != "" && now.Before(held.Expires) {
		return Lease{}, ErrHeld
	}
	lease.Token = d.Version + 1
	err = l.put(ctx, Write{Key: lease.key(), Expect: d.Version}, leaseDoc{Owner: owner, Expires: lease.Expires})
	if errors.Is(err, ErrConflict) {
		return Lease{}, ErrHeld
	}
	return lease, err
}

// Release gives a lease back. One that was taken over meanwhile stays with its new holder.
func (l Ledger) Release(ctx context.Context, lease Lease) error {
	err := l.put(ctx, Write{Key: lease.key(), Expect: lease.Token}, leaseDoc{})
	if errors.Is(err, ErrConflict) {
		return nil
	}
	return err
}
