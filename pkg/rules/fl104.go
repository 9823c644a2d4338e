package rules

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl104() Rule {
	return Rule{
		ID:       "FL104",
		Title:    "A port mapping of the router uses 24224 in awsvpc or host mode",
		Severity: Low,
		Mode:     Along,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "In awsvpc or host network mode the router maps 24224, as a port or in a containerPortRange that covers it.",
			Why: "A mapping opens nothing in these modes: it says which ports a container means to serve, and that is what people and tools go by. A load balancer, a Service Connect name or " +
				"an entry in the security group for \"the port that the task definition lists\" is one step away, and the forward protocol has no authentication. The day somebody sets the network " +
				"mode to bridge, the mapping itself publishes the router (FL103).",
			Fix: "Drops the mapping from the router, and narrows a range to what is around 24224, in the corrected revision that another finding makes; it never makes one by itself. It " +
				"changes no other mapping. A mapping that a service names (load balancer, registry, Service Connect) is reported only: dropping it would break that service.",
			Silent: "In bridge mode, where the mapping publishes the port (FL103); for containers that are no router; without a router. Unknown where a file does not tell the router's mappings, or " +
				"whether the container with the mapping is a router; where it does not tell the network mode, FL103 says so.",
			Before: `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"},
 "portMappings": [{"containerPort": 24224}, {"containerPort": 2020}]}`,
			After: `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"},
 "portMappings": [{"containerPort": 2020}]}`,
			Sources: []string{srcTaskDef, srcPortMap, srcAgentConf},
		},
		Check: onDefinition(invited24224),
		Fix: fixDefinition(func(d Definition, _ Params) Definition {
			if !d.ownPorts() || len(d.Routers()) == 0 {
				return d
			}
			return d.With(func(c *types.ContainerDefinition) { unmap(d, c) })
		}),
	}
}

// ownPorts says whether containers serve their ports as they are, on the task's or the instance's own interface.
func (d Definition) ownPorts() bool {
	mode := d.NetworkMode()
	return mode == types.NetworkModeAwsvpc || mode == types.NetworkModeHost
}

func invited24224(d Definition, _ Params) []Finding {
	if !d.ownPorts() {
		return nil
	}
	var found []Finding
	for _, c := range d.Task.ContainerDefinitions {
		maybe := Path(str(c.Name), "firelensConfiguration")
		path := Path(str(c.Name), "portMappings")
		if c.FirelensConfiguration == nil && (d.Why(maybe) == "" || len(d.Routers()) > 0) {
			continue
		}
		if why := d.Why(path); why != "" && c.FirelensConfiguration != nil {
			found = append(found, d.unknown("FL104", path, why)...)
		}
		for _, m := range c.PortMappings {
			switch {
			case !uses24224(m):
			case c.FirelensConfiguration == nil:
				found = append(found, d.unknown("FL104", maybe, d.Why(maybe))...)
			default:
				found = append(found, d.invitation(c, m))
			}
		}
	}
	return found
}

func (d Definition) invitation(c types.ContainerDefinition, m types.PortMapping) Finding {
	f := d.finding("FL104", Low, Path(str(c.Name), "portMappings["+MappingKey(m)+"]"), fmt.Sprintf(
		"router %s maps port %d in %s mode: it opens nothing, and invites others to", str(c.Name), Port, d.NetworkMode()))
	f.Fixable = true
	d.bind(&f, c, m)
	return f
}
