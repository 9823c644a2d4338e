package source

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/firewarden/firewarden/pkg/rules"
)

// across are the findings that are sure in any case, and those of the readings. What is wrong in each of them is sure, too; what is in
// some is unknown, with where it is.
func (r Resource) across(sure []Finding, all []rules.Rule, p rules.Params) []Finding {
	found := slices.DeleteFunc(sure, func(f Finding) bool { return f.Status != rules.Noncompliant })
	known := len(found)
	read, wrong := make([][]Finding, len(r.Readings)), map[string]int{}
	for i, one := range r.Readings {
		read[i] = one.Evaluate(all, p)
		for _, f := range read[i] {
			if f.Status == rules.Noncompliant {
				wrong[f.place()]++
			}
		}
	}
	for i, one := range r.Readings {
		for _, f := range read[i] {
			f.Resource = r.Ref()
			if f.Status == rules.Noncompliant && wrong[f.place()] < len(read) {
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
