package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

const sweepNow = `{"id":"now","source":"firewarden","detail-type":"FireWarden Sweep","detail":{"version":"1"}}`

// account is an account with something wrong of every kind.
func account(t *testing.T) *cloud {
	c := newCloud(t)
	c.stack.Policy.Cap = rules.Report
	c.register(bad("api"))
	g := c.group("web", tcp(24224, 24224, "10.0.0.0/8", ""))
	c.awsvpcService("web", g)
	c.awsvpcService("quiet", c.group("quiet"))
	c.started(c.register(firelens("job", "awsvpc")), g)
	c.scheduled("nightly", "job", g)
	c.events.PutRule("default", "hourly", c.starting("api:1"))
	return c
}

// described is how many definitions were described since the last Reset.
func (c *cloud) described() int { return c.ecs.Count("DescribeTaskDefinition") }

func (c *cloud) lastSweep() ledger.Sweep {
	c.t.Helper()
	all, err := c.stack.Ledger.Sweeps(c.t.Context())
	if err != nil || len(all) == 0 {
		c.t.Fatalf("sweeps %v, %v", all, err)
	}
	return all[len(all)-1]
}

// wrong are the findings in the ledger that are not resolved, as "FL101 resource state".
func (c *cloud) wrong() []string {
	c.t.Helper()
	all, err := c.stack.Ledger.Resources(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	var found []string
	for _, r := range all {
		for _, f := range r.Findings {
			if f.State != ledger.Resolved {
				found = append(found, fmt.Sprint(f.Rule, " ", r.Ref, " ", f.State))
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestASweepLooksAtAllThatIsInUse(t *testing.T) {
	c := account(t)
	c.sweep()
	s := c.lastSweep()
	want(t, "looked", s.Looked, ledger.Looked{Services: 2, Tasks: 1, Scheduled: 2, Revisions: 4, Families: 4, Groups: 2, Described: 4})
	if s.Finished.IsZero() || len(s.Missing()) > 0 {
		t.Errorf("not finished: %+v", s)
	}
	c.ecs.Reset()
	c.sweepOnly()
	want(t, "described by the second sweep", c.described(), 0)
}

func TestAPartThatIsDeliveredTwiceCountsOnce(t *testing.T) {
	c := account(t)
	c.run(sweepNow)
	var done []string
	for len(c.shards) > 0 {
		body := c.shards[0]
		c.shards = c.shards[1:]
		c.run(body, body)
		c.run(body)
		done = append(done, body)
	}
	s := c.lastSweep()
	want(t, "looked", s.Services+s.Groups, 4)
	c.ecs.Reset()
	c.ec2.Forget()
	c.run(done...)
	want(t, "calls of parts that are done", len(c.ecs.Calls())+len(c.ec2.Calls()), 0)
}

func TestASweepIsRefusedWhileAnotherIsUnderWay(t *testing.T) {
	c := account(t)
	c.run(sweepNow)
	first := len(c.shards)
	other := strings.Replace(sweepNow, `"now"`, `"other"`, 1)
	c.run(other)
	want(t, "parts", len(c.shards), first)
	c.run(sweepNow) // delivered again
	want(t, "parts", len(c.shards), 2*first)
	c.now = c.now.Add(2 * time.Hour) // it stands still: its messages are in the dead-letter queue
	c.run(other)
	want(t, "parts", len(c.shards), 3*first)
	c.parts()
	want(t, "sweeps", c.lastSweep().ID, "other")
	want(t, "finished", c.lastSweep().Finished.IsZero(), false)
}

func TestAPartOfNoSweepIsIgnored(t *testing.T) {
	c := account(t)
	m, err := trigger.ShardMessage("forged", trigger.Part{Step: trigger.StepAccount})
	if err != nil {
		t.Fatal(err)
	}
	c.run(m.Body())
	want(t, "parts", len(c.shards), 0)
}

// TestVerdictsFollowWhatChangedAlthoughNothingIsDescribedAgain: between two sweeps a policy, an exemption, a tag changes, or days pass.
func TestVerdictsFollowWhatChangedAlthoughNothingIsDescribedAgain(t *testing.T) {
	for _, k := range []struct {
		name           string
		before, change func(*cloud)
		first, then    string
	}{
		{"nothing", as, as, "[FL103 FL505]", "[FL103 FL505]"},
		{"a policy's mode", as, func(c *cloud) { c.stack.Policy.Rules["FL103"] = rules.Off }, "[FL103 FL505]", "[FL505]"},
		{"a policy's mode, on", func(c *cloud) { c.stack.Policy.Rules["FL103"] = rules.Off }, func(c *cloud) { c.stack.Policy.Rules["FL103"] = rules.Report }, "[FL505]", "[FL103 FL505]"},
		{"a policy's threshold", as, func(c *cloud) {
			c.stack.Policy.Rules["FL501"] = rules.Report
			c.stack.Policy.Thresholds.RouterName = "somebody_*"
		}, "[FL103 FL505]", "[FL103 FL501 FL505]"},
		{"an exemption comes", as, func(c *cloud) { c.exempt("FL103", "api", "2026-11-24") }, "[FL103 FL505]", "[FL505]"},
		{"an exemption goes", func(c *cloud) { c.exempt("FL103", "api", "2026-11-24") }, func(c *cloud) { c.stack.Policy.Exemptions = nil }, "[FL505]", "[FL103 FL505]"},
		{"an exemption's last day", func(c *cloud) { c.exempt("FL103", "api", "2026-11-24") }, func(c *cloud) { c.pass(35 * time.Hour) }, "[FL505]", "[FL505]"},
		{"the day after an exemption's last", func(c *cloud) { c.exempt("FL103", "api", "2026-11-24") }, func(c *cloud) { c.pass(36 * time.Hour) }, "[FL505]", "[FL103 FL505]"},
		{"a tag that exempts comes", heedTags, func(c *cloud) { c.tag("api", policy.ExemptTag, "FL103 until=2026-11-24 reason=ours") }, "[FL103 FL505]", "[FL505]"},
		{"a tag that exempts ends", func(c *cloud) {
			heedTags(c)
			c.tag("api", policy.ExemptTag, "FL103 until=2026-11-24 reason=ours")
		}, func(c *cloud) { c.pass(36 * time.Hour) }, "[FL505]", "[FL103 FL505]"},
		{"a day before a line of images ends", func(c *cloud) { c.now = day("2026-06-28") }, func(c *cloud) { c.pass(24 * time.Hour) }, "[FL103]", "[FL103]"},
		{"the day on which a line of images ends", func(c *cloud) { c.now = day("2026-06-29") }, func(c *cloud) { c.pass(24 * time.Hour) }, "[FL103]", "[FL103 FL505]"},
	} {
		t.Run(k.name, func(t *testing.T) {
			c := newCloud(t)
			c.stack.Policy.Rules = map[string]rules.Mode{"*": rules.Off, "FL103": rules.Report, "FL505": rules.Report}
			in := bad("api")
			in.ContainerDefinitions[0].Image = aws.String("public.ecr.aws/aws-observability/aws-for-fluent-bit:2.34.3.20260423")
			c.register(in)
			k.before(c)
			c.sweepOnly()
			want(t, "found first", fmt.Sprint(c.foundRules()), k.first)
			k.change(c)
			c.ecs.Reset()
			c.sweepOnly()
			want(t, "described", c.described(), 0)
			want(t, "found", fmt.Sprint(c.foundRules()), k.then)
		})
	}
}

// as leaves an account as it is.
func as(*cloud) {}

func heedTags(c *cloud) { c.stack.Policy.TagExemptions = true }

// sweepOnly sweeps, and leaves the findings on their way.
func (c *cloud) sweepOnly() {
	c.t.Helper()
	c.findings = nil
	c.sweeps++
	id := fmt.Sprintf("sweep-%d", c.sweeps)
	c.audit(`{"id":"` + id + `","source":"firewarden","detail-type":"FireWarden Sweep","detail":{"version":"1"}}`)
	for len(c.shards) > 0 {
		body := c.shards[0]
		c.shards = c.shards[1:]
		if failed := c.audit(body); len(failed) > 0 {
			c.t.Fatalf("left for another delivery: %s", body)
		}
	}
	if s, err := c.stack.Ledger.Sweep(c.t.Context(), id); err != nil || s.Finished.IsZero() {
		c.t.Fatalf("%s is not finished: %+v, %v", id, s, err)
	}
}

// indexed completes the ledger's index by a sweep, and drops what it found.
func (c *cloud) indexed() {
	c.t.Helper()
	c.sweepOnly()
	c.findings = nil
}

// foundRules are the rules of the findings on their way that are neither exempt nor gone.
func (c *cloud) foundRules() []string {
	var ids []string
	for _, body := range c.findings {
		if ev, err := trigger.Parse([]byte(body)); err == nil && ev.Finding.Status == rules.Noncompliant {
			ids = append(ids, ev.Finding.Rule)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (c *cloud) tag(family, key, value string) {
	c.t.Helper()
	arn := c.latest(family).TaskDefinitionArn
	if _, err := c.ecs.TagResource(c.t.Context(), &ecs.TagResourceInput{ResourceArn: arn, Tags: []ecstypes.Tag{{Key: &key, Value: &value}}}); err != nil {
		c.t.Fatal(err)
	}
}
