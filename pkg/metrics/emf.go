package metrics

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// maxValues is how many values of one metric a line can hold.
const maxValues = 100

// line is a document of the format. Metrics and dimensions are members of its root, beside what is about them.
type line struct {
	about *metadata
	root  map[string]any
}

type metadata struct {
	Timestamp         int64 // milliseconds since 1970
	CloudWatchMetrics []directive
}

// directive tells CloudWatch which members of a line are metrics, and of which dimensions.
type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []definition
}

type definition struct{ Name, Unit string }

// Flush writes what was counted, a line for each set of dimensions' values, and begins anew. What cannot be written is lost: no
// work fails for its metrics.
func (m *Meter) Flush() {
	m.mu.Lock()
	defer m.mu.Unlock()
	points := m.points
	m.points = nil
	for len(points) > 0 {
		for _, l := range m.lines(points) {
			if body, err := json.Marshal(l.root); err == nil {
				_, _ = m.Out.Write(append(body, '\n')) // one write a line: Lambda takes each line for an event
			}
		}
		points = rest(points)
	}
}

// lines are the first maxValues values of each series. Metrics with the same dimensions and the same values of them share a line.
func (m *Meter) lines(points map[series][]float64) []line {
	now := m.Now()
	var lines []line
	var last series
	for _, s := range slices.SortedFunc(maps.Keys(points), series.compare) {
		if len(lines) == 0 || !slices.Equal(metrics[s.metric].By, metrics[last.metric].By) || s.of != last.of {
			lines = append(lines, m.line(s, now))
		}
		last = s
		lines[len(lines)-1].add(metrics[s.metric], points[s][:min(len(points[s]), maxValues)])
	}
	return lines
}

// compare puts series with the same dimensions and values of them side by side.
func (s series) compare(t series) int {
	return cmp.Or(slices.Compare(metrics[s.metric].By, metrics[t.metric].By), slices.Compare(s.of[:], t.of[:]), cmp.Compare(s.metric, t.metric))
}

// line is a document without metrics. Lambda's JSON log format leaves JSON as it is, but for a level and a timestamp where it finds
// none (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html and -log-level.html): here it does.
func (m *Meter) line(s series, now time.Time) line {
	l := line{&metadata{Timestamp: now.UnixMilli()}, map[string]any{
		"level": "INFO", "timestamp": now.UTC().Format(time.RFC3339Nano), Stack: m.Stack,
	}}
	l.root["_aws"] = l.about
	for i, dimension := range metrics[s.metric].By {
		l.root[dimension] = s.of[i]
	}
	return l
}

func (l line) add(metric Metric, points []float64) {
	l.about.CloudWatchMetrics = append(l.about.CloudWatchMetrics, directive{Namespace, metric.Sets(), []definition{{metric.Name, metric.Unit}}})
	l.root[metric.Name] = points
	if len(points) == 1 {
		l.root[metric.Name] = points[0]
	}
}

// rest is what does not fit into the lines.
func rest(points map[series][]float64) map[series][]float64 {
	left := map[series][]float64{}
	for s, all := range points {
		if len(all) > maxValues {
			left[s] = all[maxValues:]
		}
	}
	return left
}
