package ledger_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// mendAndReopen plays n rounds of a remediation and its undoing, apart by gap, and returns the round after which the rule is
// contested, 0 for never.
func mendAndReopen(n int, gap time.Duration) (int, ledger.Resource) {
	f := rules.Finding{Rule: "FL101", Resource: "security-group/sg-0a", Path: "ingress[tcp 0.0.0.0/0]"}
	r := ledger.Resource{Ref: f.Resource, Findings: map[string]ledger.Finding{}}
	now := at
	for i := range n {
		f.Path = fmt.Sprintf("ingress[tcp 10.0.%d.0/24]", i) // another source each time: it is the rule and resource that count
		r.Observe([]rules.Finding{f}, trigger.Origin{Principal: "terraform"}, now)
		if _, yes := r.Contested["FL101"]; yes {
			return i, r
		}
		r.Settle([]string{f.Fingerprint()}, ledger.Remediated, "", &ledger.Remediation{ID: strconv.Itoa(i)}, now)
		r.Observe([]rules.Finding{f}, trigger.Origin{Principal: "terraform"}, now.Add(time.Minute))
		r.Settle([]string{f.Fingerprint()}, ledger.Open, "", nil, now)
		now = now.Add(gap)
	}
	return 0, r
}

func TestContested(t *testing.T) {
	cases := []struct {
		name  string
		gap   time.Duration
		after int
	}{
		{"three times in a day", time.Hour, 3},
		{"daily", 24 * time.Hour, 3},
		{"every two weeks", 14 * 24 * time.Hour, 3},
		{"every three weeks", 21 * 24 * time.Hour, 0},
	}
	for _, c := range cases {
		after, r := mendAndReopen(10, c.gap)
		if after != c.after {
			t.Errorf("%s: contested after %d, want %d", c.name, after, c.after)
		}
		if after == 0 {
			continue
		}
		if m := r.History["FL101"][0]; m.Undone == nil || m.Undone.Principal != "terraform" {
			t.Errorf("%s: who undid it is not kept: %+v", c.name, m)
		}
		if !r.Release("FL101") || r.Release("FL101") || len(r.History["FL101"]) != 0 {
			t.Errorf("%s: not released once", c.name)
		}
	}
}

func TestAHoldEnds(t *testing.T) {
	var r ledger.Resource
	r.Hold(ledger.Hold{Rule: "FL101", Until: at.Add(time.Hour)}, at)
	if _, held := r.Held("FL101", at); !held {
		t.Error("not held")
	}
	if _, held := r.Held("FL103", at); held {
		t.Error("another rule is held")
	}
	if _, held := r.Held("FL101", at.Add(time.Hour)); held {
		t.Error("held for ever")
	}
	r.Hold(ledger.Hold{Rule: "FL103", Until: at.Add(3 * time.Hour)}, at.Add(2*time.Hour))
	if len(r.Holds) != 1 {
		t.Errorf("holds %v, want the ended one dropped", r.Holds)
	}
}

func TestEndContest(t *testing.T) {
	l := ledger.Ledger{Store: &ledger.Memory{}}
	r, err := l.Resource(t.Context(), "security-group/sg-0a")
	if err != nil {
		t.Fatal(err)
	}
	f := rules.Finding{Rule: "FL101", Resource: r.Ref, Path: "ingress[tcp 0.0.0.0/0]"}
	r.Findings[f.Fingerprint()] = ledger.Finding{Finding: f, State: ledger.Contested, Reason: "again and again"}
	r.Contested = map[string]time.Time{"FL101": at}
	if err := l.PutResource(t.Context(), &r, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, false} {
		r, was, err := l.EndContest(t.Context(), r.Ref, "FL101", at)
		if err != nil || was != want || len(r.Contested) > 0 || r.Findings[f.Fingerprint()].Standing() != "open" {
			t.Errorf("was contested: %v, %+v, %v", was, r, err)
		}
	}
}
