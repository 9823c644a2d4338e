package ecsconformance

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/rules"
)

var hostCases = []check{
	{name: "a host task leads from its instance's groups", run: func(t *testing.T, w world) {
		v, d := hosts(t, w)
		i := w.host(t, v, v.red, v.blue)
		w.start(t, d, i)
		w.wantUsers(t, v.red, "container instance prod/"+i.ec2+" node:1")
		w.wantUsers(t, v.blue, "container instance prod/"+i.ec2+" node:1")
		w.wantUsers(t, v.standard)
		w.wantGroups(t, "node", v.red, v.blue)
	}},
	{name: "a host task makes its instance's group one of FireLens", run: func(t *testing.T, w world) {
		v, d := hosts(t, w)
		w.start(t, d, w.host(t, v, v.red))
		group := rules.Group{ID: v.red, Users: must(w.reader().UsersOf(t.Context(), v.red))(t)}
		if len(group.FirelensUsers("host")) != 1 || len(group.FirelensUsers("awsvpc")) != 0 {
			t.Errorf("users %v", group.Users)
		}
	}},
	{name: "an instance stands for its tasks of one definition", run: func(t *testing.T, w world) {
		v, d := hosts(t, w)
		one, two := w.host(t, v, v.red), w.host(t, v, v.red)
		w.start(t, d, one, two)
		w.start(t, d, one)
		other := w.register(t, plain("agent", types.NetworkModeHost))
		w.start(t, other, one)
		w.wantUsers(t, v.red, "container instance prod/"+one.ec2+" node:1", "container instance prod/"+two.ec2+" node:1",
			"container instance prod/"+one.ec2+" agent:1")
	}},
	{name: "a bridge task is behind its instance's group, too", run: func(t *testing.T, w world) {
		v, _ := hosts(t, w)
		i := w.host(t, v, v.red)
		w.start(t, w.register(t, firelens("bridged", types.NetworkModeBridge)), i)
		w.wantUsers(t, v.red, "container instance prod/"+i.ec2+" bridged:1")
	}},
	{name: "an instance without tasks is no user", run: func(t *testing.T, w world) {
		v, _ := hosts(t, w)
		w.host(t, v, v.red)
		w.wantUsers(t, v.red)
	}},
	{name: "a stopped host task is no user", run: func(t *testing.T, w world) {
		v, d := hosts(t, w)
		id := w.start(t, d, w.host(t, v, v.red))
		must(w.ecs.StopTask(t.Context(), &ecs.StopTaskInput{Cluster: aws.String("prod"), Task: &id}))(t)
		w.wantUsers(t, v.red)
		w.wantGroups(t, "node")
	}},
	{name: "instances and interfaces in one sweep", run: func(t *testing.T, w world) {
		v, d := hosts(t, w)
		w.start(t, d, w.host(t, v, v.red))
		w.task(t, "prod", w.register(t, firelens("web", types.NetworkModeAwsvpc)), v.behind(v.blue))
		got := must(w.reader().Snapshot(t.Context()))(t).Groups()
		if want := sorted(v.red, v.blue); !slices.Equal(got, want) {
			t.Errorf("groups %v, want %v", got, want)
		}
	}},
	{name: "who runs a revision is the task, not its instance", run: func(t *testing.T, w world) {
		v, d := hosts(t, w)
		id := w.start(t, d, w.host(t, v, v.red))
		runs := must(w.reader().Snapshot(t.Context()))(t).Runs("node")
		if got := runs[*d.Task.TaskDefinitionArn]; !slices.Equal(got, []string{"task " + id}) {
			t.Errorf("runs %v", runs)
		}
	}},
	{name: "an unknown container instance is a failure, no error", run: func(t *testing.T, w world) {
		v, _ := hosts(t, w)
		i := w.host(t, v, v.red)
		out := must(w.ecs.DescribeContainerInstances(t.Context(), &ecs.DescribeContainerInstancesInput{
			Cluster: aws.String("prod"), ContainerInstances: []string{i.arn, "0123456789abcdef0123456789abcdef"},
		}))(t)
		if len(out.ContainerInstances) != 1 || *out.ContainerInstances[0].Ec2InstanceId != i.ec2 || len(out.Failures) != 1 || *out.Failures[0].Reason != "MISSING" {
			t.Errorf("%d instances, failures %v", len(out.ContainerInstances), out.Failures)
		}
	}},
	{name: "container instances are told from others, with what runs on them", run: func(t *testing.T, w world) {
		v, d := hosts(t, w)
		mine, other := w.host(t, v, v.red), w.host(t, v, v.red)
		id := w.start(t, d, mine)
		l := w.reader().Lister()
		found := must(l.Hosts(t.Context(), []string{mine.ec2, "i-0123456789abcdef0"}))(t)
		if len(found) != 1 || found[0] != (inventory.Host{Instance: mine.ec2, Cluster: "prod", ARN: mine.arn}) {
			t.Fatalf("hosts %v, not those of %v without %v", found, mine, other)
		}
		on := must(l.On(t.Context(), found))(t)
		if len(on) != 1 || on[0].Key != "task "+id || on[0].Name != "prod/"+mine.ec2 || !slices.Equal(on[0].Runs[0].Groups, []string{v.red}) {
			t.Errorf("on it runs %v", on)
		}
	}},
	{name: "an awsvpc task on an instance has groups of its own", differs: "E60", run: func(t *testing.T, w world) {
		v, _ := hosts(t, w)
		i := w.host(t, v, v.red)
		out := must(w.ecs.StartTask(t.Context(), &ecs.StartTaskInput{
			Cluster: aws.String("prod"), ContainerInstances: []string{i.arn}, NetworkConfiguration: v.behind(v.blue),
			TaskDefinition: w.register(t, firelens("web", types.NetworkModeAwsvpc)).Task.TaskDefinitionArn,
		}))(t)
		w.wantUsers(t, v.blue, "task "+lastPart(*out.Tasks[0].TaskArn)+" web:1")
		w.wantUsers(t, v.red)
	}},
}

// hosts makes cluster prod, a VPC and node:1, a FireLens definition in host mode.
func hosts(t *testing.T, w world) (vpc, rules.Definition) {
	t.Helper()
	w.cluster(t, "prod")
	return w.network(t), w.register(t, firelens("node", types.NetworkModeHost))
}

// host is an instance of cluster prod, by EC2's id and ECS's ARN.
type host struct{ ec2, arn string }

// host registers a new instance with cluster prod, as its agent would.
func (w world) host(t *testing.T, v vpc, groups ...string) host {
	t.Helper()
	id := w.instance(t, v, groups...)
	out := must(w.ecs.RegisterContainerInstance(t.Context(), &ecs.RegisterContainerInstanceInput{
		Cluster: aws.String("prod"), InstanceIdentityDocument: aws.String(`{"instanceId": "` + id + `"}`),
	}))(t)
	return host{id, *out.ContainerInstance.ContainerInstanceArn}
}

// start starts a task on each of these instances and returns the id of the first.
func (w world) start(t *testing.T, d rules.Definition, on ...host) string {
	t.Helper()
	var arns []string
	for _, i := range on {
		arns = append(arns, i.arn)
	}
	out := must(w.ecs.StartTask(t.Context(), &ecs.StartTaskInput{
		Cluster: aws.String("prod"), ContainerInstances: arns, TaskDefinition: d.Task.TaskDefinitionArn,
	}))(t)
	return lastPart(*out.Tasks[0].TaskArn)
}
