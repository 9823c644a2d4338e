package reconcile_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/firewarden/firewarden/pkg/rules"
)

// TestNobodysServiceIsMovedBackWithoutLeave: a deployment that a person began is that person's to end.
func TestNobodysServiceIsMovedBackWithoutLeave(t *testing.T) {
	for _, limit := range []rules.Mode{rules.Remediate, rules.Report} {
		c := newCloud(t) // rollout: none
		c.breaker("web", c.register(bad("web")), false)
		c.run(registered("web"))
		want(t, "notices", c.statuses(), []string{"corrected task-definition/web"})
		c.stack.Policy.Cap = limit
		_, err := c.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("prod"), Service: aws.String("web"), TaskDefinition: aws.String("web:2")})
		if err != nil {
			t.Fatal(err)
		}
		n := len(c.changesOf("UpdateService"))
		c.ecs.Fail("prod", "web", "")
		c.run(deployed("web", "SERVICE_DEPLOYMENT_FAILED"))
		want(t, "calls "+string(limit), len(c.changesOf("UpdateService"))-n, 0)
		want(t, "runs "+string(limit), c.running("web"), "web:2")
	}
}
