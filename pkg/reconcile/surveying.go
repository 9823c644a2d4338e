package reconcile

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
)

// Unjudged is what a survey read, and has yet to judge.
type Unjudged struct {
	survey           Survey
	snapshot         inventory.Snapshot
	families, groups int

	mu   sync.Mutex
	read []surveyed
}

// surveyed is what was read of one resource, by its Ref: of a family each revision. With an error it may be a part of it.
type surveyed struct {
	ref string
	at  []surveyedAt
	err error
}

// surveyedAt is a resource to judge, and where what is found in it matters.
type surveyedAt struct {
	resource rules.Resource
	SurveyFinding
}

func (u *Unjudged) add(r surveyed) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.read = append(u.read, r)
	u.survey.Done()
}

// family reads a family's latest active revision, and those that run beside it.
func (u *Unjudged) family(ctx context.Context, family string) surveyed {
	runs := u.snapshot.Runs(family)
	p := surveyed{ref: string(rules.KindDefinition) + "/" + family}
	latest := ""
	starting := runs[family]
	delete(runs, family)
	for _, ref := range append([]string{family}, slices.Sorted(maps.Keys(runs))...) {
		if ref == latest {
			continue
		}
		d, err := u.survey.Tasks.Describe(ctx, ref)
		if ecstask.IsNotFound(err) && ref == family { // it went after it was listed
			continue
		}
		if err != nil {
			p.err = err
			return p
		}
		arn := deref(d.Task.TaskDefinitionArn)
		if ref == family {
			latest = arn
			runs[arn] = append(runs[arn], starting...)
		}
		d.Bindings, d.Published = u.snapshot.Bindings(family), u.snapshot.Published(family)
		p.at = append(p.at, surveyedAt{d, SurveyFinding{Revisions: []string{d.Name()}, Users: runs[arn], Families: []string{family}}})
	}
	return p
}

// group reads a group with its users. One that is gone since it was listed has no findings.
func (u *Unjudged) group(ctx context.Context, id string) surveyed {
	p := surveyed{ref: string(rules.KindGroup) + "/" + id}
	g, err := readGroup(ctx, u.survey.Groups, &once{seen: u.snapshot, done: true}, id)
	switch {
	case ec2sg.IsNotFound(err):
		return p
	case err != nil:
		p.err = err
		return p
	}
	var at SurveyFinding
	for _, user := range g.Users {
		at.Revisions = append(at.Revisions, user.Definition.Name())
		at.Users = append(at.Users, user.By+" "+user.Name)
		at.Families = append(at.Families, deref(user.Definition.Task.Family))
	}
	p.at = []surveyedAt{{g, at}}
	return p
}

// serviceNames are the services among users.
type serviceNames map[string]bool

func (s serviceNames) take(users []string) {
	for _, user := range users {
		if strings.HasPrefix(user, "service ") {
			s[user] = true
		}
	}
}

// judging is the evaluation of one resource, or of all revisions of a family.
type judging struct {
	survey Survey
	found  []SurveyFinding
	notes  []string
}

// judge evaluates a resource, and adds its findings, each with where it is. What several revisions have is one finding.
func (p *judging) judge(at surveyedAt) {
	found, exempt, notes := p.survey.evaluate(at.resource)
	for _, note := range notes {
		if !slices.Contains(p.notes, note) {
			p.notes = append(p.notes, note)
		}
	}
	for _, f := range found {
		p.merge(f, nil, at.SurveyFinding)
	}
	for _, e := range exempt {
		p.merge(e.Finding, &e.by, at.SurveyFinding)
	}
}

// merge adds a finding, or to one that another revision has already, where it is. The latest revision comes first, and what it
// says counts; but what is exempt on one revision and not on another is not exempt.
func (p *judging) merge(f rules.Finding, by *policy.Exemption, at SurveyFinding) {
	i := slices.IndexFunc(p.found, func(known SurveyFinding) bool { return known.Fingerprint() == f.Fingerprint() })
	if i < 0 {
		i = len(p.found)
		p.found = append(p.found, SurveyFinding{Finding: f, Exemption: by})
	}
	known := &p.found[i]
	if by == nil {
		known.Exemption = nil
	}
	known.Revisions = union(known.Revisions, at.Revisions)
	known.Users = union(known.Users, at.Users)
	known.Families = union(known.Families, at.Families)
}

// each does all of them, so many at a time.
func each(workers int, all []string, do func(string)) {
	next := make(chan string)
	var done sync.WaitGroup
	for range max(1, workers) {
		done.Go(func() {
			for name := range next {
				do(name)
			}
		})
	}
	for _, name := range all {
		next <- name
	}
	close(next)
	done.Wait()
}
