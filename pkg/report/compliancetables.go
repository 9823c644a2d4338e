package report

import (
	"slices"
	"strconv"
)

// sweepTable has the last sweeps.
func sweepTable(all []Sweep) table {
	t := table{{cells: []string{"SWEEP", "STARTED", "FINISHED", "FAMILIES", "GROUPS", "SEEN", "NEW", "REMEDIATIONS"}}}
	for _, s := range all[max(0, len(all)-rowsShown):] {
		t = append(t, row{cells: slices.Concat([]string{s.ID, Moment(s.Started), Moment(s.Finished)}, numbers(s.Families, s.Groups, s.Seen, s.New, s.Remediations))})
	}
	return t
}

func exemptionTable(all []Exemption) table {
	t := table{{cells: []string{"UNTIL", "STATE", "RULE", "RESOURCE", "OWNER", "BY", "SUPPRESSED"}}}
	for _, e := range all {
		cells := []string{e.Until, e.State, e.Rule, e.Resource, orDash(e.Owner), e.By, strconv.Itoa(e.Suppressed)}
		t = append(t, row{cells, []string{e.Reason}})
	}
	return t
}

func outcomeTable(m Remedied) table {
	t := table{{cells: []string{"OUTCOME", "REMEDIATIONS", "UNDONE"}}}
	for _, o := range m.ByOutcome {
		t = append(t, row{cells: append([]string{o.Outcome}, numbers(o.Count, o.Undone)...)})
	}
	return t
}

func remedyTable(m Remedied) table {
	t := table{{cells: []string{"RULE", "REMEDIATIONS", "UNDONE"}}}
	for _, r := range m.ByRule {
		t = append(t, row{cells: append([]string{r.Rule}, numbers(r.Count, r.Undone)...)})
	}
	return t
}

func numbers(all ...int) []string {
	texts := make([]string, len(all))
	for i, n := range all {
		texts[i] = strconv.Itoa(n)
	}
	return texts
}
