package reconcile_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/policy"
)

// A group has long let 24224 in; what happens makes it matter.
func TestAGroupThatComesToMatterIsClosed(t *testing.T) {
	for happening, happen := range map[string]func(c *cloud, g string) string{
		"a service is made": func(c *cloud, g string) string {
			c.awsvpcService("web", g)
			return placed("CreateService", "web", "web", g)
		},
		"a service is made in its VPC's default group": func(c *cloud, _ string) string {
			c.inDefaultGroup(c.register(firelens("web", ecstypes.NetworkModeAwsvpc)))
			return placed("CreateService", "web", "web")
		},
		"a service gets a router": func(c *cloud, g string) string {
			in := firelens("web", ecstypes.NetworkModeAwsvpc)
			in.ContainerDefinitions = in.ContainerDefinitions[1:]
			in.ContainerDefinitions[0].LogConfiguration = nil
			c.service("web", c.register(in), g)
			c.sweep() // the index knows the group as unused by FireLens
			c.redefine(c.register(firelens("web", ecstypes.NetworkModeAwsvpc)))
			return called("ecs", "UpdateService", object{"cluster": "prod", "service": "web", "taskDefinition": "web:2"}, nil)
		},
		"a service's deployment begins": func(c *cloud, g string) string {
			c.awsvpcService("web", g)
			return happened("ECS Deployment State Change", arnOf+"service/prod/web", object{"eventName": "SERVICE_DEPLOYMENT_IN_PROGRESS"})
		},
		"a service's deployment begins, by an ARN of the old form": func(c *cloud, g string) string {
			c.awsvpcService("web", g)
			return happened("ECS Deployment State Change", arnOf+"service/web", object{"eventName": "SERVICE_DEPLOYMENT_IN_PROGRESS"})
		},
		"a task runs": func(c *cloud, g string) string {
			d := c.register(firelens("job", ecstypes.NetworkModeAwsvpc))
			return running(d, c.started(d, g))
		},
		"a task's interface is put behind it": func(c *cloud, g string) string {
			eni := c.started(c.register(firelens("job", ecstypes.NetworkModeAwsvpc)), c.group("other"))
			c.ecs.Network.SetGroups(eni, g)
			return called("ec2", "ModifyNetworkInterfaceAttribute", object{"networkInterfaceId": eni, "groupSet": object{"items": []object{{"groupId": g}}}}, nil)
		},
		"a task's interface is put behind it, in a record that is cut": func(c *cloud, g string) string {
			eni := c.started(c.register(firelens("job", ecstypes.NetworkModeAwsvpc)), g)
			return called("ec2", "ModifyNetworkInterfaceAttribute", object{"networkInterfaceId": eni, "omitted": true}, nil)
		},
		"a task in host mode runs": func(c *cloud, g string) string {
			d := c.register(firelens("node", ecstypes.NetworkModeHost))
			c.instance(d, g)
			return running(d, "")
		},
		"a task runs, and says which": func(c *cloud, g string) string {
			d := c.register(firelens("job", ecstypes.NetworkModeAwsvpc))
			return c.lastTask(d, c.started(d, g))
		},
		"a task in host mode runs, and says which": func(c *cloud, g string) string {
			d := c.register(firelens("node", ecstypes.NetworkModeHost))
			c.instance(d, g)
			return c.lastTask(d, "")
		},
		"an older revision in host mode runs": func(c *cloud, g string) string {
			d := c.register(firelens("node", ecstypes.NetworkModeHost))
			c.register(firelens("node", ecstypes.NetworkModeBridge))
			c.instance(d, g)
			return running(d, "")
		},
		"a container instance changes": func(c *cloud, g string) string {
			c.instance(c.register(firelens("node", ecstypes.NetworkModeHost)), g)
			return joined(c.instances()[0])
		},
	} {
		t.Run(happening, func(t *testing.T) {
			c := newCloud(t)
			g := c.group("long-open", tcp(24224, 24224, "0.0.0.0/0", ""))
			event := happen(c, g)
			if happening == "a service is made in its VPC's default group" {
				g = c.defaultGroup()
				c.open(g, tcp(24224, 24224, "0.0.0.0/0", ""))
			}
			open := len(c.entries(g))
			c.run(event)
			want(t, "entries closed", open-len(c.entries(g)), 1)
			want(t, "told", slices.Contains(c.statuses(), "remediated security-group/"+g), true)
		})
	}
}

// redefine gives service web another definition.
func (c *cloud) redefine(definition string) {
	c.t.Helper()
	if _, err := c.ecs.UpdateService(c.t.Context(), &ecs.UpdateServiceInput{
		Cluster: aws.String("prod"), Service: aws.String("web"), TaskDefinition: &definition,
	}); err != nil {
		c.t.Fatal(err)
	}
}

// The index knows the group as unused; a service comes while nothing is let in, and only then the port is opened.
func TestAGroupThatCameIntoUseWhileClosedIsClosedWhenItIsOpened(t *testing.T) {
	c := newCloud(t)
	g := c.group("web")
	c.sweep()
	c.awsvpcService("web", g)
	want(t, "calls", c.calls(placed("CreateService", "web", "web", g)), 4)
	c.open(g, tcp(24224, 24224, "0.0.0.0/0", ""))
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string(nil))
}

func TestWhatIsTakenAwayResolvesFindings(t *testing.T) {
	c := newCloud(t)
	p, err := policy.Default().WithCap("report")
	if err != nil {
		t.Fatal(err)
	}
	c.stack.Policy = p
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	c.register(bad("old"))
	c.run(opened(g), registered("old"))
	known := func(ref string) bool {
		r, err := c.stack.Ledger.Resource(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		return r.Standing()
	}
	want(t, "the group's findings stand", known("security-group/"+g), true)
	want(t, "the family's findings stand", known("task-definition/old"), true)
	c.empty(g)
	if _, err := c.ecs.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String("old:1")}); err != nil {
		t.Fatal(err)
	}
	c.run(revoked(g), deregistered("old:1"))
	want(t, "the group's findings stand", known("security-group/"+g), false)
	want(t, "the family's findings stand", known("task-definition/old"), false)
}

// A lead that cannot be followed is delivered again; the rest of the batch is done, and of its own message what needed no lead.
func TestALeadThatCannotBeFollowedIsDeliveredAgain(t *testing.T) {
	c := newCloud(t)
	g, d := c.web()
	c.open(g, tcp(24224, 24224, "0.0.0.0/0", ""))
	update := called("ecs", "UpdateService", object{"cluster": "prod", "service": "web", "taskDefinition": "web:1"}, nil)
	task := running(d, c.started(d, g))
	c.ecs.Reset()
	c.ecs.FailAt(1, ecsfake.Fault{Err: ecsfake.Throttled()}) // DescribeServices
	failed := c.audit(update, task, registered("web"), steady("web"))
	var ids []string
	for _, f := range failed {
		ids = append(ids, f.ItemIdentifier)
	}
	want(t, "delivered again", ids, []string{"m-0", "m-3"})
	want(t, "descriptions", c.ecs.Count("DescribeTaskDefinition"), 2) // web, and the revision behind the group
	c.remediate()
	want(t, "entries", c.entries(g), []string(nil))
}

func TestWhatIsGoneLeadsNowhere(t *testing.T) {
	c := newCloud(t)
	c.run(
		steady("gone"), happened("ECS Service Action", arnOf+"service/gone/web", object{"eventName": "SERVICE_STEADY_STATE"}),
		running(arnOf+"task-definition/gone:1", ""), running(arnOf+"task-definition/gone:1", "eni-0123456789abcdef0"),
		joined("i-0123456789abcdef0"), placed("CreateService", "gone", "gone", "sg-0123456789abcdef0"),
	)
	want(t, "notices", c.statuses(), []string(nil))
}
