package reconcile_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/rules"
)

// attempt is one remediation of a scene with one fault in it, until nothing fails any more.
type attempt struct {
	*scene
	w    *watch
	l    *line
	with func(*reconcile.Remediator) // what is wrong with this remediator, if anything
	// deliveries is how often the finding was delivered, 0 where something still fails.
	deliveries int
	bad        []string
}

// deliveriesMax are the faulty delivery and three more, as the queue gives before a message goes to its dead letters.
const deliveriesMax = 4

// try plays a fault at a call, from 1; 0 for a run without.
func try(t *testing.T, k shape, at int, f hazard, with func(*reconcile.Remediator)) *attempt {
	t.Helper()
	s := newScene(t, k)
	a := &attempt{scene: s, w: s.watched(), l: &line{at: at}, with: with}
	a.l.fault, a.l.seen = f.fault(a), a.seen
	a.deliveries = a.until(a.l, s.bodies)
	a.again()
	a.bad = append(a.bad, a.w.problems()...)
	a.bad = append(a.bad, a.atRest(f)...)
	if a.w.blind && !blindAllowed(f, a.l.hit) {
		a.bad = append(a.bad, "not seen: an edit by somebody else before "+a.l.hit)
	}
	return a
}

// seen is told of each call before it is made.
func (a *attempt) seen(call string) {
	if call == readsEntries {
		a.w.unseen = false
	}
}

// readsEntries is the call that shows somebody else's edits.
const readsEntries = "ec2 DescribeSecurityGroupRules"

// until delivers until nothing fails, each time after a dead handler's lease has ended.
func (a *attempt) until(l *line, bodies []string) int {
	for n := 1; n <= deliveriesMax; n++ {
		done, err := a.deliver(l, bodies, a.with)
		if err != nil {
			a.bad = append(a.bad, err.Error())
		}
		if done {
			return n
		}
		a.now = a.now.Add(2 * time.Minute)
		l = &line{seen: a.seen}
	}
	a.bad = append(a.bad, fmt.Sprintf("still failing after %d deliveries", deliveriesMax))
	return 0
}

// again delivers what somebody else's edit sets off, then the first finding once more, which must change and send nothing.
func (a *attempt) again() {
	a.now = a.now.Add(2 * time.Minute)
	a.until(&line{seen: a.seen}, a.found())
	ops, told := a.w.ops, len(a.notices)
	a.until(&line{seen: a.seen}, a.bodies)
	if a.w.ops != ops && a.shape.refuses == nil || len(a.notices) != told {
		a.bad = append(a.bad, "a finding that came late changed or sent something")
	}
}

func (a *attempt) ref() string { return "security-group/" + a.group }

// atRest is what is wrong with the ledger and the notices at the end.
func (a *attempt) atRest(f hazard) []string {
	var bad []string
	known, err := a.stack.Ledger.Resource(a.t.Context(), a.ref())
	if err != nil || known.Pending != "" {
		bad = append(bad, fmt.Sprintf("pending %q, %v", known.Pending, err))
	}
	for _, found := range known.Findings {
		if found.State == ledger.Open {
			bad = append(bad, "a finding was left open")
		}
	}
	all, err := a.stack.Ledger.Remediations(a.t.Context())
	if err != nil {
		bad = append(bad, err.Error())
	}
	if most := f.remediations(); len(all) > most && a.shape.refuses == nil { // what was refused is tried anew with each event
		bad = append(bad, fmt.Sprintf("%d remediations, want %d at most", len(all), most))
	}
	var outcomes []string
	for _, m := range all {
		bad = append(bad, a.recorded(m, f)...)
		if m.Outcome != ledger.Resolved { // somebody else was first: nobody is told
			outcomes = append(outcomes, string(m.Outcome)+" "+a.ref())
		}
	}
	return append(bad, a.told(outcomes, f)...)
}

// recorded is what is wrong with a remediation's record.
func (a *attempt) recorded(m ledger.Remediation, f hazard) []string {
	var bad []string
	expected := a.shape.refuses != nil && m.Outcome == ledger.Blocked || m.Outcome == ledger.Remediated || m.Outcome == ledger.Resolved && f.edit != nil || m.Outcome == ledger.Blocked && !a.exists()
	if m.Finished.IsZero() || !expected {
		bad = append(bad, fmt.Sprintf("remediation %s: %s %q, finished %s", m.ID, m.Outcome, m.Reason, m.Finished))
	}
	var before entries
	if err := json.Unmarshal(m.Before, &before); err != nil {
		bad = append(bad, "before-image: "+err.Error())
	}
	seen := func(state entries) bool { return slices.Equal(written(state), written(before)) }
	if f.edit == nil && !seen(a.first) || !slices.ContainsFunc(a.w.states, seen) {
		bad = append(bad, fmt.Sprintf("before-image: %s", strings.Join(written(before), ", ")))
	}
	return bad
}

func written(all entries) []string {
	var texts []string
	for _, e := range all {
		texts = append(texts, *e.SecurityGroupRuleId+" "+rules.Allowance(e)+" "+labelOf(e))
	}
	slices.Sort(texts)
	return texts
}

// told is what is wrong with the notices: one for each remediation, twice only where it may be unknown that it was sent.
func (a *attempt) told(outcomes []string, f hazard) []string {
	if a.shape.plan == "" && f.edit == nil {
		outcomes = []string{"reported " + a.ref()}
	}
	if a.shape.refuses != nil {
		outcomes = []string{"blocked " + a.ref()}
	}
	got := a.statuses()
	if a.shape.plan == "" && f.edit != nil { // reported before or after the edit, or not any more
		got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "reported ") })
	}
	if a.maySendTwice(f) && len(got) > 1 {
		got = slices.Compact(got)
	}
	if a.shape.refuses != nil && len(a.notices) > 0 && a.notices[0].Reason != a.shape.reason {
		return []string{"blocked for " + a.notices[0].Reason}
	}
	if !slices.Equal(got, outcomes) {
		return []string{fmt.Sprintf("notices %v, want %v", a.statuses(), outcomes)}
	}
	return nil
}

// maySendTwice says whether the fault lies between publishing a notice and recording that people know it.
func (a *attempt) maySendTwice(f hazard) bool {
	if f.edit != nil || a.l.hit == "" {
		return false
	}
	return a.l.hit == "publish" && f.fault(a).name != "error" || a.l.at > 1 && a.l.calls[a.l.at-2] == "publish"
}
