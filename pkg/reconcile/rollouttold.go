package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/plan"
)

// rolloutNotes say of each who still runs what was corrected why it was left, and how to move it.
func (s Stack) rolloutNotes(o *plan.Rollout, remediation string) []string {
	if o == nil || o.Remediation != remediation {
		return nil
	}
	var notes []string
	for _, user := range slices.Sorted(maps.Keys(o.Moves)) {
		m := o.Moves[user]
		service := strings.HasPrefix(user, "service ")
		switch {
		case m.State == plan.Left && service && m.Why == notAsked:
			notes = append(notes, "to move "+user+": "+s.moving(user, lastPart(o.To)))
		case m.State == plan.Left && service:
			notes = append(notes, user+" was left as it is: "+m.Why)
		case m.State == plan.Left && user == tasksLeft:
			notes = append(notes, user+" run on until they stop")
		case m.State == plan.Left:
			notes = append(notes, user+" starts "+lastPart(o.From)+", or another revision with the finding, until it names "+lastPart(o.To)+" or the family alone")
		case m.State == plan.Failed:
			notes = append(notes, fmt.Sprintf("the deployment of %s failed, and it runs %s again: %s", user, lastPart(o.From), m.Why))
		}
	}
	return notes
}

// standing is the outcome as far as the rollout has come, with its reason. The reason stays the same while deployments go on, so
// that people are told once.
func (o rolling) standing() (ledger.Status, string) {
	var failed, moving, left []string
	unfinished := false
	for _, user := range slices.Sorted(maps.Keys(o.Moves)) {
		switch m := o.Moves[user]; {
		case m.State == plan.Failed:
			failed = append(failed, user)
		case m.State == plan.Left:
			left = append(left, user)
		case m.State != plan.Gone:
			moving = append(moving, user)
			unfinished = unfinished || m.State.Unfinished()
		}
	}
	switch {
	case unfinished:
		return ledger.RollingOut, o.String() + ": " + some(moving)
	case len(failed) > 0:
		return ledger.RolloutFailed, some(failed) + ": " + o.Moves[failed[0]].Why
	case len(left) > 0:
		return ledger.Corrected, "not rolled out: " + some(left)
	}
	return ledger.Remediated, ""
}

// tasksLeft stands for all tasks that are no service's: they come and go, and each would be told of.
const tasksLeft = "tasks that stand alone"

// some names a few of many.
func some(names []string) string {
	if more := len(names) - namedMax; more > 0 {
		names = append(slices.Clone(names[:namedMax]), fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

// namedMax is how many users of a definition a reason names.
const namedMax = 5
