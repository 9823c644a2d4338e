package inventory_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/inventory"
)

func TestContainerInstancesAreToldFromOthers(t *testing.T) {
	s := newStage(t)
	s.definition(t, "bridged", types.NetworkModeBridge)
	first, one := s.instance(t, s.group)
	second, _ := s.instance(t, s.group)
	s.instance(t, s.standard)
	plain := s.Network.AddInstance(s.subnet, s.group)
	s.start(t, "bridged", one)
	s.run(t, 1, s.group)
	s.Reset()
	l := s.reader.Lister()
	hosts, err := l.Hosts(t.Context(), []string{first, second, plain})
	ok(t, err)
	same(t, len(hosts), 2)
	same(t, len(s.Calls()), 3) // ListClusters, ListContainerInstances, DescribeContainerInstances
	s.Reset()
	placed, err := l.On(t.Context(), hosts)
	ok(t, err)
	same(t, len(s.Calls()), 4) // ListTasks of each, DescribeTasks of the one with a task, DescribeNetworkInterfaces
	if len(placed) != 1 {
		t.Fatalf("got %+v", placed)
	}
	same(t, placed[0].By+" "+placed[0].Name, "container instance prod/"+first)
	same(t, placed[0].Runs, []inventory.Run{{Revision: "bridged:1", Groups: []string{s.group}, Running: 1}})
}

func TestFailuresAboutHostsAreTold(t *testing.T) {
	s := newStage(t)
	id, arn := s.instance(t, s.group)
	for n := range 3 {
		s.Reset()
		s.FailAt(n+1, ecsfake.Fault{Err: ecsfake.Throttled()})
		if _, err := s.reader.Lister().Hosts(t.Context(), []string{id}); err == nil {
			t.Errorf("call %d of Hosts failed, and nobody says so", n+1)
		}
	}
	s.Reset()
	s.FailAt(1, ecsfake.Fault{Err: ecsfake.Throttled()})
	if _, err := s.reader.Lister().On(t.Context(), []inventory.Host{{Instance: id, Cluster: "prod", ARN: arn}}); err == nil {
		t.Error("On failed, and nobody says so")
	}
}
