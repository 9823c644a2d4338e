package reconcile_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

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
		d.Open = nil // what was found last may be on its way
		if i > 0 {
			want(c.t, "the digest, once more", d, a.Digest)
		}
		a.Digest = d
	}
	families := []string{"clusters", "place/prod"}
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
			a.Index[family+" "+d.Key.Name] = string(d.Body)
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

// deaths are at which call of which message of a sweep, in their order, workers are killed, and how many.
type deaths struct{ message, call, workers int }

// message is one of a sweep's, and the calls of all its deliveries.
type message struct {
	body  string
	calls []string
}

// swept sweeps, and delivers again what killed workers leave. It returns the messages, and how many workers were killed.
func (c *cloud) swept(d deaths) (all []message, dead int) {
	c.t.Helper()
	for queue, tries := []string{sweepNow}, 0; len(queue) > 0; tries++ {
		if tries > 100 {
			c.t.Fatal("no end")
		}
		body := queue[0]
		no := slices.IndexFunc(all, func(m message) bool { return m.body == body })
		if no < 0 {
			no, all = len(all), append(all, message{body: body})
		}
		l := &line{}
		if no == d.message && dead < d.workers {
			l.at, l.fault = d.call, killed(dead == 0)
		}
		out, err := c.auditorOn(l).Handle(c.t.Context(), batchOf(body))
		if failed := len(out.BatchItemFailures) > 0; err != nil || failed != l.dead {
			c.t.Fatalf("%s: failed %v, killed %v, %v", body, failed, l.dead, err)
		}
		queue = queue[1:]
		if l.dead {
			dead++
			queue = append(queue, body)
		}
		all[no].calls = append(all[no].calls, l.calls...)
		queue, c.shards = append(queue, c.shards...), nil
		if failed := c.remediate(); len(failed) > 0 {
			c.t.Fatalf("the remediator left %v", failed)
		}
	}
	return all, dead
}

// TestAWorkerKilledTwiceAtAnyCallOfAnyPart: nothing is missing and nothing is counted twice, whatever the part does.
func TestAWorkerKilledTwiceAtAnyCallOfAnyPart(t *testing.T) {
	whole := changed(t)
	messages, _ := whole.swept(deaths{message: -1})
	expected := whole.after()
	if len(expected.Standing) < 6 || len(expected.Notices) < 2 || expected.Digest.Sweep != "now" {
		t.Fatalf("too little to lose: %+v", expected)
	}
	want(t, "kinds of parts", stepsOf(t, messages), []trigger.Step{"account", "definitions", "gone", "groups", "latest", "listed", "revisions", "services", "tasks"})
	runs, twice := 0, 0
	for no, m := range messages {
		for i, call := range m.calls {
			if i%share > 0 {
				continue
			}
			c := changed(t)
			_, dead := c.swept(deaths{no, i + 1, 2})
			got := c.after()
			if got.Looked.Described > expected.Looked.Described { // fewer: what a dead worker has described is known
				t.Errorf("described %d, not %d", got.Looked.Described, expected.Looked.Described)
			}
			got.Looked.Described = expected.Looked.Described
			told := len(c.notices) + len(c.digests)
			if most := len(whole.notices) + len(whole.digests) + 1; told > most { // one more: the dead worker's was sent, and nobody knows
				t.Errorf("told %d times, and %d are right", told, most)
			}
			want(t, fmt.Sprintf("killed at call %d (%s) of %s", i+1, call, m.body), got, expected)
			runs, twice = runs+1, twice+dead-1
		}
	}
	t.Logf("%d runs, in %d of them a second death", runs, twice)
	if twice*4 < runs*3 { // in the others the second worker found too little left to do
		t.Errorf("%d runs, and a second death in %d only", runs, twice)
	}
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
