package reconcile_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
)

// gone groups.
func TestWhatIsNotUsedAnyMoreLeavesTheDigest(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Digest = policy.DigestAlways
	c.stack.Policy.Rules["FL101"] = rules.Report
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	c.sweep()
	c.now = c.now.Add(time.Hour)
	if _, err := c.ecs.DeleteService(t.Context(), &ecs.DeleteServiceInput{Cluster: aws.String("prod"), Service: aws.String("web"), Force: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		c.now = c.now.Add(6 * time.Hour)
		c.sweep()
	}
	t.Log(c.states("security-group/" + g))
	want(t, "open", len(c.digests[len(c.digests)-1].Open), 0)
}
