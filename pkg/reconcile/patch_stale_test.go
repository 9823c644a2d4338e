package reconcile_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/firewarden/firewarden/pkg/rules"
)

// stale patch.
func TestANoticeHasNoPatchOfSomethingElse(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	c.run(registered("web"))
	c.stack.Policy.Rules["FL505"] = rules.Report
	in := ordered("web")
	in.ContainerDefinitions[0].Image = aws.String("public.ecr.aws/aws-observability/aws-for-fluent-bit:latest")
	c.register(in)
	c.run(registered("web"))
	n := c.notices[len(c.notices)-1]
	t.Logf("%s %v\n%s", n.Status, n.Findings, n.SourcePatch)
	want(t, "patch", n.SourcePatch, "")
}
