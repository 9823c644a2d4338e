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
	read, wrong, spots := make([][]Finding, len(r.Readings)), map[string][]Finding{}, map[string]map[int]bool{}
	for i, one := range r.Readings {
		read[i] = one.Evaluate(all, p)
		for _, f := range read[i] {
			if f.Status == rules.Noncompliant {
				wrong[f.place()] = append(wrong[f.place()], f) // a reading has one finding at a place
				if spots[f.spot()] == nil {
					spots[f.spot()] = map[int]bool{}
				}
				spots[f.spot()][i] = true
			}
		}
	}
	found := slices.DeleteFunc(whatever, func(f Finding) bool { return f.Status != rules.Noncompliant || len(spots[f.spot()]) < len(read) })
	known, told := map[string]bool{}, map[string]bool{}
	for _, f := range found {
		known[f.spot()], told[f.place()] = true, true
	}
	for i, one := range r.Readings {
		for _, f := range read[i] {
			if known[f.spot()] || told[f.place()] {
				continue
			}
			told[f.place()] = true
			switch {
			case f.Status != rules.Noncompliant:
			case len(wrong[f.place()]) < len(read):
				f.Finding = unsureFinding(f.Finding, one.why+"; "+one.where(f.Message))
			default:
				f = r.mildest(wrong[f.place()])
			}
			f.Resource = r.Ref()
			found = append(found, f)
		}
	}
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(a.Severity.Rank()-b.Severity.Rank(), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Path, b.Path))
	})
	return found
}

// mildest is what is sure of a place that is wrong in each reading: the mildest of their findings, with what the others say otherwise.
func (r Resource) mildest(each []Finding) Finding {
	i := 0
	for j, f := range each {
		if f.Severity.Rank() > each[i].Severity.Rank() {
			i = j
		}
	}
	f, said := each[i], map[string]bool{each[i].Message: true}
	f.Evidence = slices.Clone(f.Evidence)
	for j, other := range each {
		if !said[other.Message] {
			said[other.Message] = true
			f.Evidence = append(f.Evidence, r.Readings[j].where(other.Message))
		}
	}
	if len(said) > 1 {
		f.Message = r.Readings[i].where(f.Message) + "; it is wrong in the other cases, too"
	}
	return f
}

// where is a message about a reading alone.
func (r Resource) where(message string) string { return "where " + r.when + ", " + message }

// place is what a finding is about, whatever the resource is called; spot is where it stands, whatever its containers are called.
func (f Finding) place() string { return f.Rule + " " + f.Path }
func (f Finding) spot() string  { return fmt.Sprint(f.Rule, f.Position) }
