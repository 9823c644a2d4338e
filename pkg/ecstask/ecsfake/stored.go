package ecsfake

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// stored is a definition as ECS keeps it: lists that were not sent are empty, defaults are filled in.
func stored(in *ecs.RegisterTaskDefinitionInput) types.TaskDefinition {
	t := types.TaskDefinition{
		ContainerDefinitions:    in.ContainerDefinitions,
		Cpu:                     in.Cpu,
		EnableFaultInjection:    in.EnableFaultInjection,
		EphemeralStorage:        in.EphemeralStorage,
		ExecutionRoleArn:        in.ExecutionRoleArn,
		Family:                  in.Family,
		InferenceAccelerators:   in.InferenceAccelerators,
		IpcMode:                 in.IpcMode,
		Memory:                  in.Memory,
		NetworkMode:             in.NetworkMode,
		PidMode:                 in.PidMode,
		PlacementConstraints:    filled(in.PlacementConstraints),
		ProxyConfiguration:      in.ProxyConfiguration,
		RequiresCompatibilities: in.RequiresCompatibilities,
		RuntimePlatform:         in.RuntimePlatform,
		TaskRoleArn:             in.TaskRoleArn,
		Volumes:                 filled(in.Volumes),
		Compatibilities:         compatibilities(in),
	}
	for i := range t.ContainerDefinitions {
		storeContainer(&t.ContainerDefinitions[i], in.NetworkMode)
	}
	t.RequiresAttributes = attributes(t)
	return t
}

func storeContainer(c *types.ContainerDefinition, mode types.NetworkMode) {
	c.Environment, c.MountPoints, c.VolumesFrom = filled(c.Environment), filled(c.MountPoints), filled(c.VolumesFrom)
	c.PortMappings, c.SystemControls = filled(c.PortMappings), filled(c.SystemControls)
	if c.Essential == nil {
		essential := true
		c.Essential = &essential
	}
	if c.FirelensConfiguration != nil && c.User == nil {
		root := "0" // cloudposse/terraform-aws-ecs-container-definition#97
		c.User = &root
	}
	for i := range c.PortMappings {
		storeMapping(&c.PortMappings[i], mode)
	}
}

func storeMapping(m *types.PortMapping, mode types.NetworkMode) {
	if m.Protocol == "" {
		m.Protocol = types.TransportProtocolTcp
	}
	if m.HostPort != nil || m.ContainerPort == nil {
		return
	}
	port := int32(0) // bridge: an ephemeral one
	if mode == types.NetworkModeAwsvpc || mode == types.NetworkModeHost {
		port = *m.ContainerPort
	}
	m.HostPort = &port
}

// compatibilities are what ECS finds that the definition could run on, whatever was asked for.
func compatibilities(in *ecs.RegisterTaskDefinitionInput) []types.Compatibility {
	found := []types.Compatibility{types.CompatibilityEc2}
	if in.NetworkMode == types.NetworkModeAwsvpc && in.Cpu != nil && in.Memory != nil {
		found = append(found, types.CompatibilityFargate)
	}
	return found
}

// attributes are some of the capabilities that ECS finds the definition to need, those of FireLens above all.
func attributes(t types.TaskDefinition) []types.Attribute {
	names := map[string]bool{}
	for _, c := range t.ContainerDefinitions {
		if c.FirelensConfiguration != nil {
			names["ecs.capability.firelens."+string(c.FirelensConfiguration.Type)] = true
		}
		if c.LogConfiguration != nil {
			names["com.amazonaws.ecs.capability.logging-driver."+string(c.LogConfiguration.LogDriver)] = true
		}
	}
	var found []types.Attribute
	for _, name := range slices.Sorted(maps.Keys(names)) {
		found = append(found, types.Attribute{Name: &name})
	}
	return found
}

func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
