package ecsfake

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// checkOrder refuses what ECS refuses of dependsOn (boto/boto3#2436), and cycles, which no agent would start.
func checkOrder(in *ecs.RegisterTaskDefinitionInput) error {
	byName := map[string]types.ContainerDefinition{}
	for _, c := range in.ContainerDefinitions {
		byName[*c.Name] = c
	}
	for _, c := range in.ContainerDefinitions {
		for _, d := range c.DependsOn {
			target, ok := byName[str(d.ContainerName)]
			ends := d.Condition == types.ContainerConditionComplete || d.Condition == types.ContainerConditionSuccess
			if ok && ends && isEssential(target) {
				return client("A dependency container with SUCCESS or COMPLETE condition cannot be an essential container")
			}
		}
	}
	for _, c := range in.ContainerDefinitions {
		if waitsFor(byName, *c.Name, *c.Name, map[string]bool{}) {
			return client("Container dependencies should not have a cycle")
		}
	}
	return nil
}

func waitsFor(byName map[string]types.ContainerDefinition, from, target string, seen map[string]bool) bool {
	if seen[from] {
		return false
	}
	seen[from] = true
	for _, d := range byName[from].DependsOn {
		name := str(d.ContainerName)
		if name == target || waitsFor(byName, name, target, seen) {
			return true
		}
	}
	return false
}

func checkPorts(in *ecs.RegisterTaskDefinitionInput) error {
	names := map[string]bool{}
	for _, c := range in.ContainerDefinitions {
		if len(c.PortMappings) > 0 && in.NetworkMode == types.NetworkModeNone {
			return client("Port mappings are not valid when networkMode is none.")
		}
		protocols := map[int32]types.TransportProtocol{}
		for _, m := range c.PortMappings {
			if err := checkMapping(m, in.NetworkMode); err != nil {
				return err
			}
			if name := str(m.Name); name != "" && names[name] {
				return client("Port mapping names must be unique in a task definition: '%s'.", name)
			}
			names[str(m.Name)] = true
			was, twice := protocols[num(m.ContainerPort)]
			if twice && m.ContainerPort != nil && was != protocol(m) {
				return client("You can't expose the same container port for multiple protocols: %d.", *m.ContainerPort)
			}
			protocols[num(m.ContainerPort)] = protocol(m)
		}
	}
	return nil
}

func protocol(m types.PortMapping) types.TransportProtocol {
	if m.Protocol == "" {
		return types.TransportProtocolTcp
	}
	return m.Protocol
}

func checkMapping(m types.PortMapping, mode types.NetworkMode) error {
	same := []types.NetworkMode{types.NetworkModeAwsvpc, types.NetworkModeHost}
	switch {
	case (m.ContainerPort == nil) == (m.ContainerPortRange == nil):
		return client("A port mapping has either containerPort or containerPortRange.")
	case m.ContainerPortRange != nil && (m.HostPort != nil || mode == types.NetworkModeHost):
		return client("containerPortRange takes no hostPort, and network mode bridge or awsvpc.")
	case m.HostPort != nil && m.ContainerPort != nil && *m.HostPort != *m.ContainerPort && slices.Contains(same, mode):
		return client("When networkMode=%s, the host ports and container ports in port mappings must match.", mode)
	}
	return nil
}
