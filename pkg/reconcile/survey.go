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
// deployed stack. It reads the latest active revision of each family, every revision that something runs, and every group in use
// with its users. For F families, R further revisions in use and G groups it costs one [inventory.Reader.Snapshot],
// ceil(F/100) × ListTaskDefinitionFamilies, F + R × DescribeTaskDefinition, and for each group DescribeSecurityGroups,
// DescribeSecurityGroupRules for each 1,000 entries, and, where a FireLens task is behind an open one, DescribeNetworkInterfaces.
// Of its Stack it uses Policy, Enrichers and Now.
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
	// Planned is called once with how many families and groups there are to read, Read after each of them, by any worker.
	Planned func(families, groups int)
	Read    func()
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
	// ("service prod/web", "task 0123", "container instance prod/i-0a"). Families are the revisions'. All sorted.
	Revisions, Users, Families []string
}

// Unread is a resource that could not be read, by its Ref.
type Unread struct {
	Resource string
	Err      error
}

// Run surveys. Its error is of the listings, without which nothing can be read.
func (s Survey) Run(ctx context.Context) (Surveyed, error) {
	snapshot, err := s.Inventory.Snapshot(ctx)
	if err != nil {
		return Surveyed{}, fmt.Errorf("listing what is in use: %w", err)
	}
	families, err := s.Families.Families(ctx)
	if err != nil {
		return Surveyed{}, err
	}
	groups := snapshot.Groups()
	s.Planned(len(families), len(groups))
	v := &surveying{Survey: s, snapshot: snapshot, services: map[string]bool{}}
	each(s.Workers, families, func(family string) { v.add(v.family(ctx, family)) })
	each(s.Workers, groups, func(id string) { v.add(v.group(ctx, id)) })
	out := v.out
	out.Families, out.Groups, out.Services = len(families), len(groups), len(v.services)
	slices.SortStableFunc(out.Found, func(a, b SurveyFinding) int { return strings.Compare(a.Resource, b.Resource) })
	slices.SortFunc(out.Unread, func(a, b Unread) int { return strings.Compare(a.Resource, b.Resource) })
	slices.Sort(out.Notes)
	return out, nil
}
