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
	within, stop := context.WithTimeoutCause(ctx, listingTime, errTooLarge)
	defer stop()
	o.seen, o.err = o.Inventory.Snapshot(within)
	if o.err != nil && errors.Is(context.Cause(within), errTooLarge) {
		o.err = errTooLarge
	}
	o.done = o.err == nil || errors.Is(o.err, errTooLarge)
	return o.seen, o.err
}

// Family implements Inventory. Its error is errTooLarge where there was not time enough.
func (o *once) Family(ctx context.Context, family string, services, scheduled []string) (inventory.Snapshot, error) {
	within, stop := context.WithTimeoutCause(ctx, listingTime, errTooLarge)
	defer stop()
	s, err := o.Inventory.Family(within, family, services, scheduled)
	if err != nil && errors.Is(context.Cause(within), errTooLarge) {
		err = errTooLarge
	}
	return s, err
}
