package ecsconformance

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

var bindingCases = []check{
	{name: "a load balancer binds container and port", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red), func(in *ecs.CreateServiceInput) {
			in.LoadBalancers = []types.LoadBalancer{{
				TargetGroupArn: aws.String("arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef"),
				ContainerName:  aws.String("app"), ContainerPort: aws.Int32(80),
			}}
		})
		w.wantBindings(t, "web", rules.Binding{Service: "prod/web", By: "load balancer", Container: "app", Port: 80})
	}},
	{name: "a registry binds container and port", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red), registry(types.ServiceRegistry{ContainerName: aws.String("app"), ContainerPort: aws.Int32(80)}))
		w.wantBindings(t, "web", rules.Binding{Service: "prod/web", By: "service registry", Container: "app", Port: 80})
	}},
	{name: "a registry of SRV records binds a port", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red), registry(types.ServiceRegistry{Port: aws.Int32(80)}))
		w.wantBindings(t, "web", rules.Binding{Service: "prod/web", By: "service registry", Port: 80})
	}},
	{name: "a registry of A records binds nothing", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red), registry(types.ServiceRegistry{}))
		w.wantBindings(t, "web")
	}},
	{name: "bridge services bind, too", run: func(t *testing.T, w world) {
		w.cluster(t, "prod")
		d := w.register(t, firelens("bridged", types.NetworkModeBridge))
		w.service(t, "bridged", d, nil, registry(types.ServiceRegistry{ContainerName: aws.String("app"), ContainerPort: aws.Int32(80)}),
			func(in *ecs.CreateServiceInput) { in.LaunchType = types.LaunchTypeEc2 })
		w.wantBindings(t, "bridged", rules.Binding{Service: "prod/bridged", By: "service registry", Container: "app", Port: 80})
		w.wantBindings(t, "web")
	}},
	{name: "a binding guards the mapping it names", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red), registry(types.ServiceRegistry{ContainerName: aws.String("app"), ContainerPort: aws.Int32(80)}))
		d.Bindings = must(w.reader().Bindings(t.Context(), "web"))(t)
		app, _ := d.Container("app")
		if len(d.BoundBy(app, app.PortMappings[0])) != 1 {
			t.Errorf("%v does not name %v", d.Bindings, app.PortMappings)
		}
	}},
	{name: "Service Connect binds a port's name", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red), func(in *ecs.CreateServiceInput) {
			in.ServiceConnectConfiguration = &types.ServiceConnectConfiguration{
				Enabled: true, Namespace: aws.String("internal"), Services: []types.ServiceConnectService{{PortName: aws.String("web")}},
			}
		})
		w.wantBindings(t, "web", rules.Binding{Service: "prod/web", By: "Service Connect", PortName: "web"})
	}},
}

func registry(r types.ServiceRegistry) func(*ecs.CreateServiceInput) {
	r.RegistryArn = aws.String("arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-utcrh6wavdkggqtk")
	return func(in *ecs.CreateServiceInput) { in.ServiceRegistries = []types.ServiceRegistry{r} }
}

func (w world) wantBindings(t *testing.T, family string, want ...rules.Binding) {
	t.Helper()
	if got := must(w.reader().Bindings(t.Context(), family))(t); !slices.Equal(got, want) {
		t.Errorf("bindings of %s: %+v, want %+v", family, got, want)
	}
}
