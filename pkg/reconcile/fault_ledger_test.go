package reconcile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/ledger"
)

// TestAFaultAtEveryCallOfTheLedger does the same for the ledger and for publishing: an error, and a death.
func TestAFaultAtEveryCallOfTheLedger(t *testing.T) {
	runs := 0
	for _, kind := range []string{"exact", "inside", "several"} {
		for k := 1; ; k++ {
			reached := false
			for _, dies := range []bool{false, true} {
				tr := newTrial(t, kind)
				n := 0
				tr.ledger.Fail = func(string, ledger.Key) error {
					if n++; n != k {
						return nil
					}
					reached = true
					if dies {
						panic(died)
					}
					return errors.New("the ledger does not answer")
				}
				tries := tr.deliver(tr.findings, 4)
				tr.ledger.Fail = nil
				// Dying between publishing and recording it tells twice; never not at all.
				bad := tr.problems(-1)
				if tries > 4 || len(bad) > 0 || len(tr.notices) < 1 || len(tr.notices) > 2 {
					t.Errorf("%s, call %d of the ledger, death %v: %d deliveries, %d notices\n  %s", kind, k, dies, tries, len(tr.notices), strings.Join(bad, "\n  "))
				}
				runs++
			}
			if !reached {
				break
			}
		}
	}
	t.Logf("%d runs", runs)
}

func TestAFaultWhenPublishing(t *testing.T) {
	for name, fault := range map[string]func() error{
		"error": func() error { return errors.New("the topic does not answer") },
		"death": func() error { panic(died) },
	} {
		tr := newTrial(t, "inside")
		once := true
		tr.publishing = func() error {
			if once {
				once = false
				return fault()
			}
			return nil
		}
		n := tr.deliver(tr.findings, 3)
		if bad := tr.problems(1); n != 2 || len(bad) > 0 {
			t.Errorf("%s: %d deliveries, %v", name, n, bad)
		}
	}
}
