package reconcile

import (
	"context"
	"testing"

	"github.com/firewarden/firewarden/pkg/inventory"
)

// attachments are the interfaces of services' tasks and of tasks, by name.
type attachments struct {
	Onlooker
	of    map[string][]string
	asked int
}

func (a *attachments) Attached(_ context.Context, services, tasks inventory.Named) (map[string]bool, error) {
	found := map[string]bool{}
	a.asked++
	for _, name := range append(services.Names, tasks.Names...) {
		for _, eni := range a.of[services.Cluster+"/"+name] {
			found[eni] = true
		}
	}
	return found, nil
}

func service(cluster, name string, running int, group string) inventory.Placed {
	return inventory.Placed{
		By: "service", Name: cluster + "/" + name, Cluster: cluster, Key: "service " + name,
		Runs: []inventory.Run{{Revision: "web:1", Groups: []string{group}, Running: running}},
	}
}

func task(id, of, group string) inventory.Placed {
	return inventory.Placed{
		By: "task", Name: id, Cluster: "prod", Key: "task " + id, Service: of,
		Runs: []inventory.Run{{Revision: "web:1", Groups: []string{group}, Running: 1}},
	}
}

func node(id, group string) inventory.Placed {
	at := task(id, "", group)
	at.By, at.Name = "container instance", "prod/i-0a"
	return at
}

func TestEachInterfaceIsAccountedFor(t *testing.T) {
	many := []inventory.Placed{}
	for range mostServices + 1 {
		many = append(many, service("prod", "web", 0, "sg-1"))
	}
	for _, k := range []struct {
		name       string
		interfaces []string
		now        []inventory.Placed
		of         map[string][]string
		sure       bool
		asked      int
	}{
		{"as many as run", []string{"a", "b"}, []inventory.Placed{service("prod", "web", 2, "sg-1")}, nil, true, 0},
		{"fewer: some have none yet", []string{"a"}, []inventory.Placed{service("prod", "web", 2, "sg-1")}, nil, true, 0},
		{"a task alone", []string{"a"}, []inventory.Placed{task("1", "", "sg-1")}, nil, true, 0},
		{"a task that its service counts", []string{"a", "b"}, []inventory.Placed{service("prod", "web", 1, "sg-1"), task("1", "service web", "sg-1")}, nil, false, 1},
		{"beside a container instance behind the group", []string{"a", "b"}, []inventory.Placed{service("prod", "web", 1, "sg-1"), node("2", "sg-1")}, map[string][]string{"prod/web": {"a"}}, false, 1},
		{"behind another group", []string{"a"}, []inventory.Placed{service("prod", "web", 1, "sg-2")}, nil, false, 1},
		{"one that stops", []string{"a", "b"}, []inventory.Placed{service("prod", "web", 1, "sg-1")}, map[string][]string{"prod/web": {"a", "b"}}, true, 1},
		{"somebody else's", []string{"a", "b"}, []inventory.Placed{service("prod", "web", 1, "sg-1")}, map[string][]string{"prod/web": {"a"}}, false, 1},
		{
			"two clusters",
			[]string{"a", "b", "c"},
			[]inventory.Placed{service("prod", "web", 1, "sg-1"), service("test", "web", 1, "sg-1")},
			map[string][]string{"prod/web": {"a"}, "test/web": {"b", "c"}},
			true, 2,
		},
		{"too many services to ask", []string{"a"}, many, map[string][]string{"prod/web": {"a"}}, false, 0},
	} {
		t.Run(k.name, func(t *testing.T) {
			a := &attachments{of: k.of}
			sure, err := usage{Onlooker: a}.accounted(t.Context(), "sg-1", k.interfaces, k.now)
			if err != nil || sure != k.sure || a.asked != k.asked {
				t.Errorf("sure %v after %d questions, %v", sure, a.asked, err)
			}
		})
	}
}

// TestAFailureToReadIsNoAnswer: who cannot be asked is not taken for nobody.
func TestAFailureToReadIsNoAnswer(t *testing.T) {
	_, err := usage{Onlooker: refuses{}}.accounted(t.Context(), "sg-1", []string{"a"}, []inventory.Placed{service("prod", "web", 0, "sg-1")})
	if err == nil {
		t.Error("no error")
	}
}

type refuses struct{ Onlooker }

func (refuses) Attached(context.Context, inventory.Named, inventory.Named) (map[string]bool, error) {
	return nil, context.DeadlineExceeded
}
