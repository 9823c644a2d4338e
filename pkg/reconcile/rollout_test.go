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

	"github.com/firewarden/firewarden/pkg/policy"
)

// rollingOut is an account whose policy moves services.
func rollingOut(t *testing.T) *cloud {
	c := newCloud(t)
	c.stack.Policy.Rollout = policy.RolloutUpdateService
	return c
}

// breaker makes a service of the definition with a circuit breaker, at rest.
func (c *cloud) breaker(name, definition string, rollback bool) {
	c.t.Helper()
	_, err := c.ecs.CreateService(c.t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("prod"), ServiceName: &name, TaskDefinition: &definition, DesiredCount: aws.Int32(0),
		DeploymentConfiguration: &ecstypes.DeploymentConfiguration{
			DeploymentCircuitBreaker: &ecstypes.DeploymentCircuitBreaker{Enable: true, Rollback: rollback}, MinimumHealthyPercent: aws.Int32(100),
		},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.ecs.Settle("prod", name)
}

func (c *cloud) serviceNow(name string) ecstypes.Service {
	c.t.Helper()
	out, err := c.ecs.DescribeServices(c.t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("prod"), Services: []string{name}})
	if err != nil || len(out.Services) != 1 {
		c.t.Fatalf("service %s: %v", name, err)
	}
	return out.Services[0]
}

// running is the revision that a service shall run.
func (c *cloud) running(name string) string {
	arn := aws.ToString(c.serviceNow(name).TaskDefinition)
	return arn[strings.LastIndex(arn, "/")+1:]
}

// deployed is ECS's event that a service's deployment came to an end.
func deployed(name, event string) string {
	return `{"version":"0","id":"e-` + name + event + `","detail-type":"ECS Deployment State Change","source":"aws.ecs","account":"123456789012","time":"2026-11-23T12:10:00Z",
"region":"eu-central-1","resources":["arn:aws:ecs:eu-central-1:123456789012:service/prod/` + name + `"],"detail":{"eventType":"INFO","eventName":"` + event + `","deploymentId":"ecs-svc/1","updatedAt":"2026-11-23T12:10:00Z","reason":"r"}}`
}

func TestAServiceIsMovedToTheCorrectedRevision(t *testing.T) {
	c := rollingOut(t)
	c.breaker("web", c.register(bad("web")), true)
	c.run(registered("web"))
	want(t, "the service runs", c.running("web"), "web:2")
	want(t, "notices", c.statuses(), []string{"rolling out task-definition/web"})
	want(t, "reason", c.notices[0].Reason, "web:1 to web:2: service prod/web")
	c.run(registered("web"))
	want(t, "while it goes on", c.statuses(), []string{"rolling out task-definition/web"})
	c.ecs.Settle("prod", "web")
	c.run(deployed("web", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "notices", c.statuses(), []string{"rolling out task-definition/web", "remediated task-definition/web"})
	changes := c.changesOf("UpdateService")
	if len(changes) != 1 || changes[0].(*ecs.UpdateServiceInput).DeploymentConfiguration != nil {
		t.Errorf("calls %+v: one, without a deployment configuration of ours", changes)
	}
	known, err := c.stack.Ledger.Resource(t.Context(), "task-definition/web")
	if err != nil || known.Rollout != nil {
		t.Errorf("the rollout is still there: %+v, %v", known.Rollout, err)
	}
}

// changesOf are the inputs of an operation so far.
func (c *cloud) changesOf(op string) []any {
	var all []any
	for _, call := range c.ecs.Calls() {
		if call.Op == op {
			all = append(all, call.Input)
		}
	}
	return all
}

func TestOneServiceGoesAheadOfTheOthers(t *testing.T) {
	c := rollingOut(t)
	arn := c.register(bad("web"))
	for _, name := range []string{"a", "b", "c"} {
		c.breaker(name, arn, true)
	}
	c.run(registered("web"))
	want(t, "first", []string{c.running("a"), c.running("b"), c.running("c")}, []string{"web:2", "web:1", "web:1"})
	c.ecs.Settle("prod", "a")
	c.run(deployed("a", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "then", []string{c.running("a"), c.running("b"), c.running("c")}, []string{"web:2", "web:2", "web:2"})
	c.ecs.Settle("prod", "b")
	c.ecs.Settle("prod", "c")
	c.run(deployed("b", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "notices", c.statuses(), []string{"rolling out task-definition/web", "remediated task-definition/web"})
}

func TestADeploymentThatFailsGoesBackAndIsTold(t *testing.T) {
	for _, rollback := range []bool{true, false} {
		c := rollingOut(t)
		arn := c.register(bad("web"))
		c.breaker("a", arn, rollback)
		c.breaker("b", arn, rollback)
		c.run(registered("web"))
		c.ecs.Fail("prod", "a", "")
		c.run(deployed("a", "SERVICE_DEPLOYMENT_FAILED"))
		want(t, "it runs", []string{c.running("a"), c.running("b")}, []string{"web:1", "web:1"})
		c.ecs.Settle("prod", "a")
		c.run(deployed("a", "SERVICE_DEPLOYMENT_COMPLETED"))
		c.sweep()
		want(t, "notices", c.statuses(), []string{"rolling out task-definition/web", "rollout failed task-definition/web"})
		n := c.notices[1]
		if !strings.Contains(n.Reason, "circuit breaker") || !slices.ContainsFunc(n.Notes, func(s string) bool {
			return strings.Contains(s, "service prod/b was left as it is: another service could not be moved")
		}) {
			t.Errorf("rollback %v: reason %q, notes %q", rollback, n.Reason, n.Notes)
		}
		want(t, "calls", len(c.changesOf("UpdateService")), map[bool]int{true: 1, false: 2}[rollback])
		want(t, "the latest revision", c.latest("web").Revision, int32(2))
	}
}

func TestADeploymentThatNeverEndsGoesBack(t *testing.T) {
	c := rollingOut(t)
	c.service("web", c.register(bad("web")))
	c.ecs.Settle("prod", "web")
	c.run(registered("web"))
	want(t, "it runs", c.running("web"), "web:2")
	c.now = c.now.Add(4 * time.Hour)
	c.sweep()
	want(t, "it runs", c.running("web"), "web:1")
	want(t, "notices", c.statuses(), []string{"rolling out task-definition/web", "rollout failed task-definition/web"})
}

func TestServicesThatOthersDeployAreToldOfAndNotTouched(t *testing.T) {
	for _, by := range []ecstypes.DeploymentControllerType{ecstypes.DeploymentControllerTypeCodeDeploy, ecstypes.DeploymentControllerTypeExternal} {
		c := rollingOut(t)
		arn := c.register(bad("web"))
		in := &ecs.CreateServiceInput{
			Cluster: aws.String("prod"), ServiceName: aws.String("blue"), TaskDefinition: &arn, DesiredCount: aws.Int32(0),
			DeploymentController: &ecstypes.DeploymentController{Type: by},
		}
		if by == ecstypes.DeploymentControllerTypeExternal {
			in.TaskDefinition = nil
		}
		if _, err := c.ecs.CreateService(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if by == ecstypes.DeploymentControllerTypeExternal {
			if _, err := c.ecs.CreateTaskSet(t.Context(), &ecs.CreateTaskSetInput{Cluster: aws.String("prod"), Service: aws.String("blue"), TaskDefinition: &arn}); err != nil {
				t.Fatal(err)
			}
		}
		c.run(registered("web"))
		want(t, "notices", c.statuses(), []string{"corrected task-definition/web"})
		want(t, "reason", c.notices[0].Reason, "not rolled out: service prod/blue")
		want(t, "calls", len(c.changesOf("UpdateService")), 0)
		if notes := strings.Join(c.notices[0].Notes, "\n"); !strings.Contains(notes, "service prod/blue was left as it is: its deployments are made by ") {
			t.Errorf("notes %q", notes)
		}
	}
}

func TestSomebodysDeploymentIsWaitedFor(t *testing.T) {
	c := rollingOut(t)
	c.service("web", c.register(bad("web"))) // its first deployment goes on
	c.run(registered("web"))
	want(t, "it runs", c.running("web"), "web:1")
	want(t, "notices", c.statuses(), []string{"rolling out task-definition/web"})
	c.ecs.Settle("prod", "web")
	c.run(deployed("web", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "it runs", c.running("web"), "web:2")
}

func TestWhoeverMovesAServiceHimselfEndsTheRollout(t *testing.T) {
	c := newCloud(t) // no rollout
	c.breaker("web", c.register(bad("web")), true)
	c.run(registered("web"))
	want(t, "notices", c.statuses(), []string{"corrected task-definition/web"})
	if notes := strings.Join(c.notices[0].Notes, "\n"); !strings.Contains(notes, "aws ecs update-service --cluster prod --service web --task-definition web:2") {
		t.Errorf("notes %q do not say how to move it", notes)
	}
	_, err := c.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("prod"), Service: aws.String("web"), TaskDefinition: aws.String("web:2")})
	if err != nil {
		t.Fatal(err)
	}
	c.ecs.Settle("prod", "web")
	c.run(deployed("web", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "notices", c.statuses(), []string{"corrected task-definition/web", "remediated task-definition/web"})
}

func TestATagAsksForARolloutWhereThePolicyHeedsIt(t *testing.T) {
	for _, heeded := range []bool{true, false} {
		c := newCloud(t)
		c.stack.Policy.RolloutTag = heeded
		in := bad("web")
		in.Tags = append(in.Tags, ecstypes.Tag{Key: aws.String("firewarden:rollout"), Value: aws.String("update-service")})
		c.breaker("web", c.register(in), true)
		c.run(registered("web"))
		want(t, fmt.Sprintf("heeded %v", heeded), c.running("web"), map[bool]string{true: "web:2", false: "web:1"}[heeded])
	}
}

func TestReportModeMovesNothing(t *testing.T) {
	c := rollingOut(t)
	arn := c.register(bad("web"))
	c.breaker("a", arn, true)
	c.breaker("b", arn, true)
	c.run(registered("web"))
	capped, err := c.stack.Policy.WithCap("report")
	if err != nil {
		t.Fatal(err)
	}
	c.stack.Policy = capped
	c.ecs.Settle("prod", "a")
	c.run(deployed("a", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "it runs", []string{c.running("a"), c.running("b")}, []string{"web:2", "web:1"})
	want(t, "notices", c.statuses(), []string{"rolling out task-definition/web", "corrected task-definition/web"})
}

func TestTheRevisionThatWasCorrectedIsDeregisteredOnceNothingRunsIt(t *testing.T) {
	c := rollingOut(t)
	c.stack.Policy.DeregisterCorrected = true
	c.breaker("web", c.register(bad("web")), true)
	c.run(registered("web"))
	want(t, "calls", len(c.changesOf("DeregisterTaskDefinition")), 0)
	c.ecs.Settle("prod", "web")
	c.run(deployed("web", "SERVICE_DEPLOYMENT_COMPLETED"))
	calls := c.changesOf("DeregisterTaskDefinition")
	if len(calls) != 1 || !strings.HasSuffix(*calls[0].(*ecs.DeregisterTaskDefinitionInput).TaskDefinition, "/web:1") {
		t.Errorf("calls %+v", calls)
	}
	want(t, "notices", c.statuses(), []string{"rolling out task-definition/web", "remediated task-definition/web"})
	if notes := strings.Join(c.notices[1].Notes, "\n"); !strings.Contains(notes, "web:1 is deregistered") {
		t.Errorf("notes %q", notes)
	}
}

func TestADeniedMoveIsToldAndTriedAgainLater(t *testing.T) {
	c := rollingOut(t)
	c.breaker("web", c.register(bad("web")), true)
	c.services = denyingMoves{c.ecs}
	c.run(registered("web"))
	want(t, "notices", c.statuses(), []string{"corrected task-definition/web"})
	if notes := strings.Join(c.notices[0].Notes, "\n"); !strings.Contains(notes, "service prod/web was left as it is: access denied: ecs:UpdateService; the template's AllowRollout allows it") {
		t.Errorf("notes %q", notes)
	}
	c.services = c.ecs
	c.sweep()
	want(t, "it runs", c.running("web"), "web:2")
}
