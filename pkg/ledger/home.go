package ledger

import (
	"context"
	"errors"
	"time"
)

// home is the default group of a subnet's VPC, which never changes.
type home struct {
	Group string `json:"group"`
}

// homeKept is how long a home is kept: subnets go, and it is cheap to ask again.
const homeKept = 60 * 24 * time.Hour

// Home is the default group of a subnet; "" where nobody has asked EC2 yet.
func (l Ledger) Home(ctx context.Context, subnet string) (string, error) {
	var h home
	_, err := l.get(ctx, Key{"home", subnet}, &h)
	return h.Group, err
}

// PutHome keeps it. Who comes second has found the same.
func (l Ledger) PutHome(ctx context.Context, subnet, group string, now time.Time) error {
	err := l.put(ctx, Write{Key: Key{"home", subnet}, Expires: now.Add(homeKept)}, home{group})
	if errors.Is(err, ErrConflict) {
		return nil
	}
	return err
}
