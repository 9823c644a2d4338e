package ecsfake

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func active(s *types.Service) bool { return str(s.Status) == "ACTIVE" }

// CreateService makes a service. With the ECS controller it has one deployment, PRIMARY, and starts its tasks; with another
// it has none: task sets follow.
func (c *Cloud) CreateService(ctx context.Context, in *ecs.CreateServiceInput, _ ...func(*ecs.Options)) (*ecs.CreateServiceOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.CreateServiceInput) (*ecs.CreateServiceOutput, error) {
		k, err := c.cluster(in.Cluster)
		if err != nil {
			return nil, err
		}
		if s, err := k.service(in.ServiceName); err == nil && active(s) {
			return nil, invalid("Creation of service was not idempotent.")
		}
		s, err := c.newService(k, in)
		if err != nil {
			return nil, err
		}
		k.services = slices.DeleteFunc(k.services, func(old *types.Service) bool { return str(old.ServiceName) == str(in.ServiceName) })
		k.services = append(k.services, s)
		if in.DeploymentController == nil || in.DeploymentController.Type == types.DeploymentControllerTypeEcs {
			c.deploy(k, s, in.ServiceConnectConfiguration, in.VpcLatticeConfigurations)
		}
		return &ecs.CreateServiceOutput{Service: s}, nil
	})
}

func (c *Cloud) newService(k *cluster, in *ecs.CreateServiceInput) (*types.Service, error) {
	cluster, name, status, now := k.arn(), arn("service", k.name+"/"+str(in.ServiceName)), "ACTIVE", c.Now()
	s := &types.Service{
		ClusterArn: &cluster, ServiceArn: &name, ServiceName: in.ServiceName, Status: &status, CreatedAt: &now,
		DesiredCount: num(in.DesiredCount), LaunchType: in.LaunchType, DeploymentController: in.DeploymentController,
		DeploymentConfiguration: in.DeploymentConfiguration, LoadBalancers: filled(in.LoadBalancers), ServiceRegistries: filled(in.ServiceRegistries),
		NetworkConfiguration: in.NetworkConfiguration, SchedulingStrategy: in.SchedulingStrategy, Tags: in.Tags,
	}
	external := in.DeploymentController != nil && in.DeploymentController.Type == types.DeploymentControllerTypeExternal
	switch {
	case external && in.TaskDefinition == nil:
		return s, nil
	case external:
		return nil, invalid("TaskDefinition can not be specified for a service with the EXTERNAL deployment controller.")
	}
	r, err := c.runs(in.TaskDefinition, in.NetworkConfiguration, in.LoadBalancers, in.ServiceRegistries)
	if err != nil {
		return nil, err
	}
	s.TaskDefinition = r.task.TaskDefinitionArn
	return s, checkConnect(r.task, in.ServiceConnectConfiguration)
}

// runs finds a definition that a service or task set may run with this configuration.
func (c *Cloud) runs(ref *string, n *types.NetworkConfiguration, b []types.LoadBalancer, g []types.ServiceRegistry) (*revision, error) {
	r, err := c.usable(str(ref))
	if err != nil {
		return nil, err
	}
	if err := c.checkNetwork(r.task, n); err != nil {
		return nil, err
	}
	return r, checkBindings(r.task, b, g)
}

// DeleteService makes a service INACTIVE and stops its tasks; one that still wants tasks only with force.
func (c *Cloud) DeleteService(ctx context.Context, in *ecs.DeleteServiceInput, _ ...func(*ecs.Options)) (*ecs.DeleteServiceOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.DeleteServiceInput) (*ecs.DeleteServiceOutput, error) {
		k, s, err := c.activeService(in.Cluster, in.Service)
		if err != nil {
			return nil, err
		}
		if s.DesiredCount > 0 && (in.Force == nil || !*in.Force) {
			return nil, invalid("The service cannot be stopped while it is scaled above 0.")
		}
		status := "INACTIVE"
		s.Status, s.DesiredCount, s.Deployments, s.TaskSets = &status, 0, nil, nil
		c.stopWhere(k, func(t *types.Task) bool { return str(t.Group) == "service:"+*s.ServiceName })
		return &ecs.DeleteServiceOutput{Service: s}, nil
	})
}
