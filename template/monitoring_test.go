package template

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/metrics"
)

const (
	alarmType = "AWS::CloudWatch::Alarm"
	dashboard = "Dashboard"
)

// alarms are those that can be left out: what each watches, and when it speaks.
var alarms = map[string]string{
	"AuditErrorAlarm":        "AWS/Lambda Errors FunctionName=AuditFunction: Sum GreaterThanOrEqualToThreshold 1, else notBreaching",
	"RemediateErrorAlarm":    "AWS/Lambda Errors FunctionName=RemediateFunction: Sum GreaterThanOrEqualToThreshold 1, else notBreaching",
	"AuditThrottleAlarm":     "AWS/Lambda Throttles FunctionName=AuditFunction: Sum GreaterThanOrEqualToThreshold 1, else notBreaching",
	"RemediateThrottleAlarm": "AWS/Lambda Throttles FunctionName=RemediateFunction: Sum GreaterThanOrEqualToThreshold 1, else notBreaching",
	"CallThrottleAlarm":      "FireWarden Throttles Stack=AWS::StackName: Sum GreaterThanOrEqualToThreshold 10, else notBreaching",
	"ContestedAlarm":         "FireWarden Outcomes Stack=AWS::StackName Outcome=contested: Sum GreaterThanOrEqualToThreshold 1, else notBreaching",
	"BlockedAlarm":           "FireWarden Outcomes Stack=AWS::StackName Outcome=blocked: Sum GreaterThanOrEqualToThreshold 1, else notBreaching",
	"LatencyAlarm":           "FireWarden Latency Stack=AWS::StackName: p95 GreaterThanThreshold 300000, else notBreaching",
	"SweepAlarm":             "FireWarden SweepDuration Stack=AWS::StackName: SampleCount LessThanThreshold 1, else breaching",
}

func monitoringIsOptional(d document) (c complaints) {
	for _, id := range append(sorted(alarms), dashboard) {
		if at(d.resource(id), "Condition") != "HasMonitoring" && d.resource(id) != nil { // one that is not there has its own assertion
			c.add("%s is there where nobody asked for it", id)
		}
	}
	if compact(at(node(d), "Conditions", "HasMonitoring")) != `{"Fn::Equals":[{"Ref":"Monitoring"},"true"]}` {
		c.add("HasMonitoring is not that Monitoring is true")
	}
	return c
}

func alarmsWatchWhatIsCounted(d document) (c complaints) {
	for _, id := range sorted(alarms) {
		a := d.props(id)
		if got := watches(a); got != alarms[id] {
			c.add("%s watches %s", id, got)
		}
		if !slices.ContainsFunc(list(a["AlarmActions"]), func(v any) bool { return points(v) == topic }) {
			c.add("%s does not tell %s", id, topic)
		}
		if a["Namespace"] == metrics.Namespace && !isCounted(text(a["MetricName"]), keys(a)) {
			c.add("%s watches %v by %v, which nothing counts", id, a["MetricName"], keys(a))
		}
	}
	sweep := d.props("SweepAlarm")
	if hours := points(sweep["EvaluationPeriods"]); hours != "SweepOverdueHours" || number(sweep["Period"]) != 3600 {
		c.add("SweepAlarm waits for %s periods of %v s, not for SweepOverdueHours", hours, sweep["Period"])
	}
	return c
}

func watches(a node) string {
	parts := []string{points(a["Namespace"]), points(a["MetricName"])}
	for _, dimension := range list(a["Dimensions"]) {
		parts = append(parts, text(at(dimension, "Name"))+"="+points(at(dimension, "Value")))
	}
	return strings.Join(parts, " ") + ": " + text(a["Statistic"]) + text(a["ExtendedStatistic"]) + " " + text(a["ComparisonOperator"]) + " " + compact(a["Threshold"]) +
		", else " + text(a["TreatMissingData"])
}

// keys are the names of an alarm's dimensions.
func keys(a node) []string {
	var all []string
	for _, dimension := range list(a["Dimensions"]) {
		all = append(all, text(at(dimension, "Name")))
	}
	return all
}

// isCounted says whether there is a metric of the functions' own with exactly these dimensions.
func isCounted(name string, dimensions []string) bool {
	return slices.ContainsFunc(metrics.All(), func(m metrics.Metric) bool {
		return m.Name == name && slices.ContainsFunc(m.Sets(), func(set []string) bool { return slices.Equal(set, dimensions) })
	})
}

var (
	// variable is one of Fn::Sub; a literal "${" is written "${!".
	variable = regexp.MustCompile(`\$\{([^!}]+)\}`)
	// searched is a SEARCH of the functions' own metrics.
	searched = regexp.MustCompile(`^SEARCH\('\{FireWarden,([A-Za-z,]+)\} MetricName="([A-Za-z]+)" Stack="AWS::StackName"', '[A-Za-z]+', \d+\)$`)
)

// dashboardShowsWhatIsCounted: all metrics of the functions' own, and none that nothing counts.
func dashboardShowsWhatIsCounted(d document) (c complaints) {
	body := text(at(d.props(dashboard)["DashboardBody"], "Fn::Sub"))
	for _, v := range variable.FindAllStringSubmatch(body, -1) {
		if id, _, _ := strings.Cut(v[1], "."); !strings.HasPrefix(id, "AWS::") && d.resource(id) == nil {
			c.add("the dashboard shows %s, which is not there", id)
		}
	}
	var content struct {
		Widgets []struct{ Properties struct{ Metrics [][]any } }
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(variable.ReplaceAllString(body, "$1"), "${!", "${")), &content); err != nil {
		c.add("the dashboard is no JSON: %v", err)
		return c
	}
	shown := map[string]bool{}
	for _, w := range content.Widgets {
		for _, metric := range w.Properties.Metrics {
			name, dimensions := graphed(metric)
			if name != "" && !isCounted(name, dimensions) {
				c.add("the dashboard shows %s by %v, which nothing counts", name, dimensions)
			}
			shown[name] = true
		}
	}
	for _, m := range metrics.All() {
		if !shown[m.Name] {
			c.add("the dashboard does not show %s", m.Name)
		}
	}
	return c
}

// graphed is a metric of the functions' own in a graph, with its dimensions; "" for those of AWS.
func graphed(metric []any) (string, []string) {
	if expression := text(at(metric[0], "expression")); expression != "" {
		m := searched.FindStringSubmatch(expression)
		if m == nil {
			return expression, nil
		}
		return m[2], strings.Split(m[1], ",")
	}
	if metric[0] != metrics.Namespace {
		return "", nil
	}
	var dimensions []string
	for i := 2; i+1 < len(metric); i += 2 {
		dimensions = append(dimensions, text(metric[i]))
	}
	return text(metric[1]), dimensions
}

// row is a line of a table in Markdown whose first cell names something.
var row = regexp.MustCompile("(?m)^\\| (`[A-Za-z]+`(?:, `[A-Za-z]+`)*) \\|(.*)\\|$")

// tabled are the rows of the table under a heading of docs/metrics.md: what follows the name, by name, a name each.
func tabled(t *testing.T, heading string) map[string]string {
	t.Helper()
	doc, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(doc), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("docs/metrics.md has no %s", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	rows := map[string]string{}
	for _, m := range row.FindAllStringSubmatch(section, -1) {
		for _, name := range strings.Split(m[1], ", ") {
			rows[strings.Trim(name, "`")] = m[2]
		}
	}
	return rows
}

// TestTheDocumentHasTheMetricsAndAlarms: docs/metrics.md has every one, with its dimensions and unit, and none that is not there.
func TestTheDocumentHasTheMetricsAndAlarms(t *testing.T) {
	rows := tabled(t, "Metrics")
	for _, m := range metrics.All() {
		cells := strings.Split(rows[m.Name], " | ")
		var by []string
		for _, dimension := range m.By {
			by = append(by, "`"+dimension+"`")
		}
		said := strings.Join(by, ", ")
		if m.Total {
			said += "; also by `Stack` alone"
		}
		if got := strings.TrimSpace(cells[0]); got != said || len(cells) < 3 || cells[1] != m.Unit {
			t.Errorf("docs/metrics.md says of %s: %q; it has the dimensions %s and the unit %s", m.Name, rows[m.Name], said, m.Unit)
		}
		delete(rows, m.Name)
	}
	for name := range rows {
		t.Errorf("docs/metrics.md has %s, which nothing counts", name)
	}
	if got, want := sorted(tabled(t, "Alarms")), sorted(translate(t).of(alarmType)); !slices.Equal(got, want) {
		t.Errorf("docs/metrics.md has the alarms %v, the template %v", got, want)
	}
}

// TestOnlyAlarmsOnDeadLettersAreAlwaysThere: all others are left out with Monitoring=false.
func TestOnlyAlarmsOnDeadLettersAreAlwaysThere(t *testing.T) {
	var always []string
	d := translate(t)
	for _, id := range sorted(d.of(alarmType)) {
		if at(d.resource(id), "Condition") == nil {
			always = append(always, id)
		}
	}
	if want := []string{"AuditDeadLetterAlarm", "RemediateDeadLetterAlarm"}; !slices.Equal(always, want) {
		t.Errorf("always there: %v", always)
	}
}
