package reconcile_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/metrics"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
)

// figures are the sums of what was written, by metric and values of its dimensions: "Events group".
type figures map[string]float64

// metered gives the stack a meter. What it returns reads all that was written since it was last called.
func (c *cloud) metered() func() figures {
	var out bytes.Buffer
	m := &metrics.Meter{Stack: "firewarden", Out: &out, Now: c.clock}
	c.stack.Meter = m
	return func() figures {
		c.t.Helper()
		m.Flush()
		sums := figures{}
		for line := range strings.Lines(out.String()) {
			sums.read(c.t, line)
		}
		out.Reset()
		return sums
	}
}

// read adds the metrics that a line holds.
func (f figures) read(t *testing.T, line string) {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal([]byte(line), &root); err != nil {
		t.Fatal(err)
	}
	for _, m := range metrics.All() {
		parts := []string{m.Name}
		for _, dimension := range m.By {
			value, _ := root[dimension].(string)
			parts = append(parts, value)
		}
		name := strings.Join(parts, " ")
		switch v := root[m.Name].(type) {
		case float64:
			f[name] += v
		case []any:
			for _, one := range v {
				f[name] += one.(float64)
			}
		}
	}
}

func TestARunIsCounted(t *testing.T) {
	c := newCloud(t)
	read := c.metered()
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	alone := strings.ReplaceAll(opened(g), "2400", "5400")
	c.now = c.now.Add(7 * time.Second)
	c.run(opened(g), opened(g), strings.Replace(alone, "25000", "54001", 1), `{"source":"aws.ec2"`)
	want(t, "an opened group", read(), figures{
		"Events group": 2, "Events ignored": 1, "Events malformed": 1, "Findings FL101": 1, "Events finding": 1,
		"Outcomes remediated": 1, "Latency": 7000,
	})
	c.run(opened(g))
	want(t, "the same group, closed", read(), figures{"Events group": 1})
}

func TestContestedAndBlockedAreCountedOnce(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Brakes.PerResourcePerHour = 3
	read := c.metered()
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	for range 6 {
		c.run(opened(g))
		if len(c.entries(g)) == 0 {
			c.open(g, tcp(24224, 24224, "0.0.0.0/0", ""))
		}
	}
	want(t, "a group that is reopened", read(), figures{
		"Events group": 6, "Events finding": 6, "Findings FL101": 6, "Outcomes remediated": 3, "Outcomes contested": 1, "Latency": 0,
	})
	c.stack.Policy.Brakes.PerHour = 3
	c.register(bad("api"))
	c.run(registered("api"))
	c.run(registered("api"))
	got := read()
	want(t, "blocked by a brake", got["Outcomes blocked"], 1.0)
}

func TestACompletedSweepIsCounted(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Digest = policy.DigestNever
	c.stack.Policy.Rules["FL101"] = rules.Report
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	c.run(opened(g))
	read := c.metered()
	sweep := `{"source":"firewarden","detail-type":"FireWarden Sweep","detail":{"version":"1"}}`
	c.run(sweep)
	want(t, "a sweep that has begun", read(), figures{"Events sweep": 1})
	c.now = c.now.Add(3 * time.Minute)
	done := c.parts()
	want(t, "a sweep that has ended", read(), figures{
		"Events shard": 10, "Events finding": 1, "Findings FL101": 1, "SweepDuration": 180_000,
		"OpenFindings critical": 0, "OpenFindings high": 0, "OpenFindings medium": 1, "OpenFindings low": 0, "OpenFindings info": 0,
	})
	c.run(done...)
	if _, again := read()["SweepDuration"]; again {
		t.Error("a shard that is delivered again ends the sweep again")
	}
}

func TestWhatASweepFindsHasNoLatency(t *testing.T) {
	c := newCloud(t)
	read := c.metered()
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	c.sweep()
	got := read()
	if _, timed := got["Latency"]; timed || got["Outcomes remediated"] != 1 {
		t.Errorf("got %v", got)
	}
}
