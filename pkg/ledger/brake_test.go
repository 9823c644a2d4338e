package ledger_test

import (
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
)

// brakeCases are what the brakes hold, on any store.
var brakeCases = []storeCase{
	{"the brake holds until a first sweep is complete", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		limits := ledger.Limits{BeforeFirstSweep: 2, PerHour: 9, PerResourcePerHour: 9}
		allow := func(now time.Time, want string) {
			t.Helper()
			if held, err := l.AllowChange(t.Context(), &ledger.Resource{}, limits, now); err != nil || held != want {
				t.Fatalf("held by %q, %v; want %q", held, err, want)
			}
		}
		allow(at, "")
		allow(at, "")
		allow(at, "before_first_sweep")
		begin(t, l, "s", at)
		allow(at, "before_first_sweep")
		finish(t, l, "s", at)
		allow(at, "")
	}},
	{"the brakes of an hour let go after it", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		limits := ledger.Limits{BeforeFirstSweep: 99, PerHour: 3, PerResourcePerHour: 2}
		var one, other ledger.Resource
		for i, step := range []struct {
			r    *ledger.Resource
			at   time.Duration
			want string
		}{
			{&one, 0, ""},
			{&one, time.Minute, ""},
			{&one, 2 * time.Minute, "per_resource_per_hour"},
			{&other, 3 * time.Minute, ""},
			{&other, 4 * time.Minute, "per_hour"},
			{&one, time.Hour, ""},
			{&one, time.Hour, "per_resource_per_hour"},
		} {
			if held, err := l.AllowChange(t.Context(), step.r, limits, at.Add(step.at)); err != nil || held != step.want {
				t.Fatalf("step %d: held by %q, %v; want %q", i, held, err, step.want)
			}
		}
	}},
}
