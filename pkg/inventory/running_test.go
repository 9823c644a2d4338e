package inventory

import "testing"

// TestTasksThatRunBehindOtherGroupsAreNotCounted: a group's interfaces are held against the tasks that run behind it.
func TestTasksThatRunBehindOtherGroupsAreNotCounted(t *testing.T) {
	u := func(running int, groups ...string) *use {
		return &use{by: "service", name: "prod/web", definition: "web:1", groups: groups, running: running}
	}
	for _, k := range []struct {
		name string
		uses []*use
		want int
	}{
		{"a service and its deployment", []*use{u(0, "sg-1"), u(3, "sg-1")}, 3},
		{"two deployments behind one group", []*use{u(0, "sg-1"), u(3, "sg-1"), u(2, "sg-1")}, 5},
		{"a service that says nothing of groups, and its task set", []*use{u(0), u(3, "sg-1")}, 3},
		{"a service that moves to another group", []*use{u(0, "sg-2"), u(1, "sg-2"), u(3, "sg-1")}, 0},
		{"a service that leaves one of its groups", []*use{u(0, "sg-1"), u(1, "sg-1"), u(3, "sg-1", "sg-2")}, 3},
		{"a service that gets a further group", []*use{u(0, "sg-2", "sg-1"), u(1, "sg-1", "sg-2"), u(3, "sg-1")}, 1},
		{"bridge mode", []*use{u(0), u(3)}, 3},
	} {
		if got := placed(k.uses)[0].Runs[0].Running; got != k.want {
			t.Errorf("%s: %d run, want %d", k.name, got, k.want)
		}
	}
}
