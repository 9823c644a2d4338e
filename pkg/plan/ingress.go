package plan

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Op is what a step does to an ingress entry, by the EC2 action's name.
type Op string

// The operations, in the order in which a plan makes them: grant before taking away.
const (
	Authorize Op = "authorize"
	Modify    Op = "modify"
	Revoke    Op = "revoke"
)

// Step is one change of one ingress entry, one API call.
type Step struct {
	Op Op `json:"op"`
	// Before is the entry as read; nil for Authorize.
	Before *types.SecurityGroupRule `json:"before,omitempty"`
	// After is the entry as it shall be, source, description and tags included; nil for Revoke. Authorize's has no id.
	After *types.SecurityGroupRule `json:"after,omitempty"`
}

// Ingress is the plan that leads a group's entries from current to desired.
type Ingress struct {
	Group string `json:"group"`
	Steps []Step `json:"steps"`
}

// Empty says that nothing is to be done.
func (p Ingress) Empty() bool { return len(p.Steps) == 0 }

// Diff plans the way from the current entries to the desired ones. Desired entries carry the id of the current one that they
// come from, or none where they are new; an id that is gone counts as none. An entry that exists already is not created;
// where the new form of an entry exists already, the original is revoked. Authorize comes first, then Modify, then Revoke, so
// that at no moment anything is refused that both states allow. Diff(x, x) is empty.
func Diff(current, desired rules.Group) Ingress {
	d := differ{there: map[string]bool{}, kept: map[string]types.SecurityGroupRule{}, taken: map[string]bool{}}
	for _, e := range current.Entries {
		d.there[id(e)] = true
	}
	for _, e := range desired.Entries {
		if d.there[id(e)] {
			d.kept[id(e)] = e
		}
	}
	for _, e := range current.Entries {
		if want, ok := d.kept[id(e)]; ok && rules.Allowance(want) == rules.Allowance(e) {
			d.taken[rules.Allowance(e)] = true
		}
	}
	modified, revoked := d.changes(current.Entries)
	p := Ingress{Group: current.ID, Steps: d.authorizations(desired.Entries)}
	p.Steps = append(append(p.Steps, modified...), revoked...)
	return p
}

// differ holds what a Diff knows: the ids that are there, the desired form of those that stay, and the allowances that
// some entry has or will have.
type differ struct {
	there map[string]bool
	kept  map[string]types.SecurityGroupRule
	taken map[string]bool
}

// changes modifies what has a new form and revokes what has none, or whose new form another entry has.
func (d differ) changes(current []types.SecurityGroupRule) (modified, revoked []Step) {
	for _, e := range current {
		want, ok := d.kept[id(e)]
		same := ok && rules.Allowance(want) == rules.Allowance(e)
		switch {
		case same && description(want) == description(e):
		case same || ok && !d.taken[rules.Allowance(want)]:
			d.taken[rules.Allowance(want)] = true
			modified = append(modified, Step{Op: Modify, Before: &e, After: &want})
		default:
			revoked = append(revoked, Step{Op: Revoke, Before: &e})
		}
	}
	return modified, revoked
}

// authorizations creates each new entry once, unless some entry is or becomes it.
func (d differ) authorizations(desired []types.SecurityGroupRule) []Step {
	var steps []Step
	for _, e := range desired {
		if d.there[id(e)] || d.taken[rules.Allowance(e)] {
			continue
		}
		d.taken[rules.Allowance(e)] = true
		e.SecurityGroupRuleId, e.SecurityGroupRuleArn = nil, nil
		steps = append(steps, Step{Op: Authorize, After: &e})
	}
	return steps
}

func description(e types.SecurityGroupRule) string {
	if e.Description == nil {
		return ""
	}
	return *e.Description
}

func id(e types.SecurityGroupRule) string {
	if e.SecurityGroupRuleId == nil {
		return ""
	}
	return *e.SecurityGroupRuleId
}

// String prints the plan, one step a line: "- sgr-0abc  tcp 24000-25000 0.0.0.0/0", "+ …".
func (p Ingress) String() string {
	var b strings.Builder
	for _, s := range p.Steps {
		switch s.Op {
		case Authorize:
			fmt.Fprintf(&b, "+ (new)  %s\n", rules.Allowance(*s.After))
		case Modify:
			fmt.Fprintf(&b, "~ %s  %s  becomes  %s\n", id(*s.Before), rules.Allowance(*s.Before), rules.Allowance(*s.After))
		case Revoke:
			fmt.Fprintf(&b, "- %s  %s\n", id(*s.Before), rules.Allowance(*s.Before))
		}
	}
	return b.String()
}
