// Package pace keeps the calls that sweeps make below the rate at which AWS answers, so that deployments and live events find their
// share free.
//
// Floor 2. AWS gives an account in one Region one token bucket for each family of calls, whoever makes them. A sweep takes a share of
// what a bucket refills, half unless the policy says otherwise. Workers do not divide that among themselves, which would leave a lone one with a part of it: each reserves
// turns in the ledger, a block of calls at a time.
package pace

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
)

const (
	// leastShare keeps a sweep going whatever it is told.
	leastShare = 0.05
	// block is how many calls are reserved at once: fewer than any of these buckets holds (50).
	block = 10
	// slowest is by how much a sweep slows down at most while AWS throttles it, recovery what each block without throttling leaves
	// of the slowness.
	slowest  = 8
	recovery = 0.8
)

// Turn reserves a turn of a kind, of which there is one every so long for all workers together, and returns how long to wait for it.
type Turn func(ctx context.Context, kind string, every time.Duration) (time.Duration, error)

// Pacer keeps the pace of one worker. It is safe for concurrent use.
type Pacer struct {
	Turn Turn
	Wait func(context.Context, time.Duration) error
	// Throttled, where set, is told of calls that AWS refused for their rate.
	Throttled func(bucket string)

	mu    sync.Mutex
	lanes map[string]*lane
}

// lane is what a worker has of one bucket.
type lane struct {
	mu   sync.Mutex
	left int
	// slow is the factor by which turns are longer, 1 while AWS throttles nothing.
	slow float64
}

type swept struct{}

// Sweeping marks a context: calls in it keep a pace of that share of what AWS refills its buckets with (0.5 is half), all others are as
// free as ever.
func Sweeping(ctx context.Context, share float64) context.Context {
	return context.WithValue(ctx, swept{}, max(share, leastShare))
}

// Keep is an APIOption of the SDK's clients: each attempt of a call in a context of [Sweeping] waits for its turn.
func (p *Pacer) Keep(stack *middleware.Stack) error {
	// After the retryer: what is tried again is a call, too.
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("FireWardenPace", p.attempt), "Retry", middleware.After)
}

func (p *Pacer) attempt(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	bucket, known := Of(middleware.GetServiceID(ctx), middleware.GetOperationName(ctx))
	share, sweeping := ctx.Value(swept{}).(float64)
	if !known || !sweeping {
		return next.HandleFinalize(ctx, in)
	}
	if err := p.take(ctx, bucket, share); err != nil {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, err
	}
	out, metadata, err := next.HandleFinalize(ctx, in)
	if isThrottle(err) {
		p.slowDown(bucket.Name)
	}
	return out, metadata, err
}

func isThrottle(err error) bool {
	return err != nil && retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err).Bool()
}

// take waits until the worker may make a call.
func (p *Pacer) take(ctx context.Context, bucket Bucket, share float64) error {
	l := p.lane(bucket.Name)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left == 0 {
		every := time.Duration(l.slow * block / (float64(bucket.Refill) * share) * float64(time.Second))
		wait, err := p.Turn(ctx, bucket.Name, every)
		if err == nil && wait > 0 {
			err = p.Wait(ctx, wait)
		}
		if err != nil {
			return fmt.Errorf("waiting for a turn of %s: %w", bucket.Name, err)
		}
		l.left, l.slow = block, max(1, l.slow*recovery)
	}
	l.left--
	return nil
}

// slowDown halves the worker's rate and gives back what it has reserved.
func (p *Pacer) slowDown(bucket string) {
	l := p.lane(bucket)
	l.mu.Lock()
	l.left, l.slow = 0, min(slowest, l.slow*2)
	l.mu.Unlock()
	if p.Throttled != nil {
		p.Throttled(bucket)
	}
}

func (p *Pacer) lane(bucket string) *lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lanes == nil {
		p.lanes = map[string]*lane{}
	}
	if p.lanes[bucket] == nil {
		p.lanes[bucket] = &lane{slow: 1}
	}
	return p.lanes[bucket]
}
