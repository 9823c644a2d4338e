package reconcile_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// instance registers a new EC2 instance behind groups with cluster prod, and starts a task of the definition on it.
func (c *cloud) instance(definition string, groups ...string) {
	c.t.Helper()
	_, err := c.ecs.StartTask(c.t.Context(), &ecs.StartTaskInput{
		Cluster: aws.String("prod"), TaskDefinition: &definition, ContainerInstances: []string{c.host(groups...)},
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// host registers a new EC2 instance behind groups with cluster prod, and returns its ARN there.
func (c *cloud) host(groups ...string) string {
	c.t.Helper()
	id := c.ecs.Network.AddInstance(c.subnet, groups...)
	made, err := c.ecs.RegisterContainerInstance(c.t.Context(), &ecs.RegisterContainerInstanceInput{
		Cluster: aws.String("prod"), InstanceIdentityDocument: aws.String(`{"instanceId": "` + id + `"}`),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return *made.ContainerInstance.ContainerInstanceArn
}

// rulesTold are the rules of the findings in all notices, sorted.
func (c *cloud) rulesTold() []string {
	var all []string
	for _, n := range c.notices {
		for _, f := range n.Findings {
			all = append(all, f.Rule)
		}
	}
	slices.Sort(all)
	return all
}

func TestTheGroupOfAHostTasksInstanceIsClosed(t *testing.T) {
	c := newCloud(t)
	g := c.group("instances", tcp(24000, 25000, "0.0.0.0/0", "all of it"), tcp(22, 22, "10.0.0.0/8", "ssh"))
	c.instance(c.register(firelens("node", ecstypes.NetworkModeHost)), g)
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{
		"tcp 22 10.0.0.0/8 (ssh)", "tcp 24000-24223 0.0.0.0/0 (all of it)", "tcp 24225-25000 0.0.0.0/0 (all of it)",
	})
	want(t, "notices", c.statuses(), []string{"remediated security-group/" + g})
	want(t, "rules", c.rulesTold(), []string{"FL102"})
}

func TestTheSweepFindsTheGroupsOfInstances(t *testing.T) {
	c := newCloud(t)
	g := c.group("instances", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.instance(c.register(firelens("node", ecstypes.NetworkModeHost)), g)
	c.sweep()
	want(t, "entries", c.entries(g), []string(nil))
	want(t, "rules", c.rulesTold(), []string{"FL102"})
}

// A bridge task's router is reached through its port mapping: the instance's group is not what is wrong.
func TestTheGroupOfABridgeTasksInstanceIsLeftAlone(t *testing.T) {
	c := newCloud(t)
	g := c.group("instances", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.instance(c.register(firelens("bridged", ecstypes.NetworkModeBridge)), g)
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{"tcp 24224 0.0.0.0/0 ()"})
	want(t, "notices", c.statuses(), []string(nil))
}

// One group of an awsvpc service and of an instance: both rules find it, one remediation closes it.
func TestAGroupOfBothModesIsClosedOnce(t *testing.T) {
	c := newCloud(t)
	g := c.group("shared", tcp(24000, 24224, "0.0.0.0/0", "logs"))
	c.awsvpcService("web", g)
	c.instance(c.register(firelens("node", ecstypes.NetworkModeHost)), g)
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{"tcp 24000-24223 0.0.0.0/0 (logs)"})
	want(t, "notices", c.statuses(), []string{"remediated security-group/" + g})
	want(t, "rules", c.rulesTold(), []string{"FL101", "FL102"})
}

// An invitation alone makes no revision; it is dropped in the one that another finding makes.
func TestAnInvitationIsDroppedAlong(t *testing.T) {
	c := newCloud(t)
	in := firelens("node", ecstypes.NetworkModeHost)
	in.ContainerDefinitions[0].PortMappings = []ecstypes.PortMapping{{ContainerPort: aws.Int32(24224)}, {ContainerPort: aws.Int32(2020)}}
	c.register(in)
	c.run(registered("node"))
	want(t, "notices", c.statuses(), []string{"reported task-definition/node"})
	in.ContainerDefinitions = append(in.ContainerDefinitions, ecstypes.ContainerDefinition{
		Name: aws.String("init"), Image: aws.String("example/init:1"), Memory: aws.Int32(50), Essential: aws.Bool(false),
	})
	in.ContainerDefinitions[0].DependsOn = []ecstypes.ContainerDependency{{
		ContainerName: aws.String("init"), Condition: ecstypes.ContainerConditionComplete,
	}}
	c.register(in)
	c.run(registered("node"))
	d, err := c.remediator().Tasks.Describe(t.Context(), "node")
	if err != nil {
		t.Fatal(err)
	}
	router, _ := d.Router()
	want(t, "revision", d.Name(), "node:3")
	want(t, "mappings", len(router.PortMappings), 1)
	for _, f := range rules.Evaluate(rules.All(), d, rules.Params{}) {
		if f.Fixable {
			t.Errorf("left is %s at %s", f.Rule, f.Path)
		}
	}
}
