package reconcile_test

import (
	"errors"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
)

func TestADigestASweep(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Digest = policy.DigestAlways
	c.stack.Policy.Rules["FL101"] = rules.Report
	c.logging = false
	c.register(bad("api"))
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	c.sweep()
	want(t, "digests", len(c.digests), 1)
	d := c.digests[0]
	want(t, "looked at", []int{d.Families, d.Groups}, []int{2, 1})
	want(t, "the trail", d.MissingTrail, "no trail logs write management events, so changes are noticed by sweeps only: there is no trail")
	c.now = c.now.Add(6 * time.Hour)
	c.sweep()
	want(t, "digests", len(c.digests), 2)
	d = c.digests[1]
	want(t, "open", len(d.Open), 1)
	want(t, "what is open", d.Open[0].Rule+" "+d.Open[0].Status, "FL101 reported")
	want(t, "since", d.Since, c.digests[0].Completed)
	want(t, "remediated", len(d.Remediated), 1)
	want(t, "what was remediated", d.Remediated[0].Resource, "task-definition/api")
	c.now = c.now.Add(6 * time.Hour)
	c.sweep()
	want(t, "remediated since the last", len(c.digests[2].Remediated), 0)
}

func TestADigestIsSentAsThePolicySays(t *testing.T) {
	for digest, count := range map[policy.Digest]int{policy.DigestAlways: 2, policy.DigestFindings: 1, policy.DigestNever: 0} {
		c := newCloud(t)
		c.stack.Policy.Digest = digest
		c.sweep() // an empty account
		c.stack.Policy.Cap = rules.Report
		c.register(bad("api"))
		c.run(registered("api"))
		c.sweep()
		want(t, string(digest), len(c.digests), count)
	}
}

func TestADigestThatCouldNotBeSentIsSentOnce(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Digest = policy.DigestAlways
	c.register(firelens("web", "awsvpc"))
	c.run(`{"source":"firewarden","detail-type":"FireWarden Sweep","detail":{"version":"1"}}`)
	c.publishing = func() error { return errors.New("SNS is down") }
	var last string
	for len(c.shards) > 0 {
		last, c.shards = c.shards[0], c.shards[1:]
		if failed := c.audit(last); len(failed) > 0 != (len(c.shards) == 0) {
			t.Fatalf("left for another delivery: %v of %s", failed, last)
		}
	}
	c.publishing = nil
	for range 3 {
		c.run(last)
	}
	want(t, "digests", len(c.digests), 1)
}
