package rules

import (
	"fmt"
	"slices"
	"strings"

	ec2 "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ecs "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// opening is what a rule says of groups that let 24224 in to the routers of one network mode.
type opening struct {
	rule string
	mode ecs.NetworkMode
	// quiet is the severity where nothing says that a router listens beyond what ECS generates, and why it is no higher.
	quiet Severity
	why   string
}

// check is one finding for each protocol and source that lets 24224 in.
func (o opening) check(g Group, p Params) []Finding {
	users := g.FirelensUsers(string(o.mode))
	if len(users) == 0 {
		return nil
	}
	severity, reasons := o.evidence(users)
	protocols := listens(users)
	return bySource(g.Entries, func(e ec2.SecurityGroupRule) (Finding, bool) {
		protocol := Protocol(str(e.IpProtocol))
		if !slices.ContainsFunc(protocols, func(proto string) bool { return Covers(e, proto, Port) }) {
			return Finding{}, false
		}
		return Finding{
			Rule: o.rule, Severity: severity, Status: Noncompliant, Resource: g.Ref(),
			Path:     "ingress[" + protocol + " " + Source(e) + "]",
			Message:  fmt.Sprintf("%s lets port %d in from %s to the FireLens router of %s", g.ID, Port, Source(e), describeUsers(users)),
			Evidence: slices.Concat([]string{entryEvidence(e)}, reasons, some(g.Servers)),
			Fixable:  (protocol != "-1" || p.AllowProtocolLoss) && changeable(g, p),
		}, true
	})
}

// fix is the group with 24224 taken out of its entries for what these routers listen on. An all-traffic entry that is spelled
// out leaves nothing for the other rule, whose routers may listen on udp as well.
func (o opening) fix(g Group, p Params) Group {
	users := g.FirelensUsers(string(o.mode))
	if len(users) == 0 || !changeable(g, p) {
		return g
	}
	var spelled []string
	if p.AllowProtocolLoss {
		spelled = listens(append(g.FirelensUsers(string(ecs.NetworkModeAwsvpc)), g.FirelensUsers(string(ecs.NetworkModeHost))...))
	}
	g.Entries = close24224(g.Entries, listens(users), spelled)
	return g
}

// changeable says whether a group may be changed: not where something else behind it may serve 24224, unless the policy says so.
func changeable(g Group, p Params) bool { return len(g.Servers) == 0 || p.SharedGroups }

// evidence is how severe an open entry is, and what says so: the users that may listen first.
func (o opening) evidence(users []User) (Severity, []string) {
	var loud, rest []string
	for _, u := range users {
		if why := u.Definition.OwnListener(); why != "" {
			loud = append(loud, u.runs()+": "+why)
			continue
		}
		rest = append(rest, u.runs())
	}
	if len(loud) > 0 {
		return High, some(append(loud, rest...))
	}
	return o.quiet, append(some(rest), o.why+", and nothing in the definition says that the router opens another")
}

// bySource makes one finding of all entries that say the same: further entries are evidence.
func bySource(entries []ec2.SecurityGroupRule, say func(ec2.SecurityGroupRule) (Finding, bool)) []Finding {
	var found []Finding
	at := map[string]int{}
	for _, e := range entries {
		f, ok := say(e)
		if !ok {
			continue
		}
		if i, seen := at[f.Path]; seen {
			found[i].Evidence = append(found[i].Evidence, entryEvidence(e))
			continue
		}
		at[f.Path] = len(found)
		found = append(found, f)
	}
	return found
}

func entryEvidence(e ec2.SecurityGroupRule) string {
	return "entry " + str(e.SecurityGroupRuleId) + ": " + Allowance(e)
}

// runs says what a user runs.
func (u User) runs() string { return u.By + " " + u.Name + " runs " + u.Definition.Name() }

// How many users a message names, and an evidence lists: a fleet of instances must fit into an event and into a mail.
const (
	usersNamed  = 3
	usersListed = 20
)

func describeUsers(users []User) string {
	var names []string
	for i, u := range users {
		if i == usersNamed {
			return strings.Join(names, ", ") + fmt.Sprintf(" and %d more", len(users)-i)
		}
		names = append(names, u.By+" "+u.Name)
	}
	return strings.Join(names, ", ")
}

// some are the first lines of an evidence, and how many more there are.
func some(lines []string) []string {
	if more := len(lines) - usersListed; more > 0 {
		return append(slices.Clone(lines[:usersListed]), fmt.Sprintf("and %d more", more))
	}
	return lines
}
