package inventory_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/inventory"
)

func same(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func named(t *testing.T, s *stage, names ...string) inventory.Snapshot {
	t.Helper()
	found, err := s.reader.Services(t.Context(), names)
	ok(t, err)
	return found
}

func TestServicesAreReadByName(t *testing.T) {
	s := newStage(t)
	s.service(t, "web", 0, s.group)
	s.service(t, "other", 1, s.standard)
	s.Reset()
	found := named(t, s, "prod/web", "prod/gone", "gone/web")
	same(t, found.GroupsOfService("prod/web"), []string{s.group})
	same(t, found.FamiliesOfService("prod/web"), []string{"web"})
	same(t, found.GroupsOfService("prod/gone"), []string(nil))
	same(t, found.Groups(), []string{s.group})
	same(t, len(s.Calls()), 2) // DescribeServices, once a cluster
}

func TestTenServicesACall(t *testing.T) {
	s := newStage(t)
	var names []string
	for i := range 11 {
		names = append(names, fmt.Sprintf("prod/s%d", i))
		s.service(t, fmt.Sprintf("s%d", i), 0, s.group)
	}
	s.Reset()
	same(t, named(t, s, names...).GroupsOfService("prod/s10"), []string{s.group})
	same(t, len(s.Calls()), 2)
}

func TestAServiceHasTheGroupsOfAllItsDeployments(t *testing.T) {
	s := newStage(t)
	s.service(t, "web", 0, s.group)
	_, err := s.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: &s.prod, Service: aws.String("web"), NetworkConfiguration: s.behind(s.standard)})
	ok(t, err)
	same(t, named(t, s, "prod/web").GroupsOfService("prod/web"), sorted(s.group, s.standard))
}

func TestAServiceWithoutGroupsIsInTheDefaultOne(t *testing.T) {
	s := newStage(t)
	s.service(t, "web", 0)
	same(t, named(t, s, "prod/web").GroupsOfService("prod/web"), []string{s.standard})
}

func TestANameWithoutAClusterIsLookedForInAll(t *testing.T) {
	s := newStage(t)
	s.service(t, "web", 0, s.group)
	s.service(t, "a-web", 0, s.standard)
	same(t, named(t, s, "web").GroupsOfService("web"), []string{s.group})
}

func TestFailuresAboutServicesAreTold(t *testing.T) {
	s := newStage(t)
	s.service(t, "web", 0)
	for n := range 3 { // DescribeServices, DescribeSubnets, DescribeSecurityGroups
		s.Reset()
		s.FailAt(n+1, ecsfake.Fault{Err: ecsfake.Throttled()})
		if _, err := s.reader.Services(t.Context(), []string{"prod/web"}); err == nil {
			t.Errorf("call %d failed, and nobody says so", n+1)
		}
	}
}

func TestGuardsAreThoseOfInterfacesAndInstances(t *testing.T) {
	s := newStage(t)
	s.run(t, 1, s.group)
	tasks, err := s.ListTasks(t.Context(), &ecs.ListTasksInput{Cluster: &s.prod})
	ok(t, err)
	described, err := s.DescribeTasks(t.Context(), &ecs.DescribeTasksInput{Cluster: &s.prod, Tasks: tasks.TaskArns})
	ok(t, err)
	var eni string
	for _, d := range described.Tasks[0].Attachments[0].Details {
		if *d.Name == "networkInterfaceId" {
			eni = *d.Value
		}
	}
	instance := s.Network.AddInstance(s.subnet, s.standard)
	s.Reset()
	found, err := s.reader.Guards(t.Context(), []string{eni, instance, "eni-00000000", "i-00000000"})
	ok(t, err)
	same(t, found, map[string][]string{eni: {s.group}, instance: {s.standard}})
	same(t, len(s.Calls()), 2)
	for n := range 2 {
		s.Reset()
		s.FailAt(n+1, ecsfake.Fault{Err: ecsfake.Throttled()})
		if _, err := s.reader.Guards(t.Context(), []string{eni, instance}); err == nil {
			t.Errorf("call %d failed, and nobody says so", n+1)
		}
	}
}
