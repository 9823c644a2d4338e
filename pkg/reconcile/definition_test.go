package reconcile_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/plan"
)

func (c *cloud) latest(family string) ecstypes.TaskDefinition {
	c.t.Helper()
	d, err := ecstask.Store{API: c.ecs}.Describe(context.Background(), family)
	if err != nil {
		c.t.Fatal(err)
	}
	return d.Task
}

func TestABadDefinitionIsCorrected(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	before, err := ecstask.Store{API: c.ecs}.Describe(t.Context(), "web")
	if err != nil {
		t.Fatal(err)
	}
	c.run(registered("web"), registered("web"))
	c.run(registered("web"))
	after, err := ecstask.Store{API: c.ecs}.Describe(t.Context(), "web")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "revision", after.Task.Revision, int32(2))
	var paths []string
	for _, change := range plan.Compare(before, after) {
		paths = append(paths, change.Path)
	}
	want(t, "changed paths", paths, []string{"containerDefinitions[app].dependsOn", "containerDefinitions[log_router].portMappings"})
	tags := map[string]string{}
	for _, tag := range after.Tags {
		tags[*tag.Key] = *tag.Value
	}
	want(t, "tags", tags, map[string]string{"team": "payments", plan.TagCorrectedFrom: "web:1", plan.TagRules: "FL103 FL201"})
	want(t, "notices", c.statuses(), []string{"remediated task-definition/web"})
	n := c.notices[0]
	if len(n.Findings) != 2 || !strings.Contains(n.Diff, "24224") || n.Remediation == "" {
		t.Errorf("notice %+v", n)
	}
}

func TestACorrectionThatStillHasToBeRolledOutSaysSo(t *testing.T) {
	c := newCloud(t)
	c.service("web", c.register(bad("web")))
	c.run(registered("web"))
	want(t, "notices", c.statuses(), []string{"corrected task-definition/web"})
	want(t, "reason", c.notices[0].Reason, "not rolled out: service prod/web")
}

func TestAMappingThatALoadBalancerNamesIsReportedOnly(t *testing.T) {
	c := newCloud(t)
	arn := c.register(bad("web"))
	_, err := c.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("prod"), ServiceName: aws.String("web"), TaskDefinition: &arn, DesiredCount: aws.Int32(0),
		LoadBalancers: []ecstypes.LoadBalancer{{
			ContainerName: aws.String("log_router"), ContainerPort: aws.Int32(24224),
			TargetGroupArn: aws.String("arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/logs/0123456789abcdef"),
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.run(registered("web"))
	want(t, "revision", c.latest("web").Revision, int32(1))
	want(t, "notices", c.statuses(), []string{"reported task-definition/web"})
}

func TestAnUnknownKeyIsRefused(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	c.ecs.EditRaw = func(answer map[string]any) {
		answer["taskDefinition"].(map[string]any)["quantumMode"] = "entangled"
	}
	c.run(registered("web"))
	c.run(registered("web"))
	want(t, "revision", c.latest("web").Revision, int32(1))
	want(t, "notices", c.statuses(), []string{"blocked task-definition/web"})
	if !strings.Contains(c.notices[0].Reason, "quantumMode") {
		t.Errorf("reason %q does not name the key", c.notices[0].Reason)
	}
}

func TestADeniedRegistrationIsBlockedOnceAndNotRetried(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	c.tasks = denying{c.ecs}
	c.run(registered("web"))
	c.run(registered("web"))
	want(t, "notices", c.statuses(), []string{"blocked task-definition/web"})
	want(t, "reason", c.notices[0].Reason, "access denied")
	c.tasks = c.ecs
	c.run(registered("web"))
	want(t, "notices", c.statuses()[1:], []string{"remediated task-definition/web"})
}

// denying is ECS for a caller that may not register.
type denying struct{ *ecsfake.Cloud }

func (denying) RegisterTaskDefinition(context.Context, *ecs.RegisterTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.RegisterTaskDefinitionOutput, error) {
	return nil, ecsfake.Denied("ecs:RegisterTaskDefinition")
}

// denyingMoves is ECS for a caller that may not update services.
type denyingMoves struct{ *ecsfake.Cloud }

func (denyingMoves) UpdateService(context.Context, *ecs.UpdateServiceInput, ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error) {
	return nil, ecsfake.Denied("ecs:UpdateService")
}

func TestAPipelineThatCopiesOurTagsIsCorrectedAgain(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	c.run(registered("web"))
	again := bad("web")
	again.Tags = []ecstypes.Tag{
		{Key: aws.String(plan.TagCorrectedFrom), Value: aws.String("web:1")}, {Key: aws.String(plan.TagRules), Value: aws.String("FL103 FL201")},
	}
	c.register(again)
	c.run(registered("web"))
	want(t, "revision", c.latest("web").Revision, int32(4))
	want(t, "notices", c.statuses(), []string{"remediated task-definition/web", "remediated task-definition/web"})
}

func TestAMissingTrailIsToldOnce(t *testing.T) {
	c := newCloud(t)
	c.logging = false
	c.sweep()
	c.sweep()
	c.logging = true
	c.sweep()
	c.sweep()
	want(t, "notices", c.statuses(), []string{"blocked account/cloudtrail", "resolved account/cloudtrail"})
}

func TestASweepMendsWhatNoEventTold(t *testing.T) {
	c := newCloud(t)
	c.register(bad("api"))
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	c.sweep()
	want(t, "entries", c.entries(g), []string(nil))
	want(t, "revision", c.latest("api").Revision, int32(2))
	sweeps, err := c.stack.Ledger.Sweeps(t.Context())
	if err != nil || len(sweeps) != 1 || sweeps[0].Finished.IsZero() {
		t.Fatalf("sweeps %+v, %v", sweeps, err)
	}
}

func TestAMalformedMessageIsDroppedWithOneNotice(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	c.run("not json", registered("web"))
	c.run("not json")
	want(t, "notices", len(c.statuses()), 2)
	want(t, "revision", c.latest("web").Revision, int32(2))
}
