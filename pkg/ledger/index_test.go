package ledger_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
)

// watched is a store in memory that keeps what is written, and in which somebody else writes first where a test says so.
type watched struct {
	ledger.Memory
	writes    []ledger.Write
	conflicts int
}

func (w *watched) Put(ctx context.Context, in ledger.Write) error {
	if w.conflicts > 0 {
		w.conflicts--
		return ledger.ErrConflict
	}
	w.writes = append(w.writes, in)
	return w.Memory.Put(ctx, in)
}

// expiry is when what was written of a family and name last expires.
func (w *watched) expiry(t *testing.T, family, name string) time.Time {
	t.Helper()
	for _, in := range slices.Backward(w.writes) {
		if in.Key == (ledger.Key{Family: family, Name: name}) {
			return in.Expires
		}
	}
	t.Fatalf("nothing was written of %s %s", family, name)
	return time.Time{}
}

func webPlace(groups ...string) ledger.Place {
	return ledger.Place{By: "service", Name: "prod/web", Runs: []ledger.Run{{Revision: "web:1", Groups: groups, Facts: ledger.Facts{Router: "yes"}}}}
}

// TestOnlyWhatIsGoneExpires: a service that runs on stays in the index for ever.
func TestOnlyWhatIsGoneExpires(t *testing.T) {
	store := &watched{}
	l := ledger.Ledger{Store: store}
	for _, step := range []struct {
		place                ledger.Place
		service, first, then time.Duration // after which it expires, and the uses of sg-1 and sg-2; 0 for never
	}{
		{webPlace("sg-1"), 0, 0, -1},
		{webPlace("sg-2"), 0, 24 * time.Hour, 0},
		{ledger.Place{}, 24 * time.Hour, 24 * time.Hour, 24 * time.Hour},
	} {
		if err := l.PutPlace(t.Context(), "prod", "service web", step.place, at); err != nil {
			t.Fatal(err)
		}
		for key, after := range map[ledger.Key]time.Duration{
			{Family: "place/prod", Name: "service web"}:            step.service,
			{Family: "users/sg-1", Name: "prod service web web:1"}: step.first,
			{Family: "users/sg-2", Name: "prod service web web:1"}: step.then,
		} {
			if after < 0 {
				continue
			}
			var want time.Time
			if after > 0 {
				want = at.Add(after)
			}
			if got := store.expiry(t, key.Family, key.Name); !got.Equal(want) {
				t.Errorf("%v, %v: expires %s, want %s", step.place, key, got, want)
			}
		}
	}
}

// TestAPlaceThatSomebodyElseWritesAtTheSameTimeIsNoError: the next look rights what differs.
func TestAPlaceThatSomebodyElseWritesAtTheSameTimeIsNoError(t *testing.T) {
	for conflicts := 1; conflicts <= 2; conflicts++ { // at the use, and at the place, too
		store := &watched{conflicts: conflicts}
		l := ledger.Ledger{Store: store}
		if err := l.PutPlace(t.Context(), "prod", "service web", webPlace("sg-1"), at); err != nil {
			t.Error(err)
		}
	}
}

// TestAPlaceIsWrittenWhereItDiffers in anything that it says.
func TestAPlaceIsWrittenWhereItDiffers(t *testing.T) {
	other := func(edit func(*ledger.Place)) ledger.Place {
		p := webPlace("sg-1")
		edit(&p)
		return p
	}
	for _, k := range []struct {
		name    string
		place   ledger.Place
		written bool
	}{
		{"nothing", webPlace("sg-1"), false},
		{"nobody has looked at its revision", other(func(p *ledger.Place) { p.Runs[0].Router = "" }), false},
		{"its router", other(func(p *ledger.Place) { p.Runs[0].Router = "no" }), true},
		{"its kind", other(func(p *ledger.Place) { p.By = "container instance" }), true},
		{"its name", other(func(p *ledger.Place) { p.Name = "prod/i-0a" }), true},
		{"its revision", other(func(p *ledger.Place) { p.Runs[0].Revision = "web:2" }), true},
		{"its groups", webPlace("sg-2"), true},
		{"what it runs", other(func(p *ledger.Place) { p.Runs = append(p.Runs, ledger.Run{Revision: "web:2"}) }), true},
	} {
		store := &watched{}
		l := ledger.Ledger{Store: store}
		for _, p := range []ledger.Place{webPlace("sg-1"), k.place} {
			store.writes = nil
			if err := l.PutPlace(t.Context(), "prod", "service web", p, at); err != nil {
				t.Fatal(err)
			}
		}
		if written := len(store.writes) > 0; written != k.written {
			t.Errorf("%s differs: written %v", k.name, written)
		}
	}
}

// TestTheClustersAreWrittenWhereTheyDiffer, also over somebody else's.
func TestTheClustersAreWrittenWhereTheyDiffer(t *testing.T) {
	store := &watched{conflicts: 1}
	l := ledger.Ledger{Store: store}
	for _, step := range []struct {
		names  []string
		writes int
	}{{nil, 1}, {nil, 1}, {[]string{"a", "b"}, 2}, {[]string{"a", "b"}, 2}, {[]string{"b"}, 3}} {
		if err := l.PutClusters(t.Context(), step.names); err != nil || len(store.writes) != step.writes {
			t.Errorf("%v: %d writes, %v", step.names, len(store.writes), err)
		}
	}
	if names, err := l.Clusters(t.Context()); err != nil || !slices.Equal(names, []string{"b"}) {
		t.Errorf("clusters %v, %v", names, err)
	}
}

// TestASweepsDocumentExpires, at each write as at the first: 400 days after its beginning.
func TestASweepsDocumentExpires(t *testing.T) {
	store := &watched{}
	l := ledger.Ledger{Store: store}
	begin(t, l, "s", at)
	want := store.expiry(t, "sweep", "s")
	if !want.Equal(at.Add(400 * 24 * time.Hour)) {
		t.Errorf("it expires %s", want)
	}
	finish(t, l, "s", at.Add(time.Hour))
	if got := store.expiry(t, "sweep", "s"); !got.Equal(want) {
		t.Errorf("it expires %s, and %s once it is finished", want, got)
	}
}

// TestAPartIsCountedOverSomebodyElsesCount: workers finish at the same time.
func TestAPartIsCountedOverSomebodyElsesCount(t *testing.T) {
	store := &watched{}
	l := ledger.Ledger{Store: store}
	begin(t, l, "s", at)
	store.conflicts = 3
	s, err := l.PartDone(t.Context(), "s", ledger.PartDone{ID: "first", Sent: []string{"b"}, Looked: ledger.Looked{Groups: 1}}, "second", at)
	if err != nil || s.Groups != 1 || len(s.Missing()) != 1 {
		t.Errorf("got %+v, %v", s, err)
	}
}
