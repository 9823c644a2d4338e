package reconcile_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/firewarden/firewarden/pkg/rules"
)

// what is new and only reported is never told while a rollout waits.
func TestWhatIsReportedIsToldWhileARolloutWaits(t *testing.T) {
	c := newCloud(t)
	c.service("web", c.register(bad("web")))
	c.run(registered("web"))
	want(t, "notices", c.statuses(), []string{"corrected task-definition/web"})
	c.stack.Policy.Rules["FL505"] = rules.Report
	in := ordered("web")
	in.ContainerDefinitions[0].Image = aws.String("public.ecr.aws/aws-observability/aws-for-fluent-bit:latest")
	c.register(in)
	c.run(registered("web"))
	c.sweep()
	t.Log(c.states("task-definition/web"), c.statuses())
	want(t, "FL505", string(c.states("task-definition/web")["FL505"]), "reported")
}
