package reconcile_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// swept is an account of several services that was swept when all groups were closed; the group of service web is open now.
func swept(t *testing.T, services int) (c *cloud, group string) {
	c = newCloud(t)
	c.stack.Policy.Cap = rules.Report
	group = c.group("web")
	c.awsvpcService("web", group)
	for i := range services {
		c.awsvpcService(fmt.Sprintf("other-%d", i), c.group(fmt.Sprintf("other-%d", i)))
	}
	c.sweep()
	c.open(group, tcp(24224, 24224, "10.0.0.0/8", ""))
	return c, group
}

func TestAnEventAboutAGroupCostsFourReadsHoweverManyServicesThereAre(t *testing.T) {
	for _, services := range []int{0, 40} {
		c, g := swept(t, services)
		want(t, "calls", c.calls(opened(g)), 4)
		want(t, "found", c.foundRules(), []string{"FL101"})
	}
}

func TestAGroupOfManyServicesCostsFourReads(t *testing.T) {
	c, g := swept(t, 0)
	for i := range 25 {
		c.awsvpcService(fmt.Sprintf("more-%d", i), g)
	}
	c.sweep()
	want(t, "calls", c.calls(opened(g)), 4)
}

// TestADefaultGroupCostsFourReads: which group is the default one of a subnet the ledger keeps.
func TestADefaultGroupCostsFourReads(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Cap = rules.Report
	c.inDefaultGroup(c.register(firelens("web", "awsvpc")))
	c.sweep()
	c.open(c.defaultGroup(), tcp(24224, 24224, "10.0.0.0/8", ""))
	want(t, "calls", c.calls(opened(c.defaultGroup())), 4)
	want(t, "found", c.foundRules(), []string{"FL101"})
}

// TestAStaleIndexIsRighted changes the account without any event, in each way that the index can be stale by.
func TestAStaleIndexIsRighted(t *testing.T) {
	for _, k := range []struct {
		name   string
		change func(c *cloud, group string)
		found  string
	}{
		{"nothing changed", func(*cloud, string) {}, "[FL101]"},
		{"a service moved to another group", func(c *cloud, _ string) { c.move("web", "web", c.group("elsewhere")) }, "[]"},
		{"a service is gone", func(c *cloud, _ string) { c.stop("web") }, "[]"},
		{"a definition updated to one without a router", func(c *cloud, g string) { c.move("web", c.register(withoutRouter("web")), g) }, "[]"},
		{"a definition updated to another with one", func(c *cloud, g string) { c.move("web", c.register(firelens("web", "awsvpc")), g) }, "[FL101]"},
		{"a group swapped with another service's", func(c *cloud, g string) {
			c.awsvpcService("swap", c.group("swap"))
			c.move("web", "web", c.group("elsewhere"))
			c.move("swap", "swap", g)
		}, "[FL101]"},
	} {
		t.Run(k.name, func(t *testing.T) {
			c, g := swept(t, 3)
			k.change(c, g)
			if failed := c.audit(opened(g)); len(failed) > 0 {
				t.Fatal("left for another delivery")
			}
			want(t, "found", fmt.Sprint(c.foundRules()), k.found)
		})
	}
}

// TestAStaleIndexOfTasksIsRighted is about tasks that stand alone.
func TestAStaleIndexOfTasksIsRighted(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Cap = rules.Report
	g := c.group("job")
	c.started(c.register(firelens("job", "awsvpc")), g)
	c.sweep()
	c.open(g, tcp(24224, 24224, "10.0.0.0/8", ""))
	want(t, "calls", c.calls(opened(g)), 5) // its interface tells its groups
	want(t, "found", c.foundRules(), []string{"FL101"})
	tasks, err := c.ecs.ListTasks(t.Context(), &ecs.ListTasksInput{Cluster: aws.String("prod")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ecs.StopTask(t.Context(), &ecs.StopTaskInput{Cluster: aws.String("prod"), Task: &tasks.TaskArns[0]}); err != nil {
		t.Fatal(err)
	}
	c.findings = nil
	c.audit(opened(g))
	want(t, "found once the task is gone", c.foundRules(), []string(nil))
}

// TestATaskBehindAGroupThatTheIndexTakesForUnused is found by its interface.
func TestATaskBehindAGroupThatTheIndexTakesForUnused(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Cap = rules.Report
	g := c.group("job", tcp(24224, 24224, "10.0.0.0/8", ""))
	c.sweep()
	c.started(c.register(firelens("job", "awsvpc")), g)
	c.audit(opened(g))
	want(t, "found", c.foundRules(), []string{"FL101"})
}

func (c *cloud) move(service, definition string, groups ...string) {
	c.t.Helper()
	_, err := c.ecs.UpdateService(c.t.Context(), &ecs.UpdateServiceInput{
		Cluster: aws.String("prod"), Service: &service, TaskDefinition: &definition,
		NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{Subnets: []string{c.subnet}, SecurityGroups: groups}},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.ecs.Settle("prod", service)
}

// withoutRouter is a definition without a router.
func withoutRouter(family string) *ecs.RegisterTaskDefinitionInput {
	in := firelens(family, ecstypes.NetworkModeAwsvpc)
	in.ContainerDefinitions = in.ContainerDefinitions[1:]
	in.ContainerDefinitions[0].LogConfiguration = nil
	return in
}
