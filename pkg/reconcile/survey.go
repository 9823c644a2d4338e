package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
)

// Survey reads the account in one Region as it is now and evaluates the rules. It writes nowhere: it needs no ledger, no bus and no
// deployed stack. It reads the latest active revision of each family, every revision that something runs or starts, and every group in
// use with its users. For F families, R further revisions in use and G groups it costs one [inventory.Reader.Snapshot], one
// [inventory.Reader.Started], ceil(F/100) × ListTaskDefinitionFamilies, F + R × DescribeTaskDefinition, and for each group
// DescribeSecurityGroups, DescribeSecurityGroupRules for each 1,000 entries, and, where a FireLens task is behind an open one,
// DescribeNetworkInterfaces. Where what starts tasks cannot be listed, the rest is read all the same.
// Of its Stack it uses Policy and Now.
//
// What definitions need besides is their readers' matter ([ConfigFiles.Completing]), except for what roles allow: that is asked
// once a role, of all that were read, in all Regions, between [Survey.Read] and [Unjudged.Judge].
//
// IAM: the reading actions of its fields' adapters.
type Survey struct {
	Stack
	Families Families
	// Tasks describes a definition once however often it is asked for, where it is [Remembered]; Inventory may ask it too.
	Tasks     TaskReader
	Groups    GroupReader
	Inventory Inventory
	// Workers is how many resources are read at a time; less than 2 is one after the other.
	Workers int
	// Planned is called once with how many families and groups there are to read, Done after each of them, by any worker.
	Planned func(families, groups int)
	Done    func()
}

// Surveyed is what a survey found.
type Surveyed struct {
	// Families, Revisions and Groups are how many were read, Services how many services run one of the revisions.
	Families, Revisions, Groups, Services int
	// Found are the findings, one a fingerprint, by resource and then as rules.Evaluate orders them.
	Found []SurveyFinding
	// Unread are the resources that could not be read, by resource; the others were read all the same.
	Unread []Unread
	// Notes are for people: a tag that was to exempt and is not understood.
	Notes []string
}

// SurveyFinding is a finding, and where it matters.
type SurveyFinding struct {
	rules.Finding
	// Exemption is the one that suppresses it; nil where none does.
	Exemption *policy.Exemption
	// Revisions are those that have it ("web:3"), of a group's finding those behind the group. Users are who runs them
	// ("service prod/web", "task 0123", "container instance prod/i-0a", "schedule prod/default/nightly"). Families are the revisions'. All sorted.
	Revisions, Users, Families []string
}

// Unread is a resource that could not be read, by its Ref.
type Unread struct {
	Resource string
	Err      error
}

// Read reads what there is to judge. Its error is of the listings, without which nothing can be read.
func (s Survey) Read(ctx context.Context) (*Unjudged, error) {
	snapshot, err := s.Inventory.Snapshot(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing what is in use: %w", err)
	}
	families, err := s.Families.Families(ctx)
	if err != nil {
		return nil, err
	}
	started, refused := s.Inventory.Started(ctx)
	snapshot = snapshot.With(started)
	groups := snapshot.Groups()
	s.Planned(len(families), len(groups))
	u := &Unjudged{survey: s, snapshot: snapshot, families: len(families), groups: len(groups)}
	if refused != nil {
		u.read = append(u.read, surveyed{ref: startsRef, err: fmt.Errorf("listing what schedules and rules start: %w", refused)})
	}
	each(s.Workers, families, func(family string) { u.add(u.family(ctx, family)) })
	each(s.Workers, groups, func(id string) { u.add(u.group(ctx, id)) })
	slices.SortFunc(u.read, func(a, b surveyed) int { return strings.Compare(a.ref, b.ref) })
	return u, nil
}

// Questions are what IAM must be asked to judge what was read: nothing where the policy switches the rules about roles off.
func (u *Unjudged) Questions() RoleQuestions {
	all := RoleQuestions{}
	if !slices.ContainsFunc(u.survey.active(), func(r rules.Rule) bool { return slices.Contains(ofRoles, r.ID) }) {
		return all
	}
	for _, r := range u.read {
		for _, at := range r.at {
			all.of(at.resource)
		}
	}
	return all
}

// Judge evaluates the rules. With nil nothing is said of what roles allow.
func (u *Unjudged) Judge(said RoleAnswers) Surveyed {
	out, services := Surveyed{Families: u.families, Groups: u.groups}, serviceNames{}
	for _, r := range u.read {
		p := judging{survey: u.survey}
		for _, at := range r.at {
			if d, ok := at.resource.(rules.Definition); ok {
				out.Revisions++
				services.take(at.Users)
				at.resource = said.withRoles(d)
			}
			p.judge(at)
		}
		out.Found = append(out.Found, p.found...)
		for _, note := range p.notes {
			out.Notes = append(out.Notes, r.ref+": "+note)
		}
		if r.err != nil {
			out.Unread = append(out.Unread, Unread{r.ref, r.err})
		}
	}
	out.Services = len(services)
	return out
}
