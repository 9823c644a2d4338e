package ledger

import (
	"testing"
	"time"
)

func TestOneOfSeveralClaims(t *testing.T) {
	l, now := Ledger{Store: &Memory{}}, time.Unix(0, 0)
	claim := func(what string, after time.Duration) bool {
		t.Helper()
		mine, err := l.Claim(t.Context(), what, now.Add(after), 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		return mine
	}
	if !claim("web:1", 0) || claim("web:1", 0) || claim("web:1", 4*time.Second) || !claim("web:2", 0) {
		t.Error("not one each")
	}
	if !claim("web:1", 5*time.Second) || claim("web:1", 6*time.Second) {
		t.Error("a claim is taken over once, after its time")
	}
}
