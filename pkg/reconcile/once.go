package reconcile

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/firewarden/firewarden/pkg/inventory"
)

// listingTime is how long a batch may list the account: what is left of a function's minute is for its work.
const listingTime = 25 * time.Second

// errTooLarge is the error of a listing that did not end in time. Another one at once would not, either.
var errTooLarge = blocked{"who else uses it cannot be told: the ledger's index does not name all of them, and the account is too large to be listed " +
	"within the time that a function has; the next sweep completes the index"}

// errTooMany is the error of a reading of a group's users that did not end in time.
var errTooMany = blocked{"who else uses it cannot be told: so many services, tasks and schedules use it that they cannot be read within the time that a " +
	"function has; give FireLens tasks a group of their own"}

// inTime does what may take listingTime at most; where that was not enough its error is late.
func inTime(ctx context.Context, late blocked, do func(context.Context) error) error {
	within, stop := context.WithTimeoutCause(ctx, listingTime, late)
	defer stop()
	err := do(within)
	if err != nil && errors.Is(context.Cause(within), late) {
		return late
	}
	return err
}

// once lists the account on first use only: one batch judges all it holds by one listing.
type once struct {
	Inventory
	mu   sync.Mutex
	done bool
	seen inventory.Snapshot
	err  error
}

// renew forgets the listing.
func (o *once) renew() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done = false
}

// Snapshot implements Inventory. Its error is errTooLarge where there was not time enough.
func (o *once) Snapshot(ctx context.Context) (inventory.Snapshot, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done {
		return o.seen, o.err
	}
	o.err = inTime(ctx, errTooLarge, func(ctx context.Context) (err error) {
		o.seen, err = o.Inventory.Snapshot(ctx)
		return err
	})
	o.done = o.err == nil || errors.Is(o.err, errTooLarge)
	return o.seen, o.err
}

// Family implements Inventory. Its error is errTooLarge where there was not time enough.
func (o *once) Family(ctx context.Context, family string, services, scheduled []string) (inventory.Snapshot, error) {
	var s inventory.Snapshot
	err := inTime(ctx, errTooLarge, func(ctx context.Context) (err error) {
		s, err = o.Inventory.Family(ctx, family, services, scheduled)
		return err
	})
	return s, err
}
