package reconcile_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/rules"
)

// deregistering has a rollout under way, after which the revision that was corrected is deregistered.
func deregistering(t *testing.T) *cloud {
	c := rollingOut(t)
	c.stack.Policy.DeregisterCorrected = true
	c.breaker("web", c.register(bad("web")), true)
	c.run(registered("web"))
	c.ecs.Settle("prod", "web")
	return c
}

func (c *cloud) deregister(revision string) {
	c.t.Helper()
	if _, err := c.ecs.DeregisterTaskDefinition(c.t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: &revision}); err != nil {
		c.t.Fatal(err)
	}
}

func TestARevisionThatMayNotBeDeregisteredIsToldOf(t *testing.T) {
	c := deregistering(t)
	c.tasks = denyingDeregister{c.ecs}
	c.run(deployed("web", "SERVICE_DEPLOYMENT_COMPLETED"))
	told, notes := c.last()
	want(t, "told", told, "remediated: ")
	if !strings.Contains(notes, "web:1 could not be deregistered: access denied") || strings.Contains(notes, "is deregistered") {
		t.Errorf("notes %q", notes)
	}
}

func TestARevisionThatSomebodyDeregisteredIsLeft(t *testing.T) {
	c := deregistering(t)
	c.deregister("web:1")
	c.ecs.Reset()
	c.run(deployed("web", "SERVICE_DEPLOYMENT_COMPLETED"))
	told, notes := c.last()
	want(t, "told", told, "remediated: ")
	if len(c.changesOf("DeregisterTaskDefinition")) > 0 || strings.Contains(notes, "deregistered") {
		t.Errorf("calls %v, notes %q", c.changesOf("DeregisterTaskDefinition"), notes)
	}
}

// TestTheLatestRevisionIsNotDeregistered: somebody took the corrected one back, nothing is corrected any more, and the family would have
// none.
func TestTheLatestRevisionIsNotDeregistered(t *testing.T) {
	c := deregistering(t)
	c.deregister("web:2")
	c.stack.Policy.Rules["*"] = rules.Report
	c.run(deployed("web", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "web:1", c.status("web:1"), ecstypes.TaskDefinitionStatusActive)
}

// TestARevisionThatIsUsedInTheLastMomentIsNotDeregistered: a service of it is made after the last listing.
func TestARevisionThatIsUsedInTheLastMomentIsNotDeregistered(t *testing.T) {
	c := deregistering(t)
	made := false
	c.tasks = looking{c.ecs, func(ref string) {
		if strings.HasSuffix(ref, "/web:1") && !made {
			made = true
			c.service("late", ref)
		}
	}}
	c.run(deployed("web", "SERVICE_DEPLOYMENT_COMPLETED"))
	want(t, "made", made, true)
	want(t, "web:1, which service late runs", c.status("web:1"), ecstypes.TaskDefinitionStatusActive)
}

// looking is ECS that tells of what is described before it answers.
type looking struct {
	*ecsfake.Cloud
	before func(ref string)
}

func (l looking) DescribeTaskDefinition(ctx context.Context, in *ecs.DescribeTaskDefinitionInput, o ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error) {
	l.before(*in.TaskDefinition)
	return l.Cloud.DescribeTaskDefinition(ctx, in, o...)
}

// callsAtMost is more than the end of a rollout makes of ECS and EC2.
const callsAtMost = 20

// TestADeregistrationSurvivesAFaultAtEveryCall of ECS: it is done in the end, and never while something runs the revision.
func TestADeregistrationSurvivesAFaultAtEveryCall(t *testing.T) {
	for _, late := range []bool{false, true} {
		for at := 1; at <= callsAtMost; at++ {
			c := deregistering(t)
			c.audit(deployed("web", "SERVICE_DEPLOYMENT_COMPLETED"))
			again, used := c.findings, false
			if late { // a service of it is made after the last listing
				c.tasks = looking{c.ecs, func(ref string) {
					if strings.HasSuffix(ref, "/web:1") && !used {
						_, err := c.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
							Cluster: aws.String("prod"), ServiceName: aws.String("late"), TaskDefinition: &ref, DesiredCount: aws.Int32(0),
						})
						used = err == nil
					}
				}}
			}
			c.ecs.Reset()
			c.ecs.FailAt(at, ecsfake.Fault{Err: ecsfake.Throttled()})
			hit := len(c.remediate()) > 0
			if n := len(c.ecs.Calls()); n >= callsAtMost {
				t.Fatalf("%d calls", n)
			}
			c.ecs.Reset()
			if late {
				want(t, fmt.Sprint("used, a fault at ", at), used && c.status("web:1") == ecstypes.TaskDefinitionStatusInactive, false)
				continue
			}
			want(t, fmt.Sprint("a fault at ", at), c.status("web:1") == ecstypes.TaskDefinitionStatusActive, hit)
			c.now = c.now.Add(10 * time.Minute)
			c.findings = again
			want(t, "left for another delivery", len(c.remediate()), 0)
			want(t, "in the end", c.status("web:1"), ecstypes.TaskDefinitionStatusInactive)
			told, notes := c.last()
			want(t, "told", told, "remediated: ")
			want(t, "said once", strings.Count(notes, "web:1 is deregistered"), 1)
		}
	}
}
