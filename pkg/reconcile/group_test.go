package reconcile_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
)

// texts are entries as "tcp 24000-25000 0.0.0.0/0 (description)", sorted.
func texts(entries []ec2types.SecurityGroupRule) []string {
	var all []string
	for _, e := range entries {
		all = append(all, rules.Allowance(e)+" ("+aws.ToString(e.Description)+")")
	}
	slices.Sort(all)
	return all
}

func want(t *testing.T, what string, got, expected any) {
	t.Helper()
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestARangeIsNarrowedAndTold(t *testing.T) {
	c := newCloud(t)
	g := c.group("web", tcp(24000, 25000, "0.0.0.0/0", "logs"), tcp(443, 443, "0.0.0.0/0", "tls"))
	c.awsvpcService("web", g)
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{
		"tcp 24000-24223 0.0.0.0/0 (logs)", "tcp 24225-25000 0.0.0.0/0 (logs)", "tcp 443 0.0.0.0/0 (tls)",
	})
	want(t, "notices", c.statuses(), []string{"remediated security-group/" + g})
	n := c.notices[0]
	if n.Remediation == "" || len(n.Changed) != 2 || n.Origin.Principal != "arn:aws:iam::123456789012:user/jo" || len(n.Findings) != 1 {
		t.Errorf("notice %+v", n)
	}
	all, err := c.stack.Ledger.Remediations(t.Context())
	if err != nil || len(all) != 1 || all[0].Outcome != "remediated" || all[0].Finished.IsZero() {
		t.Fatalf("remediations %+v, %v", all, err)
	}
}

func TestAGroupThatFireLensDoesNotUseIsLeftAlone(t *testing.T) {
	c := newCloud(t)
	g := c.group("aggregator", tcp(24224, 24224, "10.0.0.0/8", ""))
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{"tcp 24224 10.0.0.0/8 ()"})
	want(t, "notices", c.statuses(), []string(nil))
}

func TestOneEventTenTimesAndTwoEventsInOneBatchAreOneRemediation(t *testing.T) {
	c := newCloud(t)
	g := c.group("web", tcp(24000, 25000, "0.0.0.0/0", "logs"), tcp(24224, 24224, "10.0.0.0/8", ""))
	c.awsvpcService("web", g)
	c.run(opened(g), opened(g))
	for range 10 {
		c.run(opened(g))
	}
	want(t, "notices", c.statuses(), []string{"remediated security-group/" + g})
	writes := 0
	for _, call := range c.ec2.Calls() {
		if call.Writes() {
			writes++
		}
	}
	want(t, "changes", writes, 3)
}

func TestAStaleFindingChangesNothing(t *testing.T) {
	c := newCloud(t)
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	c.audit(opened(g))
	stale := c.findings
	c.run(opened(g))
	c.findings = stale
	c.run()
	want(t, "notices", c.statuses(), []string{"remediated security-group/" + g})
}

func TestReopenedIsMendedAndToldAgain(t *testing.T) {
	c := newCloud(t)
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	c.run(opened(g))
	c.open(g, tcp(24224, 24224, "0.0.0.0/0", ""))
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string(nil))
	want(t, "notices", c.statuses(), []string{"remediated security-group/" + g, "remediated security-group/" + g})
}

func TestAllTrafficIsReportedOnce(t *testing.T) {
	c := newCloud(t)
	all := ec2types.IpPermission{IpProtocol: aws.String("-1"), IpRanges: []ec2types.IpRange{{CidrIp: aws.String("10.0.0.0/8")}}}
	g := c.group("web", all)
	c.awsvpcService("web", g)
	c.run(opened(g))
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{"-1 all 10.0.0.0/8 ()"})
	want(t, "notices", c.statuses(), []string{"reported security-group/" + g})
}

func TestReportModeChangesNothing(t *testing.T) {
	c := newCloud(t)
	p, err := policy.Default().WithCap("report")
	if err != nil {
		t.Fatal(err)
	}
	c.stack.Policy = p
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{"tcp 24224 0.0.0.0/0 ()"})
	want(t, "notices", c.statuses(), []string{"reported security-group/" + g})
}

func TestTheQuotaLeavesTheEntryAsItWas(t *testing.T) {
	c := newCloud(t)
	g := c.group("web", tcp(24000, 25000, "0.0.0.0/0", "logs"))
	c.awsvpcService("web", g)
	c.ec2.Set(func(s *ec2fake.Settings) { s.Quota = 1 })
	c.run(opened(g))
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{"tcp 24000-25000 0.0.0.0/0 (logs)"})
	want(t, "notices", c.statuses(), []string{"blocked security-group/" + g})
	want(t, "reason", c.notices[0].Reason, "quota")
	c.ec2.Set(func(s *ec2fake.Settings) { s.Quota = 60 })
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{"tcp 24000-24223 0.0.0.0/0 (logs)", "tcp 24225-25000 0.0.0.0/0 (logs)"})
	want(t, "notices", c.statuses(), []string{"blocked security-group/" + g, "remediated security-group/" + g})
}

func TestEventualConsistencyIsWaitedFor(t *testing.T) {
	c := newCloud(t)
	g := c.group("web", tcp(24000, 25000, "0.0.0.0/0", "logs"))
	c.awsvpcService("web", g)
	c.ec2.Set(func(s *ec2fake.Settings) { s.Lag = 4 })
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{"tcp 24000-24223 0.0.0.0/0 (logs)", "tcp 24225-25000 0.0.0.0/0 (logs)"})
	want(t, "notices", c.statuses(), []string{"remediated security-group/" + g})
}

func TestTheBrakeHoldsUntilASweepHasCompleted(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Brakes.BeforeFirstSweep = 1
	var groups []string
	for _, name := range []string{"one", "two"} {
		g := c.group(name, tcp(24224, 24224, "0.0.0.0/0", ""))
		c.awsvpcService(name, g)
		c.run(opened(g))
		groups = append(groups, g)
	}
	want(t, "notices", c.statuses(), []string{"remediated security-group/" + groups[0], "blocked security-group/" + groups[1]})
	want(t, "reason", c.notices[1].Reason, "brake: before_first_sweep")
	c.sweep()
	c.sweep()
	want(t, "entries", c.entries(groups[1]), []string(nil))
	want(t, "last notice", c.statuses()[2:], []string{"remediated security-group/" + groups[1]})
}

// sweep begins a sweep and does its shards and what they find.
func (c *cloud) sweep() {
	c.t.Helper()
	c.sweeps++
	c.run(fmt.Sprintf(`{"id":"sweep-%d","source":"firewarden","detail-type":"FireWarden Sweep","detail":{"version":"1"}}`, c.sweeps))
	c.parts()
}

// parts does the parts of a sweep one after another, those included that they send, and returns them.
func (c *cloud) parts() []string {
	c.t.Helper()
	var done []string
	for len(c.shards) > 0 {
		body := c.shards[0]
		c.shards = c.shards[1:]
		c.run(body)
		done = append(done, body)
	}
	return done
}
