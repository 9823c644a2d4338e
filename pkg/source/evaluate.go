package source

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Finding is a finding and where it stands.
type Finding struct {
	rules.Finding
	Position
}

// doubts are what a template leaves open of a group: its widest reading, in which every rule finds whatever may be wrong.
type doubts struct {
	widest rules.Group
	// kinds are the users of the widest reading, one for each definition.
	kinds   []rules.User
	entries []entry
	users   []user
}

// resource is the group as far as it is sure, with its doubts.
func (g *group) resource() Resource {
	sure := rules.Group{ID: g.id, Name: g.name}
	widest := sure
	for _, e := range g.entries {
		if e.why == "" {
			sure.Entries = append(sure.Entries, e.rule)
		}
		widest.Entries = append(widest.Entries, e.rule)
	}
	d := &doubts{entries: g.entries, users: g.users}
	seen := map[string]bool{}
	for _, u := range g.users {
		if u.widest != nil && !seen[u.runs] {
			d.kinds, seen[u.runs] = append(d.kinds, *u.widest), true
		}
		if u.sure != nil {
			sure.Users = append(sure.Users, *u.sure)
			sure.Servers = append(sure.Servers, servers(*u.sure)...)
		}
		if u.widest != nil {
			widest.Users = append(widest.Users, *u.widest)
		}
	}
	d.widest = widest
	return Resource{Resource: sure, start: g.at, doubts: d}
}

// servers are the containers of a user that may serve 24224 themselves.
func servers(u rules.User) []string {
	var found []string
	for _, container := range u.Definition.Serving(rules.Port) {
		found = append(found, fmt.Sprintf("container %s of %s %s maps port %d", container, u.By, u.Name, rules.Port))
	}
	return found
}

// Evaluate runs the rules of the resource's kind, as rules.Evaluate does, and says where each finding stands. What a rule finds of
// a group only in the widest reading of the template is unknown, with why; so is what it finds of a definition in some readings only.
func (r Resource) Evaluate(all []rules.Rule, p rules.Params) []Finding {
	var found []Finding
	if r.doubts == nil {
		for _, f := range rules.Evaluate(all, r.Resource, p) {
			found = append(found, Finding{Finding: f, Position: r.At(f.Path)})
		}
		if r.Readings != nil {
			return r.across(found, all, p)
		}
		return found
	}
	entries := r.doubts.byFinding(all, p)
	sure := map[string]bool{}
	for _, f := range rules.Evaluate(all, r.Resource, p) {
		sure[f.Fingerprint()] = true
		found = append(found, Finding{Finding: f, Position: r.doubts.at(entries[f.Fingerprint()], true, r.start)})
	}
	for _, f := range rules.Evaluate(all, r.doubts.widest, p) {
		if !sure[f.Fingerprint()] {
			from := entries[f.Fingerprint()]
			found = append(found, Finding{Finding: unsureFinding(f, r.doubts.why(from)), Position: r.doubts.at(from, false, r.start)})
		}
	}
	return found
}

func unsureFinding(f rules.Finding, why string) rules.Finding {
	return rules.Finding{
		Rule: f.Rule, Severity: rules.Info, Status: rules.Unknown, Resource: f.Resource, Path: f.Path, Message: "cannot tell: " + why,
	}
}

// byFinding are the entries that a finding is about, by its fingerprint: those which alone make it.
func (d *doubts) byFinding(all []rules.Rule, p rules.Params) map[string][]entry {
	found := map[string][]entry{}
	one := d.widest
	one.Users = d.kinds // who uses the group more than once makes no other finding
	for _, e := range d.entries {
		one.Entries = []types.SecurityGroupRule{e.rule}
		for _, f := range rules.Evaluate(all, one, p) {
			found[f.Fingerprint()] = append(found[f.Fingerprint()], e)
		}
	}
	return found
}

// at is the place of the first of the entries, or of the first sure one.
func (d *doubts) at(entries []entry, sure bool, otherwise Position) Position {
	for _, e := range entries {
		if !sure || e.why == "" {
			return e.at
		}
	}
	return otherwise
}

// why is the doubt about the entries, or about who uses the group.
func (d *doubts) why(entries []entry) string {
	if i := slices.IndexFunc(entries, func(e entry) bool { return e.why == "" }); i < 0 && len(entries) > 0 {
		return entries[0].why
	}
	var why string
	for _, u := range d.users {
		if u.mayRoute() {
			why = cmp.Or(why, u.why, u.gap)
		}
	}
	return cmp.Or(why, "the template leaves open what it rests on")
}
