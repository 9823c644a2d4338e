package inventory_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/rules"
)

// stage is an account with cluster "prod", web:1 in awsvpc mode, and one group beside the default one.
type stage struct {
	*ecsfake.Cloud
	reader            inventory.Reader
	standard, group   string
	subnet, vpc, prod string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{Cloud: ecsfake.New(), prod: "prod"}
	s.reader = inventory.Reader{ECS: s.Cloud, EC2: s.Network, Definitions: ecstask.Store{API: s.Cloud}.Describe}
	s.vpc, s.standard, s.subnet = s.Network.AddVPC()
	s.group = s.Network.AddGroup(s.vpc, "web")
	_, err := s.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: &s.prod})
	ok(t, err)
	s.register(t)
	return s
}

func (s *stage) register(t *testing.T) {
	t.Helper()
	_, err := s.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("web"), NetworkMode: types.NetworkModeAwsvpc,
		ContainerDefinitions: []types.ContainerDefinition{{
			Name: aws.String("app"), Image: aws.String("app"), Memory: aws.Int32(64),
			PortMappings: []types.PortMapping{{ContainerPort: aws.Int32(80), Name: aws.String("http")}},
		}},
	})
	ok(t, err)
}

func (s *stage) service(t *testing.T, name string, count int32, groups ...string) {
	t.Helper()
	_, err := s.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: &s.prod, ServiceName: &name, TaskDefinition: aws.String("web"), DesiredCount: &count, NetworkConfiguration: s.behind(groups...),
		ServiceConnectConfiguration: &types.ServiceConnectConfiguration{
			Enabled: true, Services: []types.ServiceConnectService{{PortName: aws.String("http")}},
		},
		VpcLatticeConfigurations: []types.VpcLatticeConfiguration{{PortName: aws.String("http")}},
	})
	ok(t, err)
}

func (s *stage) run(t *testing.T, count int32, groups ...string) {
	t.Helper()
	_, err := s.RunTask(t.Context(), &ecs.RunTaskInput{
		Cluster: &s.prod, TaskDefinition: aws.String("web"), Count: &count, NetworkConfiguration: s.behind(groups...),
	})
	ok(t, err)
}

func (s *stage) behind(groups ...string) *types.NetworkConfiguration {
	return &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{s.subnet}, SecurityGroups: groups}}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestServiceStandsForItsTasks(t *testing.T) {
	s := newStage(t)
	s.service(t, "web", 3, s.group)
	users, err := s.reader.UsersOf(t.Context(), s.group)
	if err != nil || len(users) != 1 || users[0].By != "service" || users[0].Name != "prod/web" {
		t.Errorf("users %v, %v", users, err)
	}
}

func TestTasksWithOtherGroupsThanTheirServiceAreUsers(t *testing.T) {
	s := newStage(t)
	s.service(t, "web", 1, s.group)
	other := s.Network.AddGroup(s.vpc, "other")
	out, err := s.Network.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{})
	ok(t, err)
	s.Network.SetGroups(*out.NetworkInterfaces[0].NetworkInterfaceId, other)
	users, err := s.reader.UsersOf(t.Context(), other)
	if err != nil || len(users) != 1 || users[0].By != "task" {
		t.Errorf("users %v, %v", users, err)
	}
}

func TestDrainingDeploymentsCount(t *testing.T) {
	s := newStage(t)
	s.service(t, "web", 0, s.group)
	s.register(t)
	_, err := s.UpdateService(t.Context(), &ecs.UpdateServiceInput{
		Cluster: &s.prod, Service: aws.String("web"), TaskDefinition: aws.String("web:2"), NetworkConfiguration: s.behind(s.standard),
	})
	ok(t, err)
	if got := groups(t, s); !slices.Equal(got, sorted(s.group, s.standard)) {
		t.Errorf("groups %v while the old deployment drains", got)
	}
	s.Settle("prod", "web")
	if got := groups(t, s); !slices.Equal(got, []string{s.standard}) {
		t.Errorf("groups %v after", got)
	}
}

func groups(t *testing.T, s *stage) []string {
	t.Helper()
	got, err := s.reader.GroupsOf(t.Context(), "web")
	ok(t, err)
	return got
}

func sorted(all ...string) []string { slices.Sort(all); return all }

func TestPortNamesBind(t *testing.T) {
	s := newStage(t)
	s.service(t, "web", 0)
	got, err := s.reader.Bindings(t.Context(), "web")
	want := []rules.Binding{
		{Service: "prod/web", By: "Service Connect", PortName: "http"},
		{Service: "prod/web", By: "VPC Lattice", PortName: "http"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("bindings %v, %v", got, err)
	}
}

// The numbers of the package's documentation: 23 services (two of them in the default group), 250 tasks.
func TestCallsAreCounted(t *testing.T) {
	s := newStage(t)
	for i := range 23 {
		s.service(t, fmt.Sprintf("web-%d", i), 0, s.group)
	}
	s.service(t, "open-1", 0)
	s.service(t, "open-2", 0)
	for range 25 {
		s.run(t, 10, s.group)
	}
	s.Reset()
	snapshot, err := s.reader.Snapshot(t.Context())
	ok(t, err)
	want := map[string]int{
		"ListClusters": 1, "ListServices": 1, "DescribeServices": 3, "ListTasks": 3, "DescribeTasks": 3,
		"DescribeNetworkInterfaces": 2, "DescribeSubnets": 1, "DescribeSecurityGroups": 1,
	}
	for op, n := range want {
		if got := s.Count(op); got != n {
			t.Errorf("%d × %s, want %d", got, op, n)
		}
	}
	for _, group := range []string{s.group, s.standard, s.group} {
		_, err := snapshot.UsersOf(t.Context(), group)
		ok(t, err)
	}
	if snapshot.GroupsOf("web"); len(s.Calls()) != 16 || s.Count("DescribeTaskDefinition") != 1 {
		t.Errorf("%d calls, %d descriptions", len(s.Calls()), s.Count("DescribeTaskDefinition"))
	}
}

func TestAnEmptyClusterCostsTwoLists(t *testing.T) {
	s := newStage(t)
	s.Reset()
	snapshot, err := s.reader.Snapshot(t.Context())
	if err != nil || len(s.Calls()) != 3 || snapshot.Groups() != nil {
		t.Errorf("%d calls, groups %v, %v", len(s.Calls()), snapshot.Groups(), err)
	}
}

// A cluster that is deleted between the listing and its reading is empty; so is a task whose interface is gone.
func TestWhatGoesMeanwhileIsNoError(t *testing.T) {
	t.Run("cluster", func(t *testing.T) {
		s := newStage(t)
		s.Reset()
		s.FailAt(2, ecsfake.Fault{Before: func() {
			_, err := s.DeleteCluster(t.Context(), &ecs.DeleteClusterInput{Cluster: &s.prod})
			ok(t, err)
		}})
		if _, err := s.reader.Snapshot(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("interface", func(t *testing.T) {
		s := newStage(t)
		s.run(t, 1, s.group)
		s.Reset()
		s.FailAt(5, ecsfake.Fault{Before: func() {
			out, err := s.ListTasks(t.Context(), &ecs.ListTasksInput{Cluster: &s.prod})
			ok(t, err)
			_, err = s.StopTask(t.Context(), &ecs.StopTaskInput{Cluster: &s.prod, Task: &out.TaskArns[0]})
			ok(t, err)
		}})
		snapshot, err := s.reader.Snapshot(t.Context())
		if err != nil || s.Calls()[4].Op != "DescribeNetworkInterfaces" || snapshot.Groups() != nil {
			t.Errorf("groups %v, call %s, %v", snapshot.Groups(), s.Calls()[4].Op, err)
		}
	})
}

// Each call can fail, and the error says what was being read.
func TestEveryFailureIsTold(t *testing.T) {
	full := func(t *testing.T) *stage {
		s := newStage(t)
		s.service(t, "web", 1, s.group)
		s.service(t, "open", 0)
		s.run(t, 1, s.group)
		s.Reset()
		return s
	}
	s := full(t)
	_, err := s.reader.UsersOf(t.Context(), s.group)
	ok(t, err)
	all := s.Calls()
	for k := 1; k <= len(all); k++ {
		s := full(t)
		s.FailAt(k, ecsfake.Fault{Err: ecsfake.Throttled()})
		users, err := s.reader.UsersOf(t.Context(), s.group)
		if !ecstask.IsThrottled(err) || users != nil || !strings.Contains(err.Error(), "ing ") {
			t.Errorf("call %d (%s): users %v, error %v", k, all[k-1].Op, users, err)
		}
	}
	if len(all) != 9 {
		t.Errorf("%d calls, want 9", len(all))
	}
}

func TestFailedDescriptionsAreTriedAgain(t *testing.T) {
	s := newStage(t)
	s.service(t, "web", 0, s.group)
	snapshot, err := s.reader.Snapshot(t.Context())
	ok(t, err)
	s.Reset()
	s.FailAt(1, ecsfake.Fault{Err: errors.New("timeout")})
	if _, err := snapshot.UsersOf(t.Context(), s.group); err == nil {
		t.Error("no error")
	}
	if users, err := snapshot.UsersOf(t.Context(), s.group); err != nil || len(users) != 1 {
		t.Errorf("users %v, %v", users, err)
	}
}
