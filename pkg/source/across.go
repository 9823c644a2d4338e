package source

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/firewarden/firewarden/pkg/rules"
)

// across are the findings of the readings: what is wrong in each of them is sure, what is in some is unknown, with where it is. One that is
// found whatever the reading stands once, however its containers are called in each.
func (r Resource) across(whatever []Finding, all []rules.Rule, p rules.Params) []Finding {
	read, wrong := make([][]Finding, len(r.Readings)), make([][]Finding, len(r.Readings))
	for i, one := range r.Readings {
		read[i] = one.Evaluate(all, p)
		for _, f := range read[i] {
			if f.Status == rules.Noncompliant {
				wrong[i] = append(wrong[i], f)
			}
		}
	}
	inEach := func(f Finding, by func(Finding) string) bool {
		return !slices.ContainsFunc(wrong, func(some []Finding) bool { return !f.among(some, by) })
	}
	found := slices.DeleteFunc(whatever, func(f Finding) bool { return f.Status != rules.Noncompliant || !inEach(f, Finding.spot) })
	known := len(found)
	for i, one := range r.Readings {
		for _, f := range read[i] {
			f.Resource = r.Ref()
			if f.Status == rules.Noncompliant && !inEach(f, Finding.place) {
				f.Finding = unsureFinding(f.Finding, one.why+"; where "+one.when+", "+f.Message)
			}
			if !f.among(found[:known], Finding.spot) && !f.among(found, Finding.place) {
				found = append(found, f)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(a.Severity.Rank()-b.Severity.Rank(), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Path, b.Path))
	})
	return found
}

// place is what a finding is about, whatever the resource is called; spot is where it stands, whatever its containers are called.
func (f Finding) place() string { return f.Rule + " " + f.Path }
func (f Finding) spot() string  { return fmt.Sprint(f.Rule, f.Position) }

// among says whether a finding is one of some, told apart in that way.
func (f Finding) among(all []Finding, by func(Finding) string) bool {
	return slices.ContainsFunc(all, func(other Finding) bool { return by(other) == by(f) })
}
