package source

import (
	"strconv"

	"github.com/firewarden/firewarden/pkg/rules"
)

// binders are the lists in which a service names a container and port, or a port's name.
var binders = []struct {
	keys []string
	by   string
}{
	{[]string{"LoadBalancers"}, "load balancer"},
	{[]string{"ServiceRegistries"}, "service registry"},
	{[]string{"ServiceConnectConfiguration", "Services"}, "Service Connect"},
	{[]string{"VpcLatticeConfigurations"}, "VPC Lattice"},
}

// bind adds to a definition what a service names of it: a rule's fix leaves that alone.
func (s *stack) bind(r *resource, logical string) {
	i, ok := s.at[logical]
	if !ok {
		return
	}
	var named []rules.Binding
	for _, b := range binders {
		for _, one := range r.properties.descend(b.keys...).items {
			port, _ := strconv.ParseInt(one.get("ContainerPort").text, 10, 32) // 0 where it is unknown: the service names no port then
			named = append(named, rules.Binding{
				Service: r.name, By: b.by, Container: one.get("ContainerName").text, Port: int32(port), PortName: one.get("PortName").text,
			})
		}
	}
	s.found[i].bound(named)
	for j := range s.found[i].Readings {
		s.found[i].Readings[j].bound(named)
	}
}

func (r *Resource) bound(by []rules.Binding) {
	d := r.Resource.(rules.Definition)
	d.Bindings = append(d.Bindings, by...)
	r.Resource = d
}
