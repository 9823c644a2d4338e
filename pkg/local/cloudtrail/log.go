package cloudtrail

import (
	"slices"
	"sync"
	"time"
)

// Log keeps the calls in the order of their answers. The zero value is empty and ready.
type Log struct {
	mu    sync.Mutex
	calls []Call
}

func (l *Log) add(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, c)
}

// Calls answers the calls that every filter lets through; all of them without a filter.
func (l *Log) Calls(filters ...Filter) []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Call
	for _, c := range l.calls {
		if !slices.ContainsFunc(filters, func(f Filter) bool { return !f(c) }) {
			out = append(out, c)
		}
	}
	return out
}

// Filter says whether a call counts.
type Filter func(Call) bool

// Changes lets through what changed something: Call.Changed itself as a filter.
func Changes(c Call) bool { return c.Changed() }

// Services lets through the calls of these services: Services("ec2", "ecs").
func Services(names ...string) Filter {
	return func(c Call) bool { return slices.Contains(names, c.Service) }
}

// Actions lets through the calls of these actions.
func Actions(names ...string) Filter {
	return func(c Call) bool { return slices.Contains(names, c.Action) }
}

// By lets through the calls that these access keys signed.
func By(accessKeys ...string) Filter {
	return func(c Call) bool { return slices.Contains(accessKeys, c.AccessKey) }
}

// Since lets through the calls that came at t or later.
func Since(t time.Time) Filter { return func(c Call) bool { return !c.Time.Before(t) } }

// Failed lets through the calls that the service refused.
func Failed(c Call) bool { return c.Status >= 300 }

// Peak is the largest number of these calls that came within one window, wherever it begins: calls a second for time.Second.
func Peak(calls []Call, window time.Duration) int {
	sorted := slices.Clone(calls)
	slices.SortFunc(sorted, func(a, b Call) int { return a.Time.Compare(b.Time) })
	peak, first := 0, 0
	for i, c := range sorted {
		for c.Time.Sub(sorted[first].Time) >= window {
			first++
		}
		peak = max(peak, i-first+1)
	}
	return peak
}
