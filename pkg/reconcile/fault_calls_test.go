package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestEveryHazardAtEveryCall plays, for each kind of plan, each hazard at each call that a remediator makes, to EC2, ECS, the
// ledger and the topic, then delivers the finding again until nothing fails. In the end 24224 is closed and nothing else is; on
// the way nothing else was refused; the ledger is at rest with the first before-image; people were told once.
func TestEveryHazardAtEveryCall(t *testing.T) {
	var mu sync.Mutex
	table, runs, blind := []string{}, 0, 0
	t.Run("kinds", func(t *testing.T) {
		for _, k := range slices.Concat(shapes, refusedShapes) {
			t.Run(k.name, func(t *testing.T) {
				t.Parallel()
				n, b, row := matrix(t, k)
				mu.Lock()
				defer mu.Unlock()
				runs, blind, table = runs+n, blind+b, append(table, row)
			})
		}
	})
	t.Logf("%d runs; %d where somebody else's edit came in the moment that EC2 gives nobody a chance to see\n%s", runs, blind, strings.Join(table, "\n"))
}

// matrix plays all hazards at all calls of one kind of plan.
func matrix(t *testing.T, k shape) (runs, blind int, row string) {
	clean := try(t, k, 0, hazard{}, nil)
	if len(clean.bad) > 0 || !k.made(clean.w.ops) || clean.deliveries != 1 {
		t.Fatalf("without a fault: %d deliveries, %q, want %q\n  %s", clean.deliveries, clean.w.ops, k.plan, strings.Join(clean.bad, "\n  "))
	}
	calls := clean.l.calls
	for i, h := range hazards() {
		for at := 1; at <= len(calls); at++ {
			if !h.befalls(calls[at-1]) || h.edit != nil && k.refuses != nil || (i+at)%share != 0 {
				continue
			}
			runs++
			a := try(t, k, at, h, nil)
			if a.w.blind {
				blind++
			}
			if len(a.bad) > 0 {
				t.Errorf("%s at call %d (%s), changes %q:\n  %s\n  entries %v", h.name, at, a.l.hit, a.w.ops, strings.Join(a.bad, "\n  "), written(a.standing()))
			}
		}
	}
	return runs, blind, fmt.Sprintf("%-26s %-6s %2d calls x %2d hazards, %3d runs, %2d unseen", k.name, k.plan, len(calls), len(hazards()), runs, blind)
}

// made says whether these changes are the kind's plan; what was refused is tried, and taken back, anew with each event.
func (k shape) made(ops string) bool {
	if k.refuses == nil || k.plan == "" {
		return ops == k.plan
	}
	return ops != "" && strings.ReplaceAll(ops, k.plan, "") == ""
}

// TestADeathAndARevocation lets the process die at each call up to its first change, and somebody revoke the entry before it comes
// back: then nothing was remediated, nothing is begun, and nobody is told of what was not done.
func TestADeathAndARevocation(t *testing.T) {
	k := shapes[0]
	clean := try(t, k, 0, hazard{}, nil)
	h := hazard{name: "revokes, and death", edit: (*scene).revokes, dies: true}
	for at, call := range clean.l.calls {
		a := try(t, k, at+1, h, nil)
		if len(a.bad) > 0 || a.w.ops != "" {
			t.Errorf("at call %d (%s), changes %q:\n  %s", at+1, call, a.w.ops, strings.Join(a.bad, "\n  "))
		}
		if call == "ec2 RevokeSecurityGroupIngress" {
			return
		}
	}
	t.Error("there was no change")
}
