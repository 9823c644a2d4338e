package metrics

import "slices"

// Namespace is where CloudWatch keeps the metrics.
const Namespace = "FireWarden"

// Stack is the dimension that every metric has: the name of the stack.
const Stack = "Stack"

// Metric is a figure in CloudWatch. Each combination of its dimensions' values is a metric of its own, and billed so: they are few,
// and none is a resource.
type Metric struct {
	Name string
	// Unit is one of CloudWatch's.
	Unit string
	// By are its dimensions beside Stack, at most two.
	By []string
	// Total says that it is there without those, too, for alarms: they cannot search.
	Total bool
	// Each says that all values are kept, for percentiles; otherwise an invocation adds them up.
	Each bool
}

// The metrics' names.
const (
	events        = "Events"
	findings      = "Findings"
	outcomes      = "Outcomes"
	latency       = "Latency"
	calls         = "Calls"
	throttles     = "Throttles"
	sweepDuration = "SweepDuration"
	openFindings  = "OpenFindings"
)

const (
	count        = "Count"
	milliseconds = "Milliseconds"
)

var metrics = []Metric{
	{Name: events, Unit: count, By: []string{"Kind"}},
	{Name: findings, Unit: count, By: []string{"Rule"}},
	{Name: outcomes, Unit: count, By: []string{"Outcome"}},
	{Name: latency, Unit: milliseconds, Each: true},
	{Name: calls, Unit: count, By: []string{"Service", "Operation"}},
	{Name: throttles, Unit: count, By: []string{"Service", "Operation"}, Total: true},
	{Name: sweepDuration, Unit: milliseconds, Each: true},
	{Name: openFindings, Unit: count, By: []string{"Severity"}, Each: true},
}

// All returns all metrics.
func All() []Metric { return slices.Clone(metrics) }

// Sets are the metric's sets of dimensions, each of which CloudWatch keeps apart.
func (m Metric) Sets() [][]string {
	sets := [][]string{append([]string{Stack}, m.By...)}
	if m.Total {
		sets = append(sets, []string{Stack})
	}
	return sets
}

// place is where a metric stands in the list.
func place(name string) int {
	return slices.IndexFunc(metrics, func(m Metric) bool { return m.Name == name })
}
