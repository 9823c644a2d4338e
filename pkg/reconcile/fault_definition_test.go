package reconcile_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
)

// correction is one corrected revision of the family web with one fault on its way, until nothing fails any more.
type correction struct {
	*cloud
	l       *line
	bodies  []string
	running bool // a service runs the bad revision
	foreign bool // somebody else has registered a revision of their own
	bad     []string
}

// theirs is the image of the revision that somebody else registers.
const theirs = "example/app:2"

// registers makes somebody else register a bad revision, once.
func (c *correction) registers() {
	if !c.foreign {
		in := bad("web")
		in.ContainerDefinitions[1].Image = aws.String(theirs)
		c.register(in)
		c.foreign = true
	}
}

// correctionFaults are the plain ones, ECS's own, and a registration by somebody else; some need the correction.
func correctionFaults(c *correction) []fault {
	registering := func(call string) bool { return call == "ecs RegisterTaskDefinition" }
	return append(slices.Clone(plain),
		fault{name: "concurrent", befall: func(*line, func() error) error { return ecsfake.Concurrent() }, on: registering},
		fault{name: "registers", befall: func(_ *line, effect func() error) error {
			c.registers()
			return effect()
		}},
		fault{name: "registers, lost", befall: func(_ *line, effect func() error) error {
			c.registers()
			if err := effect(); err != nil {
				return err
			}
			return ecsfake.Throttled()
		}, on: registering},
		fault{name: "registers, death after", befall: func(l *line, effect func() error) error {
			c.registers()
			_ = effect()
			l.die()
			return nil
		}, on: registering},
	)
}

// correct plays fault number f at a call, from 1; at 0 is a run without.
func correct(t *testing.T, running bool, at, f int) *correction {
	t.Helper()
	c := &correction{cloud: newCloud(t), l: &line{at: at}, running: running}
	c.l.fault = correctionFaults(c)[f]
	first := c.register(bad("web"))
	if running {
		c.service("web", first)
	}
	c.indexed()
	c.bodies = c.found()
	c.until(c.l, c.bodies)
	c.now = c.now.Add(2 * time.Minute)
	c.until(&line{}, c.found())
	revision, told := c.latest("web").Revision, len(c.notices)
	c.until(&line{}, c.bodies)
	if c.latest("web").Revision != revision || len(c.notices) != told {
		c.bad = append(c.bad, "a finding that came late registered or sent something")
	}
	c.bad = append(c.bad, c.revisions()...)
	c.bad = append(c.bad, c.atRest()...)
	return c
}

func (c *correction) found() []string {
	c.t.Helper()
	if failed := c.audit(registered("web")); len(failed) > 0 {
		c.t.Fatalf("the audit failed: %v", failed)
	}
	bodies := c.findings
	c.findings = nil
	return bodies
}

func (c *correction) until(l *line, bodies []string) {
	for range deliveriesMax {
		done, err := c.deliver(l, bodies, nil)
		if err != nil {
			c.bad = append(c.bad, err.Error())
		}
		if done {
			return
		}
		c.now = c.now.Add(2 * time.Minute)
		l = &line{}
	}
	c.bad = append(c.bad, fmt.Sprintf("still failing after %d deliveries", deliveriesMax))
}

// revisions is what is wrong with the family's revisions at the end: the latest is clean and holds what people last registered, and
// there are no more of ours than bad ones of theirs.
func (c *correction) revisions() []string {
	var bad []string
	latest, err := ecstask.Store{API: c.ecs}.Describe(c.t.Context(), "web")
	if err != nil {
		return []string{err.Error()}
	}
	for _, f := range rules.Evaluate(rules.All(), latest, c.stack.Policy.Params()) {
		if f.Fixable && f.Severity.Rank() <= rules.Medium.Rank() {
			bad = append(bad, "the latest revision has "+f.Rule)
		}
	}
	most, image := int32(2), "example/app:1"
	if c.foreign {
		most, image = 4, theirs
	}
	if latest.Task.Revision > most {
		bad = append(bad, fmt.Sprintf("%d revisions, want %d at most", latest.Task.Revision, most))
	}
	if got := aws.ToString(latest.Task.ContainerDefinitions[1].Image); got != image {
		bad = append(bad, "the latest revision runs "+got+", not "+image)
	}
	return bad
}

func (c *correction) atRest() []string {
	var bad []string
	known, err := c.stack.Ledger.Resource(c.t.Context(), "task-definition/web")
	if latest := aws.ToString(c.latest("web").TaskDefinitionArn); err != nil || known.Pending != "" || known.Registered != latest {
		bad = append(bad, fmt.Sprintf("pending %q, registered %q, latest %q, %v", known.Pending, known.Registered, latest, err))
	}
	all, err := c.stack.Ledger.Remediations(c.t.Context())
	if most := 1; err != nil || len(all) < 1 || !c.foreign && len(all) > most {
		bad = append(bad, fmt.Sprintf("%d remediations, %v", len(all), err))
	}
	outcome := "remediated"
	if c.running {
		outcome = "corrected"
	}
	var outcomes []string
	for _, m := range all {
		var before struct{ Task ecstypes.TaskDefinition }
		if err := json.Unmarshal(m.Before, &before); err != nil || m.Finished.IsZero() || m.Outcome != ledger.Status(outcome) || !c.foreign && before.Task.Revision != 1 {
			bad = append(bad, fmt.Sprintf("remediation %s: %s, finished %s, before-image revision %d, %v", m.ID, m.Outcome, m.Finished, before.Task.Revision, err))
		}
		outcomes = append(outcomes, outcome+" task-definition/web")
	}
	got := c.statuses()
	if !c.foreign && c.l.hit == "publish" && c.l.fault.name != "error" || !c.foreign && c.l.at > 1 && len(c.l.calls) >= c.l.at && c.l.calls[c.l.at-2] == "publish" {
		got = slices.Compact(got)
	}
	if !slices.Equal(got, outcomes) {
		bad = append(bad, fmt.Sprintf("notices %v, want %v", c.statuses(), outcomes))
	}
	return bad
}

// TestEveryHazardAtEveryCallOfACorrection plays each fault, and a registration by somebody else, at each call on the way to a
// corrected revision. A registration that times out after it took effect is found again, not made again.
func TestEveryHazardAtEveryCallOfACorrection(t *testing.T) {
	var table []string
	for name, running := range map[string]bool{"not in use": false, "in use": true} {
		clean, runs := correct(t, running, 0, 0), 0
		if len(clean.bad) > 0 {
			t.Fatalf("%s, without a fault:\n  %s", name, strings.Join(clean.bad, "\n  "))
		}
		calls := clean.l.calls
		for i, f := range correctionFaults(clean) {
			for at := range calls {
				if f.on != nil && !f.on(calls[at]) || (i+at)%share != 0 {
					continue
				}
				runs++
				if c := correct(t, running, at+1, i); len(c.bad) > 0 {
					t.Errorf("%s, %s at call %d (%s):\n  %s", name, f.name, at+1, c.l.hit, strings.Join(c.bad, "\n  "))
				}
			}
		}
		table = append(table, fmt.Sprintf("%-10s %2d calls x %d faults, %d runs", name, len(calls), len(correctionFaults(clean)), runs))
	}
	t.Logf("corrected revisions:\n%s", strings.Join(table, "\n"))
}

// TestTwoRemediatorsCorrectOnce gives two handlers the same findings about one family at the same moment.
func TestTwoRemediatorsCorrectOnce(t *testing.T) {
	for range 20 {
		c := &correction{cloud: newCloud(t), l: &line{}}
		c.register(bad("web"))
		c.bodies = c.found()
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				if _, err := c.deliver(&line{}, c.bodies, nil); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		c.until(&line{}, c.bodies) // the one that waited too long for the lease comes again
		if c.bad = append(c.bad, append(c.revisions(), c.atRest()...)...); len(c.bad) > 0 {
			t.Fatal(strings.Join(c.bad, "\n"))
		}
	}
}
