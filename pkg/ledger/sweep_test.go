package ledger_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
)

// sweepCases are what a ledger says of sweeps, on any store.
var sweepCases = []storeCase{
	{"a sweep is complete when each part and all that it sent are done, however often they are delivered", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		begin(t, l, "s", at)
		for i, step := range []struct {
			part     string
			sent     []string
			missing  string
			finished bool
		}{
			{"b", nil, "[first]", false}, // a child may be done before its parent is counted
			{"first", []string{"b", "c"}, "[c]", false},
			{"first", []string{"b", "c", "d"}, "[c]", false}, // delivered again, after it was counted
			{"c", nil, "[second]", false},
			{"second", []string{"e"}, "[e]", false},
			{"e", nil, "[]", true},
			{"e", nil, "[]", true},
			{"c", nil, "[]", true},
		} {
			got, err := l.PartDone(t.Context(), "s", ledger.PartDone{ID: step.part, Sent: step.sent, Looked: ledger.Looked{Groups: 1}}, "second", at.Add(time.Duration(i)*time.Minute))
			if err != nil || fmt.Sprint(got.Missing()) != step.missing || got.Finished.IsZero() == step.finished || step.finished && !got.Finished.Equal(at.Add(5*time.Minute)) {
				t.Fatalf("part %s: %+v, missing %v, %v", step.part, got, got.Missing(), err)
			}
		}
		again, err := l.BeginSweep(t.Context(), ledger.Sweep{ID: "s", Started: at.Add(time.Hour), Roots: []string{"first"}})
		if err != nil || again.Finished.IsZero() || !again.Started.Equal(at) || again.Groups != 5 {
			t.Fatalf("got %+v, %v", again, err)
		}
	}},
	{"while a sweep is under way no other begins, until it has stood still for an hour", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		begin(t, l, "s1", at)
		if _, err := l.PartDone(t.Context(), "s1", ledger.PartDone{ID: "first", Sent: []string{"b"}}, "second", at.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		var under *ledger.SweepingError
		_, err := l.BeginSweep(t.Context(), ledger.Sweep{ID: "s2", Started: at.Add(119 * time.Minute), Roots: []string{"first"}})
		if !errors.As(err, &under) || under.Other.ID != "s1" {
			t.Fatalf("got %v", err)
		}
		begin(t, l, "s2", at.Add(2*time.Hour))
		finish(t, l, "s2", at.Add(2*time.Hour))
		begin(t, l, "s3", at.Add(2*time.Hour))
	}},
	{"a sweep knows when the one before it was complete, and that its digest was sent", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		for i, id := range []string{"s1", "s2"} {
			now := at.Add(time.Duration(i) * time.Hour)
			if begun, since := begin(t, l, id, now), map[int]time.Time{1: at}[i]; !begun.Since.Equal(since) {
				t.Fatalf("%s since %s", id, begun.Since)
			}
			if done := finish(t, l, id, now); !done.Told.IsZero() {
				t.Fatalf("%s: %+v", id, done)
			}
		}
		if err := l.SweepTold(t.Context(), "s2", at); err != nil {
			t.Fatal(err)
		}
		if again := finish(t, l, "s2", at); !again.Told.Equal(at) {
			t.Fatalf("got %+v", again)
		}
	}},
}

func begin(t *testing.T, l ledger.Ledger, id string, now time.Time) ledger.Sweep {
	t.Helper()
	s, err := l.BeginSweep(t.Context(), ledger.Sweep{ID: id, Started: now, Roots: []string{"first"}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// finish does a sweep's two parts.
func finish(t *testing.T, l ledger.Ledger, id string, now time.Time) (s ledger.Sweep) {
	t.Helper()
	for _, part := range []string{"first", "second"} {
		var err error
		if s, err = l.PartDone(t.Context(), id, ledger.PartDone{ID: part}, "second", now); err != nil {
			t.Fatal(err)
		}
	}
	return s
}
