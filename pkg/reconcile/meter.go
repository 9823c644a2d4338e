package reconcile

import (
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/notify"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// Meter counts what is done. It must not fail, nor block.
type Meter interface {
	// Event counts a message by its kind, Finding a finding by its rule, Outcome what people are told of, by its status.
	Event(kind string)
	Finding(rule string)
	Outcome(status string)
	// Latency is the time from an event to an outcome.
	Latency(d time.Duration)
	// Sweep is of a completed sweep: how long it took, and the findings that stand open then, by severity.
	Sweep(took time.Duration, open map[string]int)
}

// unmetered is the Meter of a Stack without one.
type unmetered struct{}

func (unmetered) Event(string)                        {}
func (unmetered) Finding(string)                      {}
func (unmetered) Outcome(string)                      {}
func (unmetered) Latency(time.Duration)               {}
func (unmetered) Sweep(time.Duration, map[string]int) {}

func (s Stack) meter() Meter {
	if s.Meter == nil {
		return unmetered{}
	}
	return s.Meter
}

// countEvent counts a message; one that could not be read counts as malformed.
func (s Stack) countEvent(ev trigger.Event, malformed bool) {
	if malformed {
		ev.Kind = "malformed"
	}
	s.meter().Event(string(ev.Kind))
}

func (s Stack) countFindings(found []rules.Finding) {
	for _, f := range found {
		s.meter().Finding(f.Rule)
	}
}

// countOutcome counts what people were told, and how long it took. What a sweep found comes of no event.
func (s Stack) countOutcome(status string, by trigger.Origin) {
	s.meter().Outcome(status)
	if !by.Time.IsZero() {
		s.meter().Latency(s.Now().Sub(by.Time))
	}
}

// countSweep names every severity, so that a graph comes down to nought.
func (s Stack) countSweep(sweep ledger.Sweep, standing []notify.OpenFinding) {
	open := map[string]int{}
	for _, severity := range []rules.Severity{rules.Critical, rules.High, rules.Medium, rules.Low, rules.Info} {
		open[string(severity)] = 0
	}
	for _, f := range standing {
		open[string(f.Severity)]++
	}
	s.meter().Sweep(sweep.Finished.Sub(sweep.Started), open)
}
