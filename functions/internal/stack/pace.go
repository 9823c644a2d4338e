package stack

import (
	"context"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/pace"
	"github.com/firewarden/firewarden/pkg/reconcile"
)

// longestTurn is how long a sweep's part waits for its turn at most; the function's timeout is a minute.
const longestTurn = 40 * time.Second

// sweepPace is the pace of sweeps, whose turns all workers take from one ledger.
func sweepPace(book ledger.Ledger) *pace.Pacer {
	return &pace.Pacer{Wait: reconcile.Wait, Turn: func(ctx context.Context, kind string, every time.Duration) (time.Duration, error) {
		return book.Turn(ctx, "sweep "+kind, ledger.Pace{Every: every, Most: longestTurn}, time.Now())
	}}
}
