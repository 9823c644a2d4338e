package inventory

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// bindings are what a service names of each family that it runs. A load balancer or registry of the service counts for all of
// its families, one of a task set for the set's, Service Connect and VPC Lattice for the deployment's.
func bindings(service string, s types.Service) map[string][]rules.Binding {
	found := map[string][]rules.Binding{}
	add := func(family string, bound []rules.Binding) {
		for _, b := range bound {
			b.Service = service
			if family != "" && !slices.Contains(found[family], b) {
				found[family] = append(found[family], b)
			}
		}
	}
	own := append(balancers(s.LoadBalancers), registries(s.ServiceRegistries)...)
	for _, p := range placements(s) {
		add(familyOf(p.definition), own)
	}
	for _, d := range s.Deployments {
		add(familyOf(str(d.TaskDefinition)), connected(d))
	}
	for _, t := range s.TaskSets {
		add(familyOf(str(t.TaskDefinition)), append(balancers(t.LoadBalancers), registries(t.ServiceRegistries)...))
	}
	return found
}

func balancers(all []types.LoadBalancer) []rules.Binding {
	var found []rules.Binding
	for _, b := range all {
		found = append(found, rules.Binding{By: "load balancer", Container: str(b.ContainerName), Port: number(b.ContainerPort)})
	}
	return found
}

// registries name a container and its port, or, for SRV records in awsvpc mode, a port alone.
func registries(all []types.ServiceRegistry) []rules.Binding {
	var found []rules.Binding
	for _, r := range all {
		b := rules.Binding{By: "service registry", Container: str(r.ContainerName), Port: number(r.ContainerPort)}
		if b.Container == "" {
			b.Port = number(r.Port)
		}
		if b.Container != "" || b.Port != 0 { // A records name neither
			found = append(found, b)
		}
	}
	return found
}

func connected(d types.Deployment) []rules.Binding {
	var found []rules.Binding
	if c := d.ServiceConnectConfiguration; c != nil && c.Enabled {
		for _, s := range c.Services {
			found = append(found, rules.Binding{By: "Service Connect", PortName: str(s.PortName)})
		}
	}
	for _, l := range d.VpcLatticeConfigurations {
		found = append(found, rules.Binding{By: "VPC Lattice", PortName: str(l.PortName)})
	}
	return found
}

func number(p *int32) int32 {
	if p == nil {
		return 0
	}
	return *p
}
