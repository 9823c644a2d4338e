package ledger

import (
	"testing"
	"time"
)

func TestAHomeIsKept(t *testing.T) {
	l, now := Ledger{Store: &Memory{}}, time.Unix(0, 0)
	if group, err := l.Home(t.Context(), "subnet-1"); group != "" || err != nil {
		t.Errorf("got %q, %v", group, err)
	}
	for range 2 { // who comes second has found the same
		if err := l.PutHome(t.Context(), "subnet-1", "sg-1", now); err != nil {
			t.Fatal(err)
		}
	}
	if group, err := l.Home(t.Context(), "subnet-1"); group != "sg-1" || err != nil {
		t.Errorf("got %q, %v", group, err)
	}
}
