package inventory_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/inventory"
)

// runs are who runs a family by its snapshot, sorted, with the revision's name.
func runs(s inventory.Snapshot, family string) []string {
	var all []string
	for arn, users := range s.Runs(family) {
		for _, user := range users {
			if strings.HasPrefix(user, "task ") {
				user = "task"
			}
			all = append(all, arn[strings.LastIndex(arn, "/")+1:]+" "+user)
		}
	}
	slices.Sort(all)
	return all
}

func TestAFamilysUsersAreThoseNamedAndThoseOfItsTasks(t *testing.T) {
	s := newStage(t)
	s.service(t, "named", 0, s.group)
	s.service(t, "running", 1, s.group) // nobody names it: its task does
	s.service(t, "idle", 0, s.group)
	s.run(t, 2, s.group)
	s.definition(t, "bridged", types.NetworkModeBridge)
	_, host := s.instance(t, s.group)
	s.start(t, "bridged", host)
	s.Reset()
	found, err := s.reader.Family(t.Context(), "web", []string{"prod/named", "prod/gone", "elsewhere/web"}, nil)
	ok(t, err)
	same(t, runs(found, "web"), []string{"web:1 service prod/named", "web:1 service prod/running", "web:1 task", "web:1 task"})
	same(t, len(found.Bindings("web")), 4) // Service Connect and VPC Lattice of each
	same(t, len(s.Calls()), 4)             // ListClusters, ListTasks, DescribeTasks, DescribeServices
	found, err = s.reader.Family(t.Context(), "bridged", nil, nil)
	ok(t, err)
	same(t, runs(found, "bridged"), []string{"bridged:1 task"})
	same(t, len(found.Published("bridged")), 1)
}

func TestAFamilyThatNothingRunsCostsTwoListsACluster(t *testing.T) {
	s := newStage(t)
	s.Reset()
	found, err := s.reader.Family(t.Context(), "web", nil, nil)
	ok(t, err)
	same(t, runs(found, "web"), []string(nil))
	same(t, len(s.Calls()), 2)
}

func TestFailuresAboutAFamilyAreTold(t *testing.T) {
	s := newStage(t)
	s.service(t, "web", 1, s.group)
	for n := range 4 { // ListClusters, ListTasks, DescribeTasks, DescribeServices
		s.Reset()
		s.FailAt(n+1, ecsfake.Fault{Err: ecsfake.Throttled()})
		if _, err := s.reader.Family(t.Context(), "web", nil, nil); err == nil {
			t.Errorf("call %d failed, and nobody says so", n+1)
		}
	}
}

func TestAttachedInterfacesAreThoseOfServicesAndTasks(t *testing.T) {
	s := newStage(t)
	s.service(t, "web", 2, s.group)
	s.service(t, "other", 1, s.group)
	s.run(t, 1, s.group)
	var alone string
	listed, err := s.ListTasks(t.Context(), &ecs.ListTasksInput{Cluster: &s.prod})
	ok(t, err)
	described, err := s.DescribeTasks(t.Context(), &ecs.DescribeTasksInput{Cluster: &s.prod, Tasks: listed.TaskArns})
	ok(t, err)
	for _, task := range described.Tasks {
		if *task.Group == "family:web" {
			alone = (*task.TaskArn)[strings.LastIndex(*task.TaskArn, "/")+1:]
		}
	}
	l := s.reader.Lister()
	found, err := l.Attached(t.Context(), inventory.Named{Cluster: "prod", Names: []string{"web"}}, inventory.Named{Cluster: "prod", Names: []string{alone, "gone"}})
	ok(t, err)
	same(t, len(found), 3)
	behind, err := l.Behind(t.Context(), []string{s.group})
	ok(t, err)
	same(t, len(behind[s.group].Tasks), 4)
	for eni := range found {
		if !slices.Contains(behind[s.group].Tasks, eni) {
			t.Errorf("%s is not behind the group", eni)
		}
	}
}
