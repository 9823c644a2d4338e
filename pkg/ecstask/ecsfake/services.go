package ecsfake

import (
	"context"
	"fmt"
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

// deploy puts a new PRIMARY deployment of the service's definition before the others, and starts its tasks.
func (c *Cloud) deploy(k *cluster, s *types.Service, connect *types.ServiceConnectConfiguration, lattice []types.VpcLatticeConfiguration) {
	for i := range s.Deployments {
		old := "ACTIVE"
		s.Deployments[i].Status = &old
	}
	id, status, now := fmt.Sprintf("ecs-svc/%019d", c.next()), "PRIMARY", c.Now()
	d := types.Deployment{
		Id: &id, Status: &status, CreatedAt: &now, UpdatedAt: &now, TaskDefinition: s.TaskDefinition, LaunchType: s.LaunchType,
		DesiredCount: s.DesiredCount, RunningCount: s.DesiredCount, NetworkConfiguration: s.NetworkConfiguration,
		RolloutState: types.DeploymentRolloutStateInProgress, ServiceConnectConfiguration: connect, VpcLatticeConfigurations: lattice,
	}
	s.Deployments = append([]types.Deployment{d}, s.Deployments...)
	c.scale(k, s, d)
}

// UpdateService changes a service. Another definition or configuration makes a new deployment; the old one goes on until
// [Cloud.Settle]. Services of another controller keep their definition.
func (c *Cloud) UpdateService(ctx context.Context, in *ecs.UpdateServiceInput, _ ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.UpdateServiceInput) (*ecs.UpdateServiceOutput, error) {
		k, s, err := c.activeService(in.Cluster, in.Service)
		if err != nil {
			return nil, err
		}
		if ctl := s.DeploymentController; ctl != nil && ctl.Type != types.DeploymentControllerTypeEcs && (in.TaskDefinition != nil || in.ForceNewDeployment) {
			return nil, invalid("Unable to update task definition on services with a %s deployment controller.", ctl.Type)
		}
		changed := *s
		if in.DesiredCount != nil {
			changed.DesiredCount = *in.DesiredCount
		}
		if in.NetworkConfiguration != nil {
			changed.NetworkConfiguration = in.NetworkConfiguration
		}
		fresh := in.ForceNewDeployment || in.TaskDefinition != nil || in.NetworkConfiguration != nil || in.ServiceConnectConfiguration != nil
		if !fresh {
			*s = changed
			c.rescale(k, s)
			return &ecs.UpdateServiceOutput{Service: s}, nil
		}
		return c.redeploy(k, s, changed, in)
	})
}

func (c *Cloud) redeploy(k *cluster, s *types.Service, changed types.Service, in *ecs.UpdateServiceInput) (*ecs.UpdateServiceOutput, error) {
	ref := s.TaskDefinition
	if in.TaskDefinition != nil {
		ref = in.TaskDefinition
	}
	r, err := c.runs(ref, changed.NetworkConfiguration, changed.LoadBalancers, changed.ServiceRegistries)
	if err != nil {
		return nil, err
	}
	connect, lattice := in.ServiceConnectConfiguration, in.VpcLatticeConfigurations
	if len(s.Deployments) > 0 && connect == nil {
		connect = s.Deployments[0].ServiceConnectConfiguration
	}
	if err := checkConnect(r.task, connect); err != nil {
		return nil, err
	}
	*s = changed
	s.TaskDefinition = r.task.TaskDefinitionArn
	c.deploy(k, s, connect, lattice)
	return &ecs.UpdateServiceOutput{Service: s}, nil
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

// Settle ends a service's deployments but the PRIMARY one, and stops their tasks: what ECS does in time.
func (c *Cloud) Settle(cluster, service string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, s, err := c.activeService(&cluster, &service)
	if err != nil || len(s.Deployments) == 0 {
		return
	}
	s.Deployments = s.Deployments[:1]
	s.Deployments[0].RolloutState = types.DeploymentRolloutStateCompleted
	primary := *s.Deployments[0].Id
	c.stopWhere(k, func(t *types.Task) bool {
		return str(t.Group) == "service:"+*s.ServiceName && str(t.StartedBy) != primary
	})
}
