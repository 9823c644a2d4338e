package inventory_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/rules"
)

// definition registers a router with a mapping of its port, in that mode.
func (s *stage) definition(t *testing.T, family string, mode types.NetworkMode) {
	t.Helper()
	_, err := s.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: &family, NetworkMode: mode,
		ContainerDefinitions: []types.ContainerDefinition{
			{
				Name: aws.String("router"), Image: aws.String("r"), Memory: aws.Int32(64),
				FirelensConfiguration: &types.FirelensConfiguration{Type: types.FirelensConfigurationTypeFluentbit},
				PortMappings:          []types.PortMapping{{ContainerPort: aws.Int32(24224)}, {ContainerPort: aws.Int32(2020)}},
			},
			{
				Name: aws.String("app"), Image: aws.String("a"), Memory: aws.Int32(64),
				LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwsfirelens},
			},
		},
	})
	ok(t, err)
}

// instance registers an instance behind groups with cluster prod; without groups, one outside EC2.
func (s *stage) instance(t *testing.T, groups ...string) (ec2, arn string) {
	t.Helper()
	id := "mi-0123456789abcdef0"
	if len(groups) > 0 {
		id = s.Network.AddInstance(s.subnet, groups...)
	}
	out, err := s.RegisterContainerInstance(t.Context(), &ecs.RegisterContainerInstanceInput{
		Cluster: &s.prod, InstanceIdentityDocument: aws.String(`{"instanceId": "` + id + `"}`),
	})
	ok(t, err)
	return id, *out.ContainerInstance.ContainerInstanceArn
}

func (s *stage) start(t *testing.T, family string, on ...string) {
	t.Helper()
	_, err := s.StartTask(t.Context(), &ecs.StartTaskInput{Cluster: &s.prod, TaskDefinition: &family, ContainerInstances: on})
	ok(t, err)
}

func (s *stage) users(t *testing.T, group string) []string {
	t.Helper()
	users, err := s.reader.UsersOf(t.Context(), group)
	ok(t, err)
	var all []string
	for _, u := range users {
		all = append(all, u.By+" "+u.Name+" "+u.Definition.Name())
	}
	slices.Sort(all)
	return all
}

func TestADaemonIsOnEachInstance(t *testing.T) {
	s := newStage(t)
	s.definition(t, "node", types.NetworkModeHost)
	one, _ := s.instance(t, s.group)
	two, _ := s.instance(t, s.group, s.standard)
	s.instance(t) // outside EC2: no groups
	daemon := func(name, definition string) {
		_, err := s.CreateService(t.Context(), &ecs.CreateServiceInput{
			Cluster: &s.prod, ServiceName: &name, TaskDefinition: &definition, SchedulingStrategy: types.SchedulingStrategyDaemon,
		})
		ok(t, err)
	}
	daemon("node", "node")
	want := []string{"container instance prod/" + one + " node:1", "container instance prod/" + two + " node:1"}
	if got := s.users(t, s.group); !slices.Equal(got, want) {
		t.Errorf("users %v, want %v", got, want)
	}
	if got := s.users(t, s.standard); !slices.Equal(got, want[1:]) {
		t.Errorf("users of the second's other group %v, want %v", got, want[1:])
	}
}

// A service in host mode at zero runs on no instance.
func TestAHostServiceAtZeroHasNoGroups(t *testing.T) {
	s := newStage(t)
	s.definition(t, "node", types.NetworkModeHost)
	s.instance(t, s.group)
	count := func(n int32) {
		_, err := s.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: &s.prod, Service: aws.String("node"), DesiredCount: &n})
		ok(t, err)
	}
	_, err := s.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: &s.prod, ServiceName: aws.String("node"), TaskDefinition: aws.String("node"), DesiredCount: aws.Int32(0),
	})
	ok(t, err)
	for _, n := range []int32{0, 1, 0} {
		count(n)
		if got := s.users(t, s.group); len(got) != int(n) {
			t.Errorf("at %d: users %v", n, got)
		}
	}
}

// The interface of an awsvpc task is attached to the instance that it runs on, also while the task's end is on its way.
func TestInterfacesOfTasksAreNotTheInstances(t *testing.T) {
	s := newStage(t)
	s.definition(t, "node", types.NetworkModeHost)
	id, arn := s.instance(t, s.group)
	s.start(t, "node", arn)
	other := s.Network.AddGroup(s.vpc, "other")
	_, err := s.StartTask(t.Context(), &ecs.StartTaskInput{
		Cluster: &s.prod, TaskDefinition: aws.String("web"), ContainerInstances: []string{arn}, NetworkConfiguration: s.behind(other),
	})
	ok(t, err)
	out, err := s.Network.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{})
	ok(t, err)
	attached := 0
	for _, i := range out.NetworkInterfaces {
		if aws.ToString(i.Attachment.InstanceId) == id {
			attached++
		}
	}
	if got := s.users(t, other); attached != 2 || len(got) != 1 || got[0][:5] != "task " {
		t.Errorf("%d interfaces at the instance, users %v", attached, got)
	}
	if got := groups(t, s); !slices.Equal(got, []string{other}) {
		t.Errorf("groups of web %v", got)
	}
	snapshot, err := s.reader.Snapshot(t.Context())
	ok(t, err)
	if got := snapshot.GroupsOf("node"); !slices.Equal(got, []string{s.group}) {
		t.Errorf("groups of node %v", got)
	}
}

// The numbers of the package's documentation: 230 host tasks on 110 instances.
func TestCallsForInstancesAreCounted(t *testing.T) {
	s := newStage(t)
	s.definition(t, "node", types.NetworkModeHost)
	var arns []string
	for range 110 {
		_, arn := s.instance(t, s.group)
		arns = append(arns, arn)
	}
	for some := range slices.Chunk(append(append(slices.Clone(arns), arns...), arns[:10]...), 10) {
		s.start(t, "node", some...)
	}
	s.Reset()
	snapshot, err := s.reader.Snapshot(t.Context())
	ok(t, err)
	want := map[string]int{"DescribeTasks": 3, "DescribeContainerInstances": 2, "DescribeNetworkInterfaces": 1, "DescribeTaskDefinition": 0}
	for op, n := range want {
		if got := s.Count(op); got != n {
			t.Errorf("%d × %s, want %d", got, op, n)
		}
	}
	users, err := snapshot.UsersOf(t.Context(), s.group)
	if err != nil || len(users) != 110 || s.Count("DescribeTaskDefinition") != 1 {
		t.Errorf("%d users, %d descriptions, %v", len(users), s.Count("DescribeTaskDefinition"), err)
	}
}

// Nothing is asked of EC2 about an instance that is not there.
func TestInstancesOutsideEC2HaveNoGroups(t *testing.T) {
	s := newStage(t)
	s.definition(t, "node", types.NetworkModeHost)
	_, arn := s.instance(t)
	s.start(t, "node", arn)
	s.Reset()
	snapshot, err := s.reader.Snapshot(t.Context())
	if err != nil || snapshot.Groups() != nil || s.Count("DescribeContainerInstances") != 1 || s.Count("DescribeNetworkInterfaces") != 0 {
		t.Errorf("groups %v, %d calls, %v", snapshot.Groups(), len(s.Calls()), err)
	}
}

func TestFailuresAboutInstancesAreTold(t *testing.T) {
	for _, op := range []string{"DescribeContainerInstances", "DescribeNetworkInterfaces"} {
		s := newStage(t)
		s.definition(t, "node", types.NetworkModeHost)
		_, arn := s.instance(t, s.group)
		s.start(t, "node", arn)
		s.Reset()
		_, err := s.reader.Snapshot(t.Context())
		ok(t, err)
		at := slices.IndexFunc(s.Calls(), func(c ecsfake.Call) bool { return c.Op == op })
		s.Reset()
		broken := errors.New("connection reset")
		s.FailAt(at+1, ecsfake.Fault{Err: broken})
		if users, err := s.reader.UsersOf(t.Context(), s.group); !errors.Is(err, broken) || users != nil {
			t.Errorf("%s: users %v, %v", op, users, err)
		}
	}
}

// An instance that goes between the listing of its tasks and its own description is no error.
func TestAnInstanceThatGoesMeanwhileIsNoError(t *testing.T) {
	s := newStage(t)
	s.definition(t, "node", types.NetworkModeHost)
	_, arn := s.instance(t, s.group)
	s.start(t, "node", arn)
	s.Reset()
	s.FailAt(5, ecsfake.Fault{Before: func() {
		_, err := s.DeregisterContainerInstance(t.Context(), &ecs.DeregisterContainerInstanceInput{
			Cluster: &s.prod, ContainerInstance: &arn, Force: aws.Bool(true),
		})
		ok(t, err)
	}})
	snapshot, err := s.reader.Snapshot(t.Context())
	if err != nil || s.Calls()[4].Op != "DescribeContainerInstances" || snapshot.Groups() != nil {
		t.Errorf("groups %v, call %s, %v", snapshot.Groups(), s.Calls()[4].Op, err)
	}
}

// A bridge task's mapping without a host port is published on a port that only the task tells.
func TestPublishedPortsAreTold(t *testing.T) {
	s := newStage(t)
	s.definition(t, "bridged", types.NetworkModeBridge)
	s.definition(t, "node", types.NetworkModeHost)
	_, arn := s.instance(t, s.group)
	s.start(t, "bridged", arn)
	s.start(t, "node", arn)
	snapshot, err := s.reader.Snapshot(t.Context())
	ok(t, err)
	got := snapshot.Published("bridged")
	if len(got) != 1 || got[0].Container != "router" || got[0].HostPort < "32768" || snapshot.Published("node") != nil {
		t.Fatalf("published %+v", got)
	}
	d, err := s.reader.Definitions(t.Context(), "bridged")
	ok(t, err)
	d.Published = got
	found := rules.Evaluate(rules.All(), d, rules.Params{})
	want := "task " + got[0].Task + " publishes it on port " + got[0].HostPort + " of its instance now"
	if len(found) == 0 || found[0].Rule != "FL103" || !slices.Contains(found[0].Evidence, want) {
		t.Errorf("evidence %+v, want %q", found, want)
	}
}
