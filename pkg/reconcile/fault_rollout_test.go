package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// journey is a way that a rollout can go: what ECS does between the events, and where it ends.
type journey struct {
	name     string
	services []string
	rollback bool
	// legs are what ECS does to the services, and the event that tells of it.
	legs []leg
	// runs is what each service runs in the end, told the notices' statuses, moves how many deployments FireWarden begins, and
	// deregistered whether web:1 is INACTIVE.
	runs, told   []string
	moves        int
	deregistered bool
}

type leg struct {
	does  func(c *cloud)
	event string
}

func settles(names ...string) func(*cloud) {
	return func(c *cloud) {
		for _, name := range names {
			c.ecs.Settle("prod", name)
		}
	}
}

func fails(name string) func(*cloud) { return func(c *cloud) { c.ecs.Fail("prod", name, "") } }

var journeys = []journey{
	{
		name: "one service", services: []string{"a"}, rollback: true, runs: []string{"web:2"}, moves: 1, deregistered: true,
		legs: []leg{{settles("a"), deployed("a", "SERVICE_DEPLOYMENT_COMPLETED")}}, told: []string{"rolling out", "remediated"},
	},
	{
		name: "three services", services: []string{"a", "b", "c"}, rollback: true, runs: []string{"web:2", "web:2", "web:2"}, moves: 3, deregistered: true,
		legs: []leg{{settles("a"), deployed("a", "SERVICE_DEPLOYMENT_COMPLETED")}, {settles("b", "c"), deployed("b", "SERVICE_DEPLOYMENT_COMPLETED")}},
		told: []string{"rolling out", "remediated"},
	},
	{
		name: "the first is rolled back", services: []string{"a", "b"}, rollback: true, runs: []string{"web:1", "web:1"}, moves: 1,
		legs: []leg{{fails("a"), deployed("a", "SERVICE_DEPLOYMENT_FAILED")}, {settles("a"), deployed("a", "SERVICE_DEPLOYMENT_COMPLETED")}},
		told: []string{"rolling out", "rollout failed"},
	},
	{
		name: "the first fails and is taken back", services: []string{"a", "b"}, runs: []string{"web:1", "web:1"}, moves: 2,
		legs: []leg{{fails("a"), deployed("a", "SERVICE_DEPLOYMENT_FAILED")}, {settles("a"), deployed("a", "SERVICE_DEPLOYMENT_COMPLETED")}},
		told: []string{"rolling out", "rollout failed"},
	},
}

// travel plays a journey with fault number f at a call, from 1; at 0 is a run without. It returns the calls and what is wrong.
func travel(t *testing.T, j journey, at, f int) (calls, wrong []string) {
	t.Helper()
	c := &correction{cloud: rollingOut(t), l: &line{at: at, fault: plain[f]}}
	c.stack.Policy.DeregisterCorrected = true
	arn := c.register(bad("web"))
	for _, name := range j.services {
		c.breaker(name, arn, j.rollback)
	}
	c.indexed()
	for _, leg := range append([]leg{{func(*cloud) {}, registered("web")}}, j.legs...) {
		leg.does(c.cloud)
		c.arrive(leg.event)
	}
	calls, c.l = c.l.calls, &line{}
	for range 2 { // what is delivered late, or again, changes nothing
		c.arrive(j.legs[len(j.legs)-1].event)
	}
	return calls, append(c.bad, c.arrived(j)...)
}

// arrive delivers what an event leads to, on the line until the fault has struck, until nothing fails.
func (c *correction) arrive(event string) {
	c.t.Helper()
	if failed := c.audit(event); len(failed) > 0 {
		c.t.Fatalf("the audit failed: %v", failed)
	}
	bodies := c.findings
	c.findings = nil
	if len(bodies) == 0 {
		return
	}
	c.until(c.l, bodies)
	if c.l.hit != "" {
		c.l = &line{}
	}
	c.now = c.now.Add(2 * time.Minute)
}

func (c *correction) arrived(j journey) []string {
	var bad []string
	for i, name := range j.services {
		if got := c.cloud.running(name); got != j.runs[i] {
			bad = append(bad, fmt.Sprintf("%s runs %s, not %s", name, got, j.runs[i]))
		}
	}
	if got := c.latest("web").Revision; got != 2 {
		bad = append(bad, fmt.Sprintf("the latest revision is %d", got))
	}
	deployments := map[string]bool{} // a lost request is repeated, which ECS takes for the same
	for _, in := range c.changesOf("UpdateService") {
		in := in.(*ecs.UpdateServiceInput)
		deployments[aws.ToString(in.Service)+aws.ToString(in.TaskDefinition)] = true
	}
	if len(deployments) != j.moves {
		bad = append(bad, fmt.Sprintf("moves %v, want %d", deployments, j.moves))
	}
	var told []string
	for _, n := range c.notices {
		told = append(told, n.Status)
	}
	if got := slices.Compact(told); !slices.Equal(got, j.told) {
		bad = append(bad, fmt.Sprintf("told %v, want %v", got, j.told))
	}
	out, err := c.ecs.DescribeTaskDefinition(c.t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String("web:1")})
	if err != nil || (string(out.TaskDefinition.Status) == "INACTIVE") != j.deregistered {
		bad = append(bad, fmt.Sprintf("web:1 is %v, %v", out, err))
	}
	known, err := c.stack.Ledger.Resource(c.t.Context(), "task-definition/web")
	if done := j.told[len(j.told)-1] == "remediated"; err != nil || known.Pending != "" || (known.Rollout == nil) != done {
		bad = append(bad, fmt.Sprintf("pending %q, rollout %v, %v", known.Pending, known.Rollout, err))
	}
	return bad
}

// TestEveryHazardAtEveryCallOfARollout plays each fault at each call on the way of each journey, from the finding to the last event.
func TestEveryHazardAtEveryCallOfARollout(t *testing.T) {
	var table []string
	for _, j := range journeys {
		calls, bad := travel(t, j, 0, 0)
		if len(bad) > 0 {
			t.Fatalf("%s, without a fault:\n  %s", j.name, strings.Join(bad, "\n  "))
		}
		runs := 0
		for i, f := range plain {
			for at := range calls {
				if f.on != nil && !f.on(calls[at]) || (i+at)%share != 0 {
					continue
				}
				runs++
				if _, bad := travel(t, j, at+1, i); len(bad) > 0 {
					t.Errorf("%s, %s at call %d (%s):\n  %s", j.name, f.name, at+1, calls[at], strings.Join(bad, "\n  "))
				}
			}
		}
		table = append(table, fmt.Sprintf("%-34s %2d calls x %d faults, %3d runs", j.name, len(calls), len(plain), runs))
	}
	t.Logf("rollouts:\n%s", strings.Join(table, "\n"))
}
