package reconcile_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/rules"
)

// remediation is how many calls of EC2 and ECS a remediation of what an event leads to makes.
func (c *cloud) remediation(event string) int {
	c.t.Helper()
	if failed := c.audit(event); len(failed) > 0 {
		c.t.Fatalf("the audit failed: %v", failed)
	}
	c.ec2.Forget()
	c.ecs.Reset()
	if failed := c.remediate(); len(failed) > 0 {
		c.t.Fatalf("left for another delivery: %v", failed)
	}
	return len(c.ec2.Calls()) + len(c.ecs.Calls())
}

func TestARemediationCostsTheSameHoweverManyServicesThereAre(t *testing.T) {
	for _, services := range []int{0, 40} {
		c := newCloud(t)
		g := c.group("web")
		c.awsvpcService("web", g)
		c.service("api", c.register(firelens("api", ecstypes.NetworkModeBridge)))
		for i := range services {
			c.awsvpcService(fmt.Sprintf("other-%d", i), c.group(fmt.Sprintf("other-%d", i)))
		}
		c.sweep()
		c.open(g, tcp(24224, 24224, "10.0.0.0/8", ""))
		want(t, "calls for a group", c.remediation(opened(g)), 9)
		want(t, "entries", c.entries(g), []string(nil))
		c.register(bad("api"))
		want(t, "calls for a definition", c.remediation(registered("api")), 11)
		want(t, "notices", c.statuses(), []string{"reported task-definition/api", "remediated security-group/" + g, "corrected task-definition/api"})
	}
}

// TestWhoTheIndexDoesNotNameSpeaksByAnInterface starts, without any event, a task that serves the port behind a group of a FireLens service.
func TestWhoTheIndexDoesNotNameSpeaksByAnInterface(t *testing.T) {
	c, g := shared(t)
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{"tcp 24224 10.0.0.0/8 ()"})
	want(t, "notices", c.statuses(), []string{"reported security-group/" + g})
	if e := strings.Join(c.notices[0].Findings[0].Evidence, "\n"); !strings.Contains(e, "container app of task") {
		t.Errorf("the notice does not say who else: %s", e)
	}
}

// shared is an account that was swept, with an open group of a FireLens service, behind which an aggregator was started since.
func shared(t *testing.T) (c *cloud, group string) {
	c = newCloud(t)
	group = c.group("web")
	c.awsvpcService("web", group)
	in := withoutRouter("aggregator")
	in.ContainerDefinitions[0].PortMappings = []ecstypes.PortMapping{{ContainerPort: aws.Int32(24224)}}
	c.sweep()
	c.started(c.register(in), group)
	c.open(group, tcp(24224, 24224, "10.0.0.0/8", ""))
	return c, group
}

// endless is an account too large to be listed.
type endless struct{ inventory.Reader }

func (endless) Snapshot(ctx context.Context) (inventory.Snapshot, error) {
	<-ctx.Done()
	return inventory.Snapshot{}, ctx.Err()
}

// handle gives both functions what an event leads to, in an account too large to be listed.
func (c *cloud) handle(event string) {
	c.t.Helper()
	a := c.auditor()
	a.Inventory = endless{c.inventory()}
	out, err := a.Handle(c.t.Context(), batchOf(event))
	if err != nil || len(out.BatchItemFailures) > 0 {
		c.t.Fatalf("the audit left %v for another delivery, %v", out.BatchItemFailures, err)
	}
	bodies := c.findings
	c.findings = nil
	r := c.remediator()
	r.Inventory = endless{c.inventory()}
	if out, err = r.Handle(c.t.Context(), batchOf(bodies...)); err != nil || len(out.BatchItemFailures) > 0 {
		c.t.Fatalf("the remediator left %v for another delivery, %v", out.BatchItemFailures, err)
	}
}

func TestAnAccountTooLargeToBeListedIsLeftToTheNextSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, g := shared(t)
		c.handle(opened(g))
		c.handle(opened(g))
		want(t, "entries", c.entries(g), []string{"tcp 24224 10.0.0.0/8 ()"})
		want(t, "notices", c.statuses(), []string{"blocked security-group/" + g})
		if reason := c.notices[0].Reason; !strings.Contains(reason, "too large to be listed") {
			t.Errorf("the reason: %s", reason)
		}
		c.sweep()
		want(t, "notices after the sweep", c.statuses(), []string{"blocked security-group/" + g, "reported security-group/" + g})
	})
}

// TestNobodyKnownInAnAccountTooLargeToBeListed moves a service behind a group without any event.
func TestNobodyKnownInAnAccountTooLargeToBeListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, g := swept(t, 1)
		c.stack.Policy.Cap = rules.Remediate
		c.stop("web")
		c.awsvpcService("late", g)
		c.handle(opened(g))
		want(t, "notices", c.statuses(), []string(nil))
		want(t, "entries", len(c.entries(g)), 1)
		c.sweep()
		want(t, "entries after the sweep", len(c.entries(g)), 0)
	})
}

func TestADefinitionOfAnAccountTooLargeToBeListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.register(bad("api"))
		c.handle(registered("api"))
		want(t, "before the first sweep", c.statuses(), []string{"blocked task-definition/api"})
		want(t, "revision", c.latest("api").Revision, int32(1))
		c.sweep()
		want(t, "revision after it", c.latest("api").Revision, int32(2))
	})
}

// TestAServiceAtZeroThatTheIndexNamesKeepsItsPort: the service names the router's port, so that the mapping stays.
func TestAServiceAtZeroThatTheIndexNamesKeepsItsPort(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Cap = rules.Report
	definition := c.register(bad("api"))
	_, err := c.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("prod"), ServiceName: aws.String("api"), TaskDefinition: &definition, DesiredCount: aws.Int32(0),
		LoadBalancers: []ecstypes.LoadBalancer{{
			TargetGroupArn: aws.String("arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/logs/1"),
			ContainerName:  aws.String("log_router"), ContainerPort: aws.Int32(24224),
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.indexed()
	c.stack.Policy.Cap = rules.Remediate
	c.run(registered("api"))
	want(t, "revision", c.latest("api").Revision, int32(1))
	want(t, "notices", c.statuses(), []string{"reported task-definition/api"})
}

// TestATaskThatRunsAloneIsLookedAtByItsName starts tasks behind open groups after the sweep: what the event names is looked at, and not
// the account.
func TestATaskThatRunsAloneIsLookedAtByItsName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		g, nodes := c.group("job", tcp(24224, 24224, "10.0.0.0/8", "")), c.group("nodes", tcp(24224, 24224, "10.0.0.0/8", ""))
		c.sweep()
		job, node := c.register(firelens("job", ecstypes.NetworkModeAwsvpc)), c.register(firelens("node", ecstypes.NetworkModeHost))
		c.handle(c.lastTask(job, c.started(job, g)))
		want(t, "entries", c.entries(g), []string(nil))
		c.instance(node, nodes)
		c.handle(c.lastTask(node, ""))
		want(t, "notices", c.statuses(), []string{"remediated security-group/" + g, "remediated security-group/" + nodes})
	})
}

// TestAServiceThatIsMadeBehindAnOpenGroupIsLookedAtByItsName likewise.
func TestAServiceThatIsMadeBehindAnOpenGroupIsLookedAtByItsName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		g := c.group("web", tcp(24224, 24224, "10.0.0.0/8", ""))
		c.sweep()
		c.awsvpcService("web", g)
		c.handle(placed("CreateService", "web", "web", g))
		want(t, "entries", c.entries(g), []string(nil))
		want(t, "notices", c.statuses(), []string{"remediated security-group/" + g})
	})
}

// TestTasksOfASchedulesFamilyAreAccountedFor: they are started between sweeps, and no event that is needed for it tells of each.
func TestTasksOfASchedulesFamilyAreAccountedFor(t *testing.T) {
	for _, serving := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t)
			g := c.group("job")
			in := firelens("job", ecstypes.NetworkModeAwsvpc)
			c.register(in)
			c.scheduled("nightly", "job", g)
			c.sweep()
			job := "job:1"
			if serving { // another revision, which nothing has told of yet, serves the port itself
				in.ContainerDefinitions[1].PortMappings = []ecstypes.PortMapping{{ContainerPort: aws.Int32(24224)}}
				job = c.register(in)
			}
			c.started(job, g)
			c.open(g, tcp(24224, 24224, "10.0.0.0/8", ""))
			c.handle(opened(g))
			status := map[bool]string{false: "remediated", true: "reported"}[serving]
			want(t, "notices", c.statuses(), []string{status + " security-group/" + g})
		})
	}
}
