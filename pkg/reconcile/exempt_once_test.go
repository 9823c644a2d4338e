package reconcile_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// TestATagsExemptionIsToldOnce, however often another finding has the resource looked at.
func TestATagsExemptionIsToldOnce(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.TagExemptions = true
	c.stack.Policy.Rules["FL201"] = rules.Report
	in := bad("web")
	in.Tags = []ecstypes.Tag{{Key: aws.String("firewarden:exempt"), Value: aws.String("FL103 until=2027-01-31 reason=migration")}}
	c.register(in)
	c.run(registered("web"))
	for range 3 {
		c.now = c.now.Add(6 * time.Hour)
		c.sweep()
	}
	want(t, "notices", c.statuses(), []string{"reported task-definition/web", "suppressed task-definition/web"})
}
