package reconcile_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
)

// last is the last notice's status and reason, and its notes as one text.
func (c *cloud) last() (told, notes string) {
	c.t.Helper()
	if len(c.notices) == 0 {
		c.t.Fatal("nobody was told")
	}
	n := c.notices[len(c.notices)-1]
	return n.Status + ": " + n.Reason, strings.Join(n.Notes, "\n")
}

func (c *cloud) moves(service, revision string) {
	c.t.Helper()
	_, err := c.ecs.UpdateService(c.t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("prod"), Service: &service, TaskDefinition: &revision})
	if err != nil {
		c.t.Fatal(err)
	}
	c.ecs.Settle("prod", service)
}

// TestOfOtherRevisionsThoseCountThatHaveWhatIsMended: who runs one without it has nothing to do with the rollout.
func TestOfOtherRevisionsThoseCountThatHaveWhatIsMended(t *testing.T) {
	c := rollingOut(t)
	c.stack.Policy.Rules["FL501"] = rules.Report // all have that, and it is not what is mended
	c.breaker("good", c.register(ordered("web")), true)
	older := c.register(bad("web"))
	c.breaker("older", older, true)
	c.breaker("older too", older, true)
	c.breaker("latest", c.register(bad("web")), true)
	c.ecs.Reset()
	c.run(registered("web"))
	c.ecs.Settle("prod", "latest")
	c.run(deployed("latest", "SERVICE_DEPLOYMENT_COMPLETED"))
	told, notes := c.last()
	want(t, "told", told, "corrected: not rolled out: service prod/older, service prod/older too")
	want(t, "notes", strings.Split(notes, "\n")[1:], []string{
		"service prod/older was left as it is: it runs web:2", "service prod/older too was left as it is: it runs web:2",
	})
	want(t, "they run", []string{c.running("good"), c.running("older"), c.running("latest")}, []string{"web:1", "web:2", "web:4"})
	c.moves("older", "web:4")
	c.moves("older too", "web:1") // without what is mended: as good as the corrected one
	c.run(deployed("older", "SERVICE_DEPLOYMENT_COMPLETED"))
	told, _ = c.last()
	want(t, "in the end", told, "remediated: ")
}

// TestARevisionThatIsDeletedHasNothing: ECS keeps on running what it cannot describe any more.
func TestARevisionThatIsDeletedHasNothing(t *testing.T) {
	c := rollingOut(t)
	old := c.register(bad("web"))
	c.breaker("old", old, true)
	c.breaker("web", c.register(bad("web")), true)
	c.tasks = deleted{c.ecs, old}
	c.run(registered("web"))
	c.ecs.Settle("prod", "web")
	c.run(deployed("web", "SERVICE_DEPLOYMENT_COMPLETED"))
	told, _ := c.last()
	want(t, "told", told, "remediated: ")
}

// deleted is ECS without one revision.
type deleted struct {
	*ecsfake.Cloud
	arn string
}

func (d deleted) DescribeTaskDefinition(ctx context.Context, in *ecs.DescribeTaskDefinitionInput, o ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error) {
	if *in.TaskDefinition == d.arn {
		in = &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String("nothing:1")}
	}
	return d.Cloud.DescribeTaskDefinition(ctx, in, o...)
}

func TestTasksThatStandAloneHoldARolloutOpenUntilTheyStop(t *testing.T) {
	c := rollingOut(t)
	c.breaker("web", c.register(bad("web")), true)
	stop := c.task("web:1")
	c.run(registered("web"))
	told, _ := c.last()
	want(t, "first", told, "rolling out: web:1 to web:2: service prod/web")
	c.ecs.Settle("prod", "web")
	c.run(deployed("web", "SERVICE_DEPLOYMENT_COMPLETED"))
	told, notes := c.last()
	want(t, "then", told, "corrected: not rolled out: tasks that stand alone")
	if !strings.Contains(notes, "tasks that stand alone run on until they stop") {
		t.Errorf("notes %q", notes)
	}
	stop()
	c.sweep()
	told, _ = c.last()
	want(t, "in the end", told, "remediated: ")
}

func TestWhileOneGoesBackNoOtherGoesAhead(t *testing.T) {
	c := rollingOut(t)
	arn := c.register(bad("web"))
	for _, name := range []string{"a", "b"} {
		c.service(name, arn) // without a circuit breaker: ECS never gives up
		c.ecs.Settle("prod", name)
	}
	c.run(registered("web"))
	c.now = c.now.Add(4 * time.Hour)
	c.run(deployed("b", "SERVICE_STEADY_STATE"))
	c.sweep()
	want(t, "they run", []string{c.running("a"), c.running("b")}, []string{"web:1", "web:1"})
	want(t, "calls", len(c.changesOf("UpdateService")), 2)
	c.ecs.Settle("prod", "a")
	c.sweep()
	told, notes := c.last()
	want(t, "told", told, "rollout failed: service prod/a: its deployment did not end within three hours")
	if !strings.Contains(notes, "the deployment of service prod/a failed, and it runs web:1 again: its deployment did not end within three hours") {
		t.Errorf("notes %q", notes)
	}
}

func TestAServiceDeletedOnItsWayHasNotGoneAhead(t *testing.T) {
	c := rollingOut(t)
	arn := c.register(bad("web"))
	for _, name := range []string{"a", "b", "c"} {
		c.breaker(name, arn, true)
	}
	c.run(registered("web"))
	want(t, "first", []string{c.running("a"), c.running("b"), c.running("c")}, []string{"web:2", "web:1", "web:1"})
	c.stop("a")
	c.run(deployed("a", "SERVICE_DEPLOYMENT_COMPLETED"))
	c.sweep()
	want(t, "then", []string{c.running("b"), c.running("c")}, []string{"web:2", "web:1"})
}

// TestAServiceDeletedInTheMomentOfItsMoveIsNoFailure: it was read, and is gone when it is to be moved.
func TestAServiceDeletedInTheMomentOfItsMoveIsNoFailure(t *testing.T) {
	c := rollingOut(t)
	arn := c.register(bad("web"))
	c.breaker("a", arn, true)
	c.services = vanishing{c.ecs, func() { c.stop("a") }}
	c.run(registered("web"))
	told, notes := c.last()
	want(t, "told", told, "remediated: ")
	if strings.Contains(notes, "left as it is") {
		t.Errorf("notes %q", notes)
	}
}

// vanishing is ECS in which a service goes in the moment before it is updated.
type vanishing struct {
	*ecsfake.Cloud
	before func()
}

func (v vanishing) UpdateService(ctx context.Context, in *ecs.UpdateServiceInput, _ ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error) {
	v.before()
	return v.Cloud.UpdateService(ctx, in)
}

func TestAFewOfManyServicesAreNamed(t *testing.T) {
	for n, rest := range map[int]string{5: "", 6: ", and 1 more", 7: ", and 2 more"} {
		c := newCloud(t) // no rollout
		arn := c.register(bad("web"))
		for i := range n {
			c.breaker(fmt.Sprint("s", i), arn, true)
		}
		c.run(registered("web"))
		told, notes := c.last()
		want(t, "told", told, "corrected: not rolled out: service prod/s0, service prod/s1, service prod/s2, service prod/s3, service prod/s4"+rest)
		want(t, "each has its command", strings.Count(notes, "aws ecs update-service"), n)
	}
}

func TestARolloutIsNotOverBeforeItsSlowest(t *testing.T) {
	c := rollingOut(t)
	arn := c.register(bad("web"))
	for _, name := range []string{"a", "b", "c"} {
		c.breaker(name, arn, true)
	}
	c.run(registered("web"))
	c.ecs.Settle("prod", "a")
	c.run(deployed("a", "SERVICE_DEPLOYMENT_COMPLETED"))
	c.ecs.Settle("prod", "c")
	c.run(deployed("c", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "while b is on its way", c.statuses(), []string{"rolling out task-definition/web"})
	c.ecs.Settle("prod", "b")
	c.run(deployed("b", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "then", c.statuses(), []string{"rolling out task-definition/web", "remediated task-definition/web"})
}

// TestARolloutUnderWayListsNothing: each end of a deployment costs a read of each service, and no listing of the account.
func TestARolloutUnderWayListsNothing(t *testing.T) {
	c := rollingOut(t)
	arn := c.register(bad("web"))
	c.breaker("a", arn, true)
	c.breaker("b", arn, true)
	c.run(registered("web"))
	c.ecs.Reset()
	c.run(deployed("a", "SERVICE_DEPLOYMENT_IN_PROGRESS"))
	c.run(deployed("b", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "listings", c.ecs.Count("ListServices")+c.ecs.Count("ListTasks"), 0)
}

// TestAServiceThatIsMadeAnewIsMovedToo: it was deleted on its way, and is there again under its name, with the old revision.
func TestAServiceThatIsMadeAnewIsMovedToo(t *testing.T) {
	c := rollingOut(t)
	arn := c.register(bad("web"))
	c.breaker("a", arn, true)
	c.breaker("b", arn, true)
	c.run(registered("web"))
	c.stop("a")
	c.sweep() // it is gone, and the other goes ahead
	c.breaker("a", arn, true)
	c.ecs.Settle("prod", "b")
	c.run(deployed("b", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "they run", []string{c.running("a"), c.running("b")}, []string{"web:2", "web:2"})
}

// TestWhileOneIsToGoBackNoOtherGoesAhead: ECS throttles the call that takes it back, and the other's turn comes first.
func TestWhileOneIsToGoBackNoOtherGoesAhead(t *testing.T) {
	c := rollingOut(t)
	arn := c.register(bad("web"))
	c.service("a", arn) // somebody's deployment goes on
	c.service("b", arn)
	c.ecs.Settle("prod", "b")
	c.run(registered("web"))
	want(t, "they run", []string{c.running("a"), c.running("b")}, []string{"web:1", "web:2"})
	c.now = c.now.Add(4 * time.Hour)
	c.services = throttledMoves{c.ecs}
	c.audit(deployed("b", "SERVICE_STEADY_STATE"))
	again := c.findings
	want(t, "left for another delivery", len(c.remediate()) > 0, true)
	c.services = c.ecs
	c.ecs.Settle("prod", "a")
	c.now = c.now.Add(10 * time.Minute)
	c.findings = again
	want(t, "left for another delivery", len(c.remediate()), 0)
	want(t, "they run", []string{c.running("a"), c.running("b")}, []string{"web:1", "web:1"})
	want(t, "calls", len(c.changesOf("UpdateService")), 2)
}

// throttledMoves is ECS that takes no more updates of services for now.
type throttledMoves struct{ *ecsfake.Cloud }

func (throttledMoves) UpdateService(context.Context, *ecs.UpdateServiceInput, ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error) {
	return nil, ecsfake.Throttled()
}

// TestAServiceThatAPersonTookBackIsNotMovedAgain: FireWarden was to take it back itself, and was not allowed to.
func TestAServiceThatAPersonTookBackIsNotMovedAgain(t *testing.T) {
	c := rollingOut(t)
	c.service("web", c.register(bad("web")))
	c.ecs.Settle("prod", "web")
	c.run(registered("web"))
	c.now = c.now.Add(4 * time.Hour)
	c.services = denyingMoves{c.ecs}
	c.sweep()
	want(t, "it runs", c.running("web"), "web:2")
	c.services = c.ecs
	c.moves("web", "web:1")
	c.sweep()
	want(t, "it runs", c.running("web"), "web:1")
	told, _ := c.last()
	want(t, "told", told, "rollout failed: service prod/web: it was moved back")
}

// TestAFindingThatIsExemptMeanwhileStaysSo: the rollout that would have mended it goes on, and settles what it mends.
func TestAFindingThatIsExemptMeanwhileStaysSo(t *testing.T) {
	c := rollingOut(t)
	c.breaker("web", c.register(bad("web")), true)
	c.run(registered("web"))
	c.exempt("FL103", "web", "2027-01-31")
	in := ordered("web")
	in.ContainerDefinitions[0].PortMappings = bad("web").ContainerDefinitions[0].PortMappings
	c.register(in)
	c.run(registered("web"))
	c.ecs.Settle("prod", "web")
	c.run(deployed("web", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "the ledger", c.states("task-definition/web"), map[string]ledger.Status{"FL103": ledger.Suppressed, "FL201": ledger.Remediated})
}
