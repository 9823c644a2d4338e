package metrics_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/metrics"
)

// document is a line of the embedded metric format, as far as its specification names members.
type document struct {
	About struct {
		Timestamp         int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name, Unit string }
		}
	} `json:"_aws"`
	root map[string]any
}

// units are those of the specification's schema that are in use here.
var units = []string{"Count", "Milliseconds"}

// wrong is what the specification has against a line. It is checked here by the specification's words, one by one.
func wrong(line []byte) (found []string) {
	complain := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	var d document
	if err := json.Unmarshal(line, &d); err != nil {
		return []string{err.Error()}
	}
	if err := json.Unmarshal(line, &d.root); err != nil {
		return []string{err.Error()}
	}
	if len(line) > 256<<10 {
		complain("%d bytes", len(line))
	}
	if d.About.Timestamp < 1e12 {
		complain("the timestamp %d is not in milliseconds", d.About.Timestamp)
	}
	if len(d.About.CloudWatchMetrics) == 0 {
		complain("no metrics")
	}
	for _, directive := range d.About.CloudWatchMetrics {
		if directive.Namespace == "" || strings.HasPrefix(directive.Namespace, "AWS/") {
			complain("the namespace %q", directive.Namespace)
		}
		if len(directive.Dimensions) == 0 || len(directive.Metrics) == 0 || len(directive.Metrics) > 100 {
			complain("%d sets of dimensions, %d metrics", len(directive.Dimensions), len(directive.Metrics))
		}
		for _, dimension := range slices.Concat(directive.Dimensions...) {
			if s, ok := d.root[dimension].(string); !ok || s == "" || len(s) > 1024 {
				complain("the dimension %s is %v", dimension, d.root[dimension])
			}
		}
		for _, set := range directive.Dimensions {
			if len(set) > 30 {
				complain("%d dimensions", len(set))
			}
		}
		for _, m := range directive.Metrics {
			if !slices.Contains(units, m.Unit) {
				complain("%s is in %q", m.Name, m.Unit)
			}
			found = append(found, wrongValue(m.Name, d.root[m.Name])...)
		}
	}
	return found
}

// wrongValue wants a number or an array of up to 100 numbers.
func wrongValue(name string, v any) []string {
	all, many := v.([]any)
	if !many {
		all = []any{v}
	}
	if len(all) == 0 || len(all) > 100 || slices.ContainsFunc(all, func(v any) bool { _, ok := v.(float64); return !ok }) {
		return []string{fmt.Sprintf("%s is %d values: %v", name, len(all), v)}
	}
	return nil
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newMeter() (*metrics.Meter, *bytes.Buffer) {
	var out bytes.Buffer
	return &metrics.Meter{Stack: "firewarden", Out: &out, Now: func() time.Time { return noon }}, &out
}

// lines are what a meter wrote, each checked.
func lines(t *testing.T, out *bytes.Buffer) []string {
	t.Helper()
	all := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	for _, line := range all {
		for _, what := range wrong([]byte(line)) {
			t.Errorf("%s: %s", what, line)
		}
	}
	return all
}

func TestEveryLineIsOfTheFormat(t *testing.T) {
	m, out := newMeter()
	m.Event("group")
	m.Event("group")
	m.Event("definition")
	m.Finding("FL101")
	m.Outcome("remediated")
	m.Latency(1500 * time.Millisecond)
	m.Latency(-time.Second)
	m.Sweep(90*time.Second, map[string]int{"high": 2, "low": 0})
	m.Flush()
	got := strings.Join(lines(t, out), "\n")
	const about = `{"Timestamp":1795435200000,"CloudWatchMetrics":[{"Namespace":"FireWarden","Dimensions":[["Stack","Kind"]],"Metrics":[{"Name":"Events","Unit":"Count"}]}]}`
	for _, want := range []string{
		`"Events":2,"Kind":"group","Stack":"firewarden"`, `"Events":1,"Kind":"definition"`, `"Findings":1,"Rule":"FL101"`,
		`"Outcome":"remediated","Outcomes":1`, `"Latency":[1500,0],"Stack":"firewarden","SweepDuration":90000`,
		`"OpenFindings":2,"Severity":"high"`, `"OpenFindings":0,"Severity":"low"`, `"level":"INFO","timestamp":"2026-11-23T12:00:00Z"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no line has %s:\n%s", want, got)
		}
	}
	if n := strings.Count(got, "\n") + 1; n != 7 {
		t.Errorf("%d lines", n)
	}
	if !strings.Contains(got, about) {
		t.Errorf("no line is about %s:\n%s", about, got)
	}
}

// TestTheCheckCanFail keeps the check of the format honest.
func TestTheCheckCanFail(t *testing.T) {
	m, out := newMeter()
	m.Event("group")
	m.Flush()
	good := out.String()
	for _, edit := range [][2]string{
		{`"Events":1`, `"Events":"1"`},
		{`"Events":1,`, ``},
		{`"Events":1`, `"Events":[` + strings.Repeat("1,", 100) + `1]`},
		{`"Kind":"group",`, ``},
		{`"Kind":"group"`, `"Kind":""`},
		{`"Unit":"Count"`, `"Unit":"Counts"`},
		{`1795435200000`, `1795435200`},
		{`"Namespace":"FireWarden"`, `"Namespace":"AWS/FireWarden"`},
		{`[["Stack","Kind"]]`, `[]`},
		{`[["Stack","Kind"]]`, `[[` + strings.Repeat(`"Stack",`, 30) + `"Kind"]]`},
		{`{`, `2026-11-23T12:00:00Z {`},
	} {
		bad := strings.Replace(good, edit[0], edit[1], 1)
		if bad == good || len(wrong([]byte(bad))) == 0 {
			t.Errorf("nothing wrong with %s", bad)
		}
	}
}

func TestMoreThanAHundredValuesTakeMoreLines(t *testing.T) {
	m, out := newMeter()
	for i := range 250 {
		m.Latency(time.Duration(i) * time.Millisecond)
	}
	m.Event("group")
	m.Flush()
	var sum float64
	n := 0
	for _, line := range lines(t, out) {
		var d struct{ Latency []float64 }
		if strings.Contains(line, `"Latency":[`) {
			if err := json.Unmarshal([]byte(line), &d); err != nil {
				t.Fatal(err)
			}
		}
		n += len(d.Latency)
		for _, v := range d.Latency {
			sum += v
		}
	}
	if n != 250 || sum != 249*250/2 {
		t.Errorf("%d values, %v in all", n, sum)
	}
	if got := strings.Count(out.String(), `"Events":1`); got != 1 {
		t.Errorf("the event is there %d times", got)
	}
}

func TestAFlushBeginsAnew(t *testing.T) {
	m, out := newMeter()
	m.Event("group")
	m.Flush()
	first := out.Len()
	m.Flush()
	if out.Len() != first {
		t.Errorf("written twice: %s", out)
	}
	m.Event("group")
	m.Flush()
	if out.String()[first:] != out.String()[:first] {
		t.Errorf("the second invocation counted on: %s", out)
	}
}

func TestAMeterWithoutOutCountsNothing(t *testing.T) {
	m := &metrics.Meter{Stack: "firewarden", Now: time.Now}
	m.Event("group")
	m.Sweep(time.Second, map[string]int{"high": 1})
	m.Flush()
	var out bytes.Buffer
	m.Out = &out
	m.Flush()
	if out.Len() > 0 {
		t.Errorf("it had counted: %s", out.String())
	}
}
