package ecsconformance

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/rules"
)

var refusalCases = []check{
	{name: "an unknown family is not found", run: func(t *testing.T, w world) {
		if _, err := w.store.Describe(t.Context(), "nobody"); !ecstask.IsNotFound(err) || ecstask.IsInvalid(err) {
			t.Errorf("error %v", err)
		}
	}},
	{name: "an unknown revision is not found", run: func(t *testing.T, w world) {
		w.register(t, plain("web", ""))
		if _, err := w.store.Describe(t.Context(), "web:2"); !ecstask.IsNotFound(err) {
			t.Errorf("error %v", err)
		}
	}},
	{name: "a container without a name is refused", run: refuses(func(c *types.ContainerDefinition) { c.Name = nil })},
	{name: "a container without an image is refused", run: refuses(func(c *types.ContainerDefinition) { c.Image = nil })},
	{name: "a container without memory is refused", run: refuses(func(c *types.ContainerDefinition) { c.Memory = nil })},
	{name: "what is refused makes no revision", run: func(t *testing.T, w world) {
		w.register(t, plain("web", ""))
		bad := plain("web", "")
		bad.Task.ContainerDefinitions[0].Image = nil
		if _, err := w.store.Register(t.Context(), bad); err == nil {
			t.Fatal("registered")
		}
		if d := w.describe(t, "web"); d.Task.Revision != 1 {
			t.Errorf("latest is %s", d.Name())
		}
	}},
	{name: "a client without a router is refused", differs: "E41", run: func(t *testing.T, w world) {
		d := firelens("web", "")
		d.Task.ContainerDefinitions = d.Task.ContainerDefinitions[1:]
		if _, err := w.store.Register(t.Context(), d); !ecstask.IsInvalid(err) {
			t.Errorf("error %v", err)
		}
	}},
	{name: "deregistering needs a revision", run: func(t *testing.T, w world) {
		w.register(t, plain("web", ""))
		_, err := w.ecs.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String("web")})
		if !ecstask.IsInvalid(err) {
			t.Errorf("error %v", err)
		}
	}},
	{name: "an unknown cluster is not found", run: func(t *testing.T, w world) {
		_, err := w.ecs.ListServices(t.Context(), &ecs.ListServicesInput{Cluster: aws.String("nowhere")})
		if gone := (*types.ClusterNotFoundException)(nil); !errors.As(err, &gone) {
			t.Errorf("error %v", err)
		}
	}},
	{name: "an unknown service is a failure, no error", run: func(t *testing.T, w world) {
		w.cluster(t, "prod")
		out := must(w.ecs.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("prod"), Services: []string{"nobody"}}))(t)
		if len(out.Services) != 0 || len(out.Failures) != 1 || *out.Failures[0].Reason != "MISSING" {
			t.Errorf("%d services, failures %v", len(out.Services), out.Failures)
		}
	}},
	{name: "a service of an unknown group is refused", run: func(t *testing.T, w world) {
		w.cluster(t, "prod")
		d := w.register(t, plain("web", types.NetworkModeAwsvpc))
		_, err := w.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
			Cluster: aws.String("prod"), ServiceName: aws.String("web"), TaskDefinition: d.Task.TaskDefinitionArn,
			NetworkConfiguration: w.network(t).behind("sg-0123456789abcdef0"),
		})
		if !ecstask.IsInvalid(err) {
			t.Errorf("error %v", err)
		}
	}},
	{name: "an awsvpc task without a network configuration is refused", run: func(t *testing.T, w world) {
		w.cluster(t, "prod")
		d := w.register(t, plain("web", types.NetworkModeAwsvpc))
		_, err := w.ecs.RunTask(t.Context(), &ecs.RunTaskInput{
			Cluster: aws.String("prod"), TaskDefinition: d.Task.TaskDefinitionArn, LaunchType: types.LaunchTypeFargate,
		})
		if !ecstask.IsInvalid(err) {
			t.Errorf("error %v", err)
		}
	}},
}

// refuses is a case in which a broken container makes the definition invalid.
func refuses(breaking func(*types.ContainerDefinition)) func(*testing.T, world) {
	return func(t *testing.T, w world) {
		bad := plain("web", "").With(breaking)
		if got, err := w.store.Register(t.Context(), bad); !ecstask.IsInvalid(err) || ecstask.IsNotFound(err) {
			t.Errorf("registered %v: %v", rules.Definition.Name(got), err)
		}
	}
}
