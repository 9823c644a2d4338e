package rules

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl103() Rule {
	return Rule{
		ID:       "FL103",
		Title:    "A port mapping uses 24224 in bridge mode",
		Severity: High,
		Mode:     Remediate,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "In bridge network mode a port mapping uses 24224: as container port, as host port, or in a containerPortRange that covers it. " +
				"AWS: \"for tasks that use the bridge network mode, don't create any port mappings that use port 24224\".",
			Why: "In bridge mode the router listens on 0.0.0.0:24224 inside its container, without authentication. A mapping publishes it on the instance: on 24224, or, " +
				"where hostPort is 0 or absent, on an ephemeral port that a look at security groups for 24224 misses. Anyone who reaches the instance on that port can " +
				"write records under any container's name into the log archive.",
			Fix: "Registers a revision without the mapping: dropped from the router's mappings, and a range is narrowed to what is around 24224. It changes no " +
				"other mapping. A mapping that a service names (load balancer, registry, Service Connect) and one on a container other than the router are reported only: " +
				"dropping them could break what uses them.",
			Silent: "In awsvpc and host mode, where a mapping publishes nothing by itself (FL104); without a router. Unknown where a file does not tell the network mode, a mapping's ports, or who is the router.",
			Before: `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"},
 "portMappings": [{"containerPort": 24224, "hostPort": 24224}, {"containerPort": 2020}]}`,
			After: `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"},
 "portMappings": [{"containerPort": 2020}]}`,
			Sources: []string{srcTaskDef, srcPortMap, srcAgentConf},
		},
		Check: onDefinition(mapped24224),
		Fix: fixDefinition(func(d Definition, _ Params) Definition {
			if d.NetworkMode() != types.NetworkModeBridge || len(d.Routers()) == 0 {
				return d
			}
			return d.With(func(c *types.ContainerDefinition) { unmap(d, c) })
		}),
	}
}

func mapped24224(d Definition, _ Params) []Finding {
	mode := d.NetworkMode()
	if !d.hasRouter() {
		return unsureMapping(d, mode)
	}
	if mode != types.NetworkModeBridge && mode != "" {
		return nil
	}
	var found []Finding
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		found = append(found, d.unknownAt("FL103", c, "portMappings")...)
		for _, m := range c.PortMappings {
			switch {
			case !uses24224(m):
			case mode == "":
				found = append(found, d.unknown("FL103", Path(str(c.Name), "portMappings["+MappingKey(m)+"]"), d.Why("networkMode"))...)
			default:
				found = append(found, mappingFinding(d, *c, m))
			}
		}
	}
	return found
}

// unsureMapping is for a mapping of 24224 without a router, where something that the source cannot tell may be one.
func unsureMapping(d Definition, mode types.NetworkMode) []Finding {
	path, why := d.hiddenRouter()
	if why == "" || mode != types.NetworkModeBridge && mode != "" {
		return nil
	}
	for _, c := range d.Task.ContainerDefinitions {
		if slices.ContainsFunc(c.PortMappings, uses24224) {
			return d.unknown("FL103", path, why)
		}
	}
	return nil
}

func mappingFinding(d Definition, c types.ContainerDefinition, m types.PortMapping) Finding {
	f := d.finding("FL103", High, Path(str(c.Name), "portMappings["+MappingKey(m)+"]"), fmt.Sprintf(
		"container %s publishes port %d in bridge mode", str(c.Name), Port))
	f.Fixable, f.Evidence = true, d.modeEvidence()
	if !coversPort(m, Port) {
		f.Message = fmt.Sprintf("container %s publishes its port %s on port %d of the instance in bridge mode", str(c.Name), MappingKey(m), Port)
		f.Severity = Medium
	}
	if c.FirelensConfiguration == nil {
		f.Fixable = false
		f.Evidence = append(f.Evidence, "not the router: its owner must say whether this mapping is needed")
	}
	if coversPort(m, Port) {
		f.Evidence = append(f.Evidence, d.publishedBy(str(c.Name))...)
	}
	d.bind(&f, c, m)
	return f
}

// publishedBy says on which ports of their instances running tasks publish a container's 24224.
func (d Definition) publishedBy(container string) []string {
	var lines []string
	for _, p := range d.Published {
		if p.Container == container {
			lines = append(lines, "task "+p.Task+" publishes it on port "+p.HostPort+" of its instance now")
		}
	}
	return some(lines)
}

// bind takes back that a mapping's finding can be fixed where a service names the mapping.
func (d Definition) bind(f *Finding, c types.ContainerDefinition, m types.PortMapping) {
	for _, b := range d.BoundBy(c, m) {
		f.Fixable = false
		f.Evidence = append(f.Evidence, "named by the "+b.By+" of service "+b.Service)
	}
}

// unmap takes 24224 out of a router's mappings, those that a service names apart.
func unmap(d Definition, c *types.ContainerDefinition) {
	if c.FirelensConfiguration == nil {
		return
	}
	var kept []types.PortMapping
	changed := false
	for _, m := range c.PortMappings {
		if !uses24224(m) || len(d.BoundBy(*c, m)) > 0 {
			kept = append(kept, m)
			continue
		}
		changed = true
		kept = append(kept, without24224(m)...)
	}
	if changed {
		c.PortMappings = kept
	}
}
