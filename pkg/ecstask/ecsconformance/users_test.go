package ecsconformance

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

var userCases = []check{
	{name: "a group leads to its FireLens service", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red))
		w.wantUsers(t, v.red, "service prod/web web:1")
		users := must(w.reader().UsersOf(t.Context(), v.red))(t)
		if group := (rules.Group{ID: v.red, Users: users}); len(group.FirelensUsers("awsvpc")) != 1 {
			t.Errorf("users %v are none of FireLens", users)
		}
	}},
	{name: "a service at zero counts", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red), func(in *ecs.CreateServiceInput) { in.DesiredCount = aws.Int32(0) })
		w.wantUsers(t, v.red, "service prod/web web:1")
	}},
	{name: "each of a service's groups leads to it", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red, v.blue))
		w.wantUsers(t, v.red, "service prod/web web:1")
		w.wantUsers(t, v.blue, "service prod/web web:1")
	}},
	{name: "a service without groups uses the VPC's default one", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind())
		w.wantUsers(t, v.standard, "service prod/web web:1")
		w.wantUsers(t, v.red)
		w.wantGroups(t, "web", v.standard)
	}},
	{name: "a group that nobody uses has no users", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red))
		w.wantUsers(t, v.blue)
	}},
	{name: "an account without clusters has no users", run: func(t *testing.T, w world) {
		w.wantUsers(t, "sg-0123456789abcdef0")
		w.wantGroups(t, "web")
	}},
	{name: "a family leads to its groups", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red))
		w.service(t, "web-again", w.register(t, plain("web", types.NetworkModeAwsvpc)), v.behind(v.blue))
		w.service(t, "other", w.register(t, plain("web-2", types.NetworkModeAwsvpc)), v.behind(v.standard))
		w.wantGroups(t, "web", v.red, v.blue)
		w.wantGroups(t, "web-2", v.standard)
		w.wantGroups(t, "nobody")
	}},
	{name: "a sweep lists every group in use", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red))
		w.task(t, "prod", d, v.behind(v.blue))
		got := must(w.reader().Snapshot(t.Context()))(t).Groups()
		if want := sorted(v.red, v.blue); !slices.Equal(got, want) {
			t.Errorf("groups %v, want %v", got, want)
		}
	}},
	{name: "a bridge service has no groups of its own", run: func(t *testing.T, w world) {
		v, _ := stage(t, w)
		d := w.register(t, firelens("bridged", types.NetworkModeBridge))
		w.service(t, "bridged", d, nil, func(in *ecs.CreateServiceInput) { in.LaunchType = types.LaunchTypeEc2 })
		w.wantUsers(t, v.standard)
		w.wantGroups(t, "bridged")
	}},
	{name: "a running task's interface leads from its group", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		id := w.task(t, "prod", d, v.behind(v.red))
		w.wantUsers(t, v.red, "task "+id+" web:1")
		w.wantGroups(t, "web", v.red)
	}},
	{name: "a task is a user of each of its groups", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		id := w.task(t, "prod", d, v.behind(v.red, v.blue))
		w.wantUsers(t, v.red, "task "+id+" web:1")
		w.wantUsers(t, v.blue, "task "+id+" web:1")
	}},
	{name: "a stopped task is no user", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		id := w.task(t, "prod", d, v.behind(v.red))
		must(w.ecs.StopTask(t.Context(), &ecs.StopTaskInput{Cluster: aws.String("prod"), Task: &id}))(t)
		w.wantUsers(t, v.red)
	}},
	{name: "tasks keep the revision that they run", run: func(t *testing.T, w world) {
		v, old := stage(t, w)
		one := w.task(t, "prod", old, v.behind(v.red))
		two := w.task(t, "prod", w.register(t, plain("web", types.NetworkModeAwsvpc)), v.behind(v.red))
		w.wantUsers(t, v.red, "task "+one+" web:1", "task "+two+" web:2")
	}},
	{name: "all clusters are looked through", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.cluster(t, "test")
		w.service(t, "web", d, v.behind(v.red))
		w.service(t, "web", d, v.behind(v.red), func(in *ecs.CreateServiceInput) { in.Cluster = aws.String("test") })
		id := w.task(t, "test", d, v.behind(v.red))
		w.wantUsers(t, v.red, "service prod/web web:1", "service test/web web:1", "task "+id+" web:1")
	}},
	{name: "each definition is described once", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "a", d, v.behind(v.red))
		w.service(t, "b", d, v.behind(v.red, v.blue))
		w.task(t, "prod", d, v.behind(v.blue))
		reader, described := w.reader(), 0
		reader.Definitions = func(ctx context.Context, ref string) (rules.Definition, error) {
			described++
			return w.store.Describe(ctx, ref)
		}
		snapshot := must(reader.Snapshot(t.Context()))(t)
		red, blue := must(snapshot.UsersOf(t.Context(), v.red))(t), must(snapshot.UsersOf(t.Context(), v.blue))(t)
		if len(red) != 2 || len(blue) != 2 || described != 1 {
			t.Errorf("%d and %d users, %d described", len(red), len(blue), described)
		}
	}},
	{name: "a deleted service is no user", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red))
		must(w.ecs.DeleteService(t.Context(), &ecs.DeleteServiceInput{Cluster: aws.String("prod"), Service: aws.String("web"), Force: aws.Bool(true)}))(t)
		w.wantUsers(t, v.red)
	}},
	{name: "a task set's groups count", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", rules.Definition{}, nil, func(in *ecs.CreateServiceInput) {
			in.DeploymentController = &types.DeploymentController{Type: types.DeploymentControllerTypeExternal}
			in.LaunchType, in.DesiredCount = "", aws.Int32(0)
		})
		must(w.ecs.CreateTaskSet(t.Context(), &ecs.CreateTaskSetInput{
			Cluster: aws.String("prod"), Service: aws.String("web"), TaskDefinition: d.Task.TaskDefinitionArn,
			NetworkConfiguration: v.behind(v.red), LaunchType: types.LaunchTypeFargate,
		}))(t)
		w.wantUsers(t, v.red, "service prod/web web:1")
		w.wantGroups(t, "web", v.red)
	}},
	{name: "an update's old deployment counts while it drains", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red))
		next := w.register(t, plain("web", types.NetworkModeAwsvpc))
		must(w.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{
			Cluster: aws.String("prod"), Service: aws.String("web"), TaskDefinition: next.Task.TaskDefinitionArn,
			NetworkConfiguration: v.behind(v.blue),
		}))(t)
		w.wantUsers(t, v.red, "service prod/web web:1")
		w.wantUsers(t, v.blue, "service prod/web web:2")
	}},
	{name: "more services than one call describes", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		for i := range 23 {
			w.service(t, "web-"+string(rune('a'+i)), d, v.behind(v.red))
		}
		if users := must(w.reader().UsersOf(t.Context(), v.red))(t); len(users) != 23 {
			t.Errorf("%d users", len(users))
		}
	}},
}

// stage makes cluster prod, a VPC and web:1, a FireLens definition in awsvpc mode.
func stage(t *testing.T, w world) (vpc, rules.Definition) {
	t.Helper()
	w.cluster(t, "prod")
	return w.network(t), w.register(t, firelens("web", types.NetworkModeAwsvpc))
}

// wantUsers compares a group's users, each as "by name family:revision", in any order.
func (w world) wantUsers(t *testing.T, group string, want ...string) {
	t.Helper()
	var got []string
	for _, u := range must(w.reader().UsersOf(t.Context(), group))(t) {
		got = append(got, u.By+" "+u.Name+" "+u.Definition.Name())
	}
	if got, want := sorted(got...), sorted(want...); !slices.Equal(got, want) {
		t.Errorf("users of %s: %v, want %v", group, got, want)
	}
}

func (w world) wantGroups(t *testing.T, family string, want ...string) {
	t.Helper()
	got := must(w.reader().GroupsOf(t.Context(), family))(t)
	if want := sorted(want...); !slices.Equal(got, want) {
		t.Errorf("groups of %s: %v, want %v", family, got, want)
	}
}

func sorted(all ...string) []string {
	all = slices.Clone(all)
	slices.Sort(all)
	return all
}
