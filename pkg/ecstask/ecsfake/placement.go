package ecsfake

import (
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// checkNetwork refuses a network configuration that does not fit the definition or the VPC.
func (c *Cloud) checkNetwork(t types.TaskDefinition, n *types.NetworkConfiguration) error {
	awsvpc := t.NetworkMode == types.NetworkModeAwsvpc
	configured := n != nil && n.AwsvpcConfiguration != nil
	switch {
	case awsvpc && !configured:
		return invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
	case !awsvpc && configured:
		return invalid("Network Configuration is not valid for the given networkMode of this task definition.")
	case !awsvpc:
		return nil
	}
	return c.checkVPC(*n.AwsvpcConfiguration)
}

func (c *Cloud) checkVPC(v types.AwsVpcConfiguration) error {
	switch {
	case len(v.Subnets) == 0:
		return invalid("subnets can not be empty.")
	case len(v.Subnets) > 16:
		return invalid("subnets can have at most 16 items.")
	case len(v.SecurityGroups) > 5:
		return invalid("securityGroups can have at most 5 items.")
	}
	home := c.Network.vpc(v.Subnets[0])
	for _, s := range v.Subnets {
		switch c.Network.vpc(s) {
		case "":
			return invalid("Error retrieving subnet information for [%s]: The subnet ID '%s' does not exist (ErrorCode: InvalidSubnetID.NotFound)", s, s)
		case home:
		default:
			return invalid("Not all subnets are in the same VPC.")
		}
	}
	for _, g := range v.SecurityGroups {
		switch c.Network.home(g) {
		case "":
			return invalid("Error retrieving security group information for [%s]: The security group '%s' does not exist (ErrorCode: InvalidGroup.NotFound)", g, g)
		case home:
		default:
			return invalid("Security group %s does not appear to belong to the same VPC as the input subnets.", g)
		}
	}
	return nil
}

// checkBindings refuses load balancers and registries that name what the definition does not have.
func checkBindings(t types.TaskDefinition, balancers []types.LoadBalancer, registries []types.ServiceRegistry) error {
	for _, b := range balancers {
		if err := checkBound(t, str(b.ContainerName), num(b.ContainerPort)); err != nil {
			return err
		}
	}
	for _, r := range registries {
		if r.ContainerName == nil {
			continue
		}
		if err := checkBound(t, *r.ContainerName, num(r.ContainerPort)); err != nil {
			return err
		}
	}
	return nil
}

func checkBound(t types.TaskDefinition, container string, port int32) error {
	for _, c := range t.ContainerDefinitions {
		if str(c.Name) != container {
			continue
		}
		for _, m := range c.PortMappings {
			if m.ContainerPort != nil && *m.ContainerPort == port {
				return nil
			}
		}
		return invalid("The container %s did not have a container port %d defined.", container, port)
	}
	return invalid("The container %s does not exist in the task definition.", container)
}

// checkConnect refuses Service Connect services whose port name the definition does not have.
func checkConnect(t types.TaskDefinition, s *types.ServiceConnectConfiguration) error {
	if s == nil || !s.Enabled {
		return nil
	}
	names := map[string]bool{}
	for _, c := range t.ContainerDefinitions {
		for _, m := range c.PortMappings {
			names[str(m.Name)] = true
		}
	}
	for _, service := range s.Services {
		if name := str(service.PortName); name == "" || !names[name] {
			return invalid("portName(%s) does not refer to any named PortMapping in the container definitions.", name)
		}
	}
	return nil
}
