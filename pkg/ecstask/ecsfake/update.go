package ecsfake

import (
	"context"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// UpdateService changes a service. Another definition or configuration, or force, makes a new deployment, also while one is in
// progress; the old ones go on until [Cloud.Settle]. What the service has already makes none. Services of another controller
// keep their definition.
func (c *Cloud) UpdateService(ctx context.Context, in *ecs.UpdateServiceInput, _ ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.UpdateServiceInput) (*ecs.UpdateServiceOutput, error) {
		k, s, err := c.activeService(in.Cluster, in.Service)
		if err != nil {
			return nil, err
		}
		if err := checkController(s, in); err != nil {
			return nil, err
		}
		changed := *s
		if in.DesiredCount != nil {
			changed.DesiredCount = *in.DesiredCount
		}
		if in.NetworkConfiguration != nil {
			changed.NetworkConfiguration = in.NetworkConfiguration
		}
		if in.DeploymentConfiguration != nil {
			changed.DeploymentConfiguration = in.DeploymentConfiguration
		}
		return c.change(k, s, changed, in)
	})
}

// checkController: only ECS's own controller replaces tasks at an update.
func checkController(s *types.Service, in *ecs.UpdateServiceInput) error {
	if s.DeploymentController == nil || s.DeploymentController.Type == types.DeploymentControllerTypeEcs {
		return nil
	}
	by := s.DeploymentController.Type
	advice := map[types.DeploymentControllerType]string{
		types.DeploymentControllerTypeCodeDeploy: " Use AWS CodeDeploy to trigger a new deployment.",
	}[by]
	switch {
	case in.TaskDefinition != nil:
		return invalid("Unable to update task definition on services with a %s deployment controller.%s", by, advice)
	case in.ForceNewDeployment:
		return invalid("Cannot force a new deployment on services with a %s deployment controller.%s", by, advice)
	}
	return nil
}

// change makes the service what it shall be, by a new deployment where that differs from what it runs.
func (c *Cloud) change(k *cluster, s *types.Service, changed types.Service, in *ecs.UpdateServiceInput) (*ecs.UpdateServiceOutput, error) {
	fresh := in.ForceNewDeployment || in.ServiceConnectConfiguration != nil ||
		!reflect.DeepEqual(changed.NetworkConfiguration, s.NetworkConfiguration)
	if in.TaskDefinition != nil {
		r, err := c.usable(*in.TaskDefinition)
		if err != nil {
			return nil, err
		}
		changed.TaskDefinition = r.task.TaskDefinitionArn
		fresh = fresh || *changed.TaskDefinition != str(s.TaskDefinition)
	}
	if !fresh {
		scaled := changed.DesiredCount != s.DesiredCount
		*s = changed
		if scaled {
			c.rescale(k, s)
		}
		return &ecs.UpdateServiceOutput{Service: s}, nil
	}
	return c.redeploy(k, s, changed, in)
}

func (c *Cloud) redeploy(k *cluster, s *types.Service, changed types.Service, in *ecs.UpdateServiceInput) (*ecs.UpdateServiceOutput, error) {
	r, err := c.runs(changed.TaskDefinition, changed.NetworkConfiguration, changed.LoadBalancers, changed.ServiceRegistries)
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
	c.deploy(k, s, connect, lattice)
	return &ecs.UpdateServiceOutput{Service: s}, nil
}
