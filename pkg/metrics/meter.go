package metrics

import (
	"io"
	"sync"
	"time"
)

// Meter counts within one invocation at a time. It is safe for use by several goroutines.
type Meter struct {
	// Stack is the stack's name.
	Stack string
	// Out is where the lines go: standard output, whence Lambda takes them. A Meter without Out counts nothing.
	Out io.Writer
	// Now is the clock.
	Now func() time.Time

	mu     sync.Mutex
	points map[series][]float64
}

// series is a metric, by its place in the list, with the values of its dimensions.
type series struct {
	metric int
	of     values
}

// values are those of a metric's dimensions beside Stack, in their order.
type values [2]string

// Event counts a message by its kind.
func (m *Meter) Event(kind string) { m.add(events, 1, values{kind}) }

// Finding counts a finding by its rule, each time that it is found.
func (m *Meter) Finding(rule string) { m.add(findings, 1, values{rule}) }

// Outcome counts what came of a resource's findings, each time that people are told of it.
func (m *Meter) Outcome(status string) { m.add(outcomes, 1, values{status}) }

// Latency records how long it took from an event to an outcome.
func (m *Meter) Latency(d time.Duration) { m.add(latency, inMilliseconds(d), values{}) }

// Sweep records a completed sweep: how long it took, and how many findings stand open, by severity.
func (m *Meter) Sweep(took time.Duration, open map[string]int) {
	m.add(sweepDuration, inMilliseconds(took), values{})
	for severity, n := range open {
		m.add(openFindings, float64(n), values{severity})
	}
}

// call counts one attempt of a call to AWS.
func (m *Meter) call(service, operation string, throttled bool) {
	of := values{service, operation}
	m.add(calls, 1, of)
	if throttled {
		m.add(throttles, 1, of)
	}
}

func (m *Meter) add(name string, value float64, of values) {
	if m.Out == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.points == nil {
		m.points = map[series][]float64{}
	}
	s := series{place(name), of}
	if known := m.points[s]; len(known) == 0 || metrics[s.metric].Each {
		m.points[s] = append(known, value)
	} else {
		known[0] += value
	}
}

// inMilliseconds is never negative: clocks differ.
func inMilliseconds(d time.Duration) float64 { return float64(max(d, 0).Milliseconds()) }
