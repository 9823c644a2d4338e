package rules

import (
	"fmt"
	"slices"
	"strings"
)

// roleVerdict is what FL402 and FL404 say of one of a definition's two roles.
type roleVerdict struct {
	rule, path string
	name       string // "task role"
	effect     string // what comes of an action that it does not allow
	role       string // an ARN
	actions    []Action
	answers    RoleAnswers
}

// judged is an action that the role does not allow, or of which that is not known.
type judged struct {
	Action
	lacks  bool
	denied bool // so that no policy more would mend it
	why    string
}

// findings is one finding, for all that the role lacks.
func (r roleVerdict) findings(d Definition) []Finding {
	switch {
	case r.role == "" || len(r.actions) == 0:
		return nil
	case d.foreign(r.role):
		return d.unknown(r.rule, r.path, "the "+r.name+" is another account's")
	case r.answers.Gone:
		f := d.finding(r.rule, High, r.path, "there is no "+r.name+" "+r.role+": no task of this definition can start")
		f.Evidence = []string{r.proposal(d, r.actions)}
		return []Finding{f}
	case r.answers.Why != "":
		return d.unknown(r.rule, r.path, r.answers.Why)
	}
	return r.found(d, r.judge(d))
}

func (r roleVerdict) found(d Definition, all []judged) []Finding {
	if len(all) == 0 {
		return nil
	}
	lacking := slices.IndexFunc(all, func(j judged) bool { return j.lacks })
	if lacking < 0 {
		found := d.unknown(r.rule, r.path, all[0].reason())
		found[0].Evidence = r.evidence(d, all)
		return found
	}
	worst := all[lacking]
	f := d.finding(r.rule, High, r.path, fmt.Sprintf("the %s %s: %s", r.name, worst.reason(), r.effect))
	f.Evidence = r.evidence(d, all)
	return []Finding{f}
}

// reason says what of an action: "does not allow s3:PutObject on …, for which container app (s3) asks".
func (j judged) reason() string {
	if j.lacks {
		return fmt.Sprintf("%s %s on %s, for which %s asks", j.why, j.Name, j.Resource, j.For)
	}
	return fmt.Sprintf("whether %s is allowed on %s, for which %s asks: %s", j.Name, j.Resource, j.For, j.why)
}

// evidence are the actions, one a line, and the policy that would allow them.
func (r roleVerdict) evidence(d Definition, all []judged) []string {
	var lines []string
	var mend []Action
	for _, j := range all {
		lines = append(lines, j.reason())
		if !j.denied {
			mend = append(mend, j.Action)
		}
	}
	lines = some(lines)
	if len(mend) > 0 {
		lines = append(lines, r.proposal(d, mend))
	}
	return lines
}

func (r roleVerdict) proposal(d Definition, actions []Action) string {
	return "a policy that allows it: " + NeededPolicy(d.Owned(r.role, actions)).String()
}

// judge leaves out what the role allows, and says of the rest what is known, each action on each resource once.
func (r roleVerdict) judge(d Definition) []judged {
	var all []judged
	for _, a := range r.actions {
		j, allowed := r.one(d, a)
		known := func(k judged) bool { return k.Name == j.Name && k.Resource == j.Resource }
		if !allowed && !slices.ContainsFunc(all, known) {
			all = append(all, j)
		}
	}
	return all
}

// one judges an action.
func (r roleVerdict) one(d Definition, a Action) (j judged, allowed bool) {
	j.Action = d.home(r.role).own(a)
	questions, sure := d.home(r.role).asks(a)
	var missing []string
	for _, q := range questions {
		decision, asked := r.answers.Decisions[q]
		if decision.Allowed && len(decision.Missing) == 0 {
			return j, true
		}
		if !asked {
			j.why = "IAM was not asked about it yet"
		}
		missing = append(missing, decision.Missing...)
		j.denied = j.denied || decision.Denied
	}
	slices.Sort(missing)
	switch elsewhere := grantedElsewhere(j.Action, r.role); {
	case j.why != "":
	case len(missing) > 0:
		j.why = "that hangs on " + strings.Join(slices.Compact(missing), ", ")
	case !sure:
		j.why = "the definition does not tell the whole ARN, and the policies do not allow all that it may be"
	case a.spare:
		j.why = "the instance's role may serve"
	case j.denied:
		j.lacks, j.why = true, "(or its permissions boundary, or the organization) denies"
	case elsewhere != "":
		j.why = "no policy of the role does; " + elsewhere + " may"
	default:
		j.lacks, j.why = true, "does not allow"
	}
	return j, false
}

// grantedElsewhere is the resource's own policy that may allow what no policy of a role of the same account does, "" where there
// is none. IAM simulates none for a role.
func grantedElsewhere(a Action, role string) string {
	parts := strings.SplitN(a.Resource, ":", arnParts)
	if len(parts) < arnParts {
		return ""
	}
	for _, p := range resourcePolicies {
		if p.service == parts[2] && (!p.sameAccount || parts[4] == accountOf(role)) {
			return p.what
		}
	}
	return ""
}
