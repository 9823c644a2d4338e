package reconcile_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/notify"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// changed is an account of which much has come, gone and changed since its last sweep, so that the next one has parts of every kind.
func changed(t *testing.T) *cloud {
	c := account(t)
	c.stack.Policy.Digest = policy.DigestAlways
	past, gone := c.register(bad("past")), c.register(bad("gone"))
	c.register(firelens("past", "awsvpc"))
	c.service("past", past)
	c.sweep()
	c.stop("past")
	if _, err := c.ecs.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: &gone}); err != nil {
		t.Fatal(err)
	}
	c.stop("quiet")
	old := c.register(bad("old"))
	c.register(firelens("old", "awsvpc"))
	c.service("old", old)
	g := c.group("new", tcp(24224, 24224, "10.0.0.0/8", ""))
	c.awsvpcService("new", g)
	c.exempt("FL101", g, "2026-11-01")
	c.scheduled("nightly", "new", g)
	c.scheduled("weekly", "old:1", g)
	c.notices, c.digests = nil, nil
	return c
}

// after is what an account has come to: what a sweep looked at and which parts it had, what stands, the index, and what was told, each
// thing once.
type after struct {
	Looked   ledger.Looked
	Parts    map[string][]string
	Standing []string
	Index    map[string]string
	Notices  []string
	Digest   notify.Digest
}

var writtenAt = regexp.MustCompile(`,"at":"[^"]*"`)

func (c *cloud) after() after {
	c.t.Helper()
	s, err := c.stack.Ledger.Sweep(c.t.Context(), "now")
	if err != nil || s.Finished.IsZero() || s.Told.IsZero() || len(s.Missing()) > 0 {
		c.t.Errorf("the sweep is not finished, told and whole: %+v, %v", s, err)
	}
	a := after{Looked: s.Looked, Parts: s.Parts, Standing: c.wrong(), Index: map[string]string{}}
	for _, n := range c.notices {
		a.Notices = append(a.Notices, n.Status+" "+n.Resource+" "+n.Reason)
	}
	slices.Sort(a.Notices)
	a.Notices = slices.Compact(a.Notices)
	for i, d := range c.digests {
		d.Open = nil            // what was found last may be on its way
		d.Completed = d.Started // who waits for a worker that died takes longer
		if i > 0 {
			want(c.t, "the digest, once more", d, a.Digest)
		}
		a.Digest = d
	}
	families := []string{"clusters", "place/prod", "place/" + inventory.Scheduled, "runs/new", "runs/old", "runs/past"}
	groups, err := c.ec2.Other().DescribeSecurityGroups(c.t.Context(), &ec2.DescribeSecurityGroupsInput{})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, g := range groups.SecurityGroups {
		families = append(families, "users/"+*g.GroupId)
	}
	for _, family := range families {
		docs, err := c.ledger.List(c.t.Context(), family)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, d := range docs {
			a.Index[family+" "+d.Key.Name] = writtenAt.ReplaceAllString(string(d.Body), "") // who waits for a worker that died is later
		}
	}
	return a
}

// killed are a worker's deaths at a call: after it was answered, then before it is made. Whatever the worker does from then on reaches
// nobody.
func killed(after bool) fault {
	return fault{name: "killed", befall: func(l *line, effect func() error) error {
		if after {
			_ = effect() // nobody hears of it
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.dead = true
		return death{}
	}}
}

// refused is a call that AWS does not answer, of a worker that lives on.
var refused = fault{name: "refused", befall: func(*line, func() error) error { return ec2fake.Broken() }}

// mishap is what befalls a call of a message of a sweep, in their order, at each of its first deliveries.
type mishap struct {
	message, call int
	faults        []fault
}

// message is one of a sweep's, and the calls of all its deliveries.
type message struct {
	body  string
	calls []string
}

// swept sweeps, and delivers again what is left. It returns the messages, and how many faults struck.
func (c *cloud) swept(m mishap) (all []message, struck int) {
	c.t.Helper()
	for queue, tries := []string{sweepNow}, 0; len(queue) > 0; tries++ {
		if tries > 100 {
			c.t.Fatal("no end")
		}
		body := queue[0]
		no := slices.IndexFunc(all, func(known message) bool { return known.body == body })
		if no < 0 {
			no, all = len(all), append(all, message{body: body})
		}
		l := &line{}
		if no == m.message && struck < len(m.faults) {
			l.at, l.fault = m.call, m.faults[struck]
		}
		out, err := c.auditorOn(l).Handle(c.t.Context(), batchOf(body))
		if failed := len(out.BatchItemFailures) > 0; err != nil || failed != (l.hit != "") {
			c.t.Fatalf("%s: left for another delivery: %v, struck at %q, %v", body, failed, l.hit, err)
		}
		queue = queue[1:]
		if l.hit != "" {
			struck++
			queue = append(queue, body)
		}
		all[no].calls = append(all[no].calls, l.calls...)
		queue, c.shards = append(queue, c.shards...), nil
		if failed := c.remediate(); len(failed) > 0 {
			c.t.Fatalf("the remediator left %v", failed)
		}
	}
	return all, struck
}

// TestWhateverBefallsAWorkerAtAnyCallOfAnyPart, nothing is missing and nothing is counted twice: it is killed, twice, or a call fails.
func TestWhateverBefallsAWorkerAtAnyCallOfAnyPart(t *testing.T) {
	whole := changed(t)
	messages, _ := whole.swept(mishap{message: -1})
	expected := whole.after()
	if len(expected.Standing) < 6 || len(expected.Notices) < 2 || expected.Digest.Sweep != "now" {
		t.Fatalf("too little to lose: %+v", expected)
	}
	want(t, "kinds of parts", stepsOf(t, messages), []trigger.Step{
		"account", "definitions", "event-rules", "gone", "groups", "latest", "listed", "revisions", "schedules", "services", "tasks",
	})
	runs, twice := 0, 0
	for no, m := range messages {
		for i, call := range m.calls {
			for _, faults := range [][]fault{{killed(true), killed(false)}, {refused}} {
				if runs++; runs%share > 0 {
					continue
				}
				c := changed(t)
				_, struck := c.swept(mishap{no, i + 1, faults})
				if struck > 1 {
					twice++
				}
				c.comesTo(fmt.Sprintf("%s at call %d (%s) of %s", faults[0].name, i+1, call, m.body), expected, len(whole.notices)+len(whole.digests))
			}
		}
	}
	t.Logf("%d runs, in %d of them a second death", runs, twice)
	if twice*8*share < runs*3 { // in the others the second worker found too little left to do
		t.Errorf("%d runs, and a second death in %d only", runs, twice)
	}
}

// comesTo says whether an account has come to what was expected, and told no more than once too often: a dead worker's message was sent,
// and nobody knows.
func (c *cloud) comesTo(what string, expected after, told int) {
	c.t.Helper()
	got := c.after()
	if got.Looked.Described > expected.Looked.Described { // fewer: what a dead worker has described is known
		c.t.Errorf("%s: described %d, not %d", what, got.Looked.Described, expected.Looked.Described)
	}
	got.Looked.Described = expected.Looked.Described
	if n := len(c.notices) + len(c.digests); n > told+1 {
		c.t.Errorf("%s: told %d times, and %d are right", what, n, told)
	}
	want(c.t, what, got, expected)
}

// stepsOf are the steps that messages are about, each once.
func stepsOf(t *testing.T, messages []message) []trigger.Step {
	t.Helper()
	var steps []trigger.Step
	for _, m := range messages {
		ev, err := trigger.Parse([]byte(m.body))
		if err != nil {
			t.Fatal(err)
		}
		if ev.Kind == trigger.Shard {
			steps = append(steps, ev.Part.Step)
		}
	}
	slices.Sort(steps)
	return slices.Compact(steps)
}
