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

// surveying is a survey at work.
type surveying struct {
	Survey
	snapshot inventory.Snapshot

	mu       sync.Mutex
	out      Surveyed
	services map[string]bool
}

// surveyedOne is what one resource adds to a survey.
type surveyedOne struct {
	ref       string
	revisions int
	found     []SurveyFinding
	notes     []string
	users     []string
	err       error
}

func (v *surveying) add(p surveyedOne) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.out.Revisions += p.revisions
	v.out.Found = append(v.out.Found, p.found...)
	for _, user := range p.users {
		if strings.HasPrefix(user, "service ") {
			v.services[user] = true
		}
	}
	for _, note := range p.notes {
		v.out.Notes = append(v.out.Notes, p.ref+": "+note)
	}
	if p.err != nil {
		v.out.Unread = append(v.out.Unread, Unread{p.ref, p.err})
	}
	v.Read()
}

// family judges a family's latest active revision, and those that run beside it. What several of them have is one finding.
func (v *surveying) family(ctx context.Context, family string) surveyedOne {
	runs := v.snapshot.Runs(family)
	p := surveyedOne{ref: string(rules.KindDefinition) + "/" + family}
	latest := ""
	for _, ref := range append([]string{family}, slices.Sorted(maps.Keys(runs))...) {
		if ref == latest {
			continue
		}
		d, err := v.Tasks.Describe(ctx, ref)
		if ecstask.IsNotFound(err) && ref == family { // it went after it was listed
			continue
		}
		if err == nil {
			err = v.complete(ctx, &d)
		}
		if err != nil {
			p.err = err
			return p
		}
		arn := deref(d.Task.TaskDefinitionArn)
		if ref == family {
			latest = arn
		}
		d.Bindings, d.Published = v.snapshot.Bindings(family), v.snapshot.Published(family)
		p.revisions++
		p.users = append(p.users, runs[arn]...)
		v.judge(&p, d, SurveyFinding{Revisions: []string{d.Name()}, Users: runs[arn], Families: []string{family}})
	}
	return p
}

// group judges a group with its users. One that is gone since it was listed has no findings.
func (v *surveying) group(ctx context.Context, id string) surveyedOne {
	p := surveyedOne{ref: string(rules.KindGroup) + "/" + id}
	g, err := readGroup(ctx, v.Groups, &once{seen: v.snapshot, done: true}, id)
	switch {
	case ec2sg.IsNotFound(err):
		return p
	case err != nil:
		p.err = err
		return p
	}
	var at SurveyFinding
	for _, u := range g.Users {
		at.Revisions = append(at.Revisions, u.Definition.Name())
		at.Users = append(at.Users, u.By+" "+u.Name)
		at.Families = append(at.Families, deref(u.Definition.Task.Family))
	}
	v.judge(&p, g, at)
	return p
}

// judge evaluates a resource, and adds its findings to what was read of it, each with where it is.
func (v *surveying) judge(p *surveyedOne, r rules.Resource, at SurveyFinding) {
	found, exempt, notes := v.evaluate(r)
	for _, note := range notes {
		if !slices.Contains(p.notes, note) {
			p.notes = append(p.notes, note)
		}
	}
	for _, f := range found {
		p.merge(f, nil, at)
	}
	for _, e := range exempt {
		p.merge(e.Finding, &e.by, at)
	}
}

// merge adds a finding, or to one that another revision has already, where it is. The latest revision comes first, and what it
// says counts; but what is exempt on one revision and not on another is not exempt.
func (p *surveyedOne) merge(f rules.Finding, by *policy.Exemption, at SurveyFinding) {
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
