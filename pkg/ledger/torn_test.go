package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/firewarden/firewarden/pkg/ledger"
)

// torn is a store in memory with something that happens before one of its writes, once.
type torn struct {
	ledger.Memory
	at     int // counted from 1
	puts   int
	happen func() error
}

func (s *torn) Put(ctx context.Context, in ledger.Write) error {
	if s.puts++; s.puts == s.at {
		if err := s.happen(); err != nil {
			return err
		}
	}
	return s.Memory.Put(ctx, in)
}

// agrees says whether the groups name place "service web" as user where it says so itself.
func agrees(t *testing.T, what string, l ledger.Ledger) {
	t.Helper()
	p, err := l.Place(t.Context(), "prod", "service web")
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range []string{"sg-1", "sg-2", "sg-3"} {
		users, err := l.Users(t.Context(), group)
		if err != nil {
			t.Fatal(err)
		}
		is := slices.ContainsFunc(p.Runs, func(r ledger.Run) bool { return slices.Contains(r.Groups, group) })
		if named := len(users) > 0; named != is {
			t.Errorf("%s: the place runs %v, named by %s: %v", what, p.Runs, group, named)
		}
	}
}

// TestAGroupNamesWhoeverSaysToBeBehindIt, whatever befalls the writers: one dies before a write, or another one writes then, and what a
// third one sees, later, is as before, as the one saw it, as the other did, otherwise, or gone.
func TestAGroupNamesWhoeverSaysToBeBehindIt(t *testing.T) {
	died := errors.New("died")
	states := map[string]ledger.Place{"nothing": {}, "sg-1": webPlace("sg-1"), "sg-2": webPlace("sg-2"), "sg-1 and sg-3": webPlace("sg-1", "sg-3")}
	put := func(l ledger.Ledger, p ledger.Place) error {
		return l.PutPlace(context.Background(), "prod", "service web", p, at)
	}
	for before, first := range states {
		for one, second := range states {
			for other, third := range states {
				for n := 1; n <= 6; n++ {
					for befalls, death := range map[string]bool{"dies": true, "is not alone": false} {
						store := &torn{}
						l := ledger.Ledger{Store: store}
						if err := put(l, first); err != nil {
							t.Fatal(err)
						}
						store.puts, store.at = 0, n
						store.happen = func() error {
							if death {
								return died
							}
							return put(l, third)
						}
						what := fmt.Sprintf("%s; who sees %s %s at write %d; then %s", before, one, befalls, n, other)
						if err := put(l, second); err != nil && !errors.Is(err, died) {
							t.Fatalf("%s: %v", what, err)
						}
						store.at = 0
						if death {
							if err := put(l, third); err != nil {
								t.Fatal(err)
							}
						}
						agrees(t, what, l)
					}
				}
			}
		}
	}
}

// TestWhatIsHalfGoneIsStillThere to be cleared.
func TestWhatIsHalfGoneIsStillThere(t *testing.T) {
	store := &torn{}
	l := ledger.Ledger{Store: store}
	if err := l.PutPlace(t.Context(), "prod", "service web", webPlace("sg-1"), at); err != nil {
		t.Fatal(err)
	}
	store.puts, store.at, store.happen = 0, 2, func() error { return context.Canceled }
	if err := l.PutPlace(t.Context(), "prod", "service web", ledger.Place{}, at); err == nil {
		t.Fatal("no error")
	}
	if keys, err := l.Places(t.Context(), "prod"); err != nil || !slices.Equal(keys, []string{"service web"}) {
		t.Errorf("places %v, %v", keys, err)
	}
}
