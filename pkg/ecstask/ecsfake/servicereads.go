package ecsfake

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// ListServices lists the ACTIVE services of a cluster: 10 a page unless asked otherwise, at most 100.
func (c *Cloud) ListServices(ctx context.Context, in *ecs.ListServicesInput, _ ...func(*ecs.Options)) (*ecs.ListServicesOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.ListServicesInput) (*ecs.ListServicesOutput, error) {
		k, err := c.cluster(in.Cluster)
		if err != nil {
			return nil, err
		}
		var all []string
		for _, s := range k.services {
			if active(s) && (in.LaunchType == "" || in.LaunchType == s.LaunchType) {
				all = append(all, *s.ServiceArn)
			}
		}
		size := in.MaxResults
		if size == nil {
			ten := int32(10)
			size = &ten
		}
		some, next, err := page(all, size, in.NextToken)
		return &ecs.ListServicesOutput{ServiceArns: some, NextToken: next}, err
	})
}

// DescribeServices answers at most 10 services; those that do not exist are failures, not errors.
func (c *Cloud) DescribeServices(ctx context.Context, in *ecs.DescribeServicesInput, _ ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.DescribeServicesInput) (*ecs.DescribeServicesOutput, error) {
		k, err := c.cluster(in.Cluster)
		switch {
		case err != nil:
			return nil, err
		case len(in.Services) == 0:
			return nil, invalid("Services cannot be empty.")
		case len(in.Services) > 10:
			return nil, invalid("Services cannot have more than 10 elements.")
		}
		out := &ecs.DescribeServicesOutput{}
		for _, ref := range in.Services {
			s, err := k.service(&ref)
			if err != nil {
				missing, reason := arn("service", k.name+"/"+last(ref)), "MISSING"
				out.Failures = append(out.Failures, types.Failure{Arn: &missing, Reason: &reason})
				continue
			}
			out.Services = append(out.Services, *s)
		}
		return out, nil
	})
}

// CreateTaskSet makes a task set of a service with the EXTERNAL or CODE_DEPLOY controller.
func (c *Cloud) CreateTaskSet(ctx context.Context, in *ecs.CreateTaskSetInput, _ ...func(*ecs.Options)) (*ecs.CreateTaskSetOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.CreateTaskSetInput) (*ecs.CreateTaskSetOutput, error) {
		_, s, err := c.activeService(in.Cluster, in.Service)
		if err != nil {
			return nil, err
		}
		if s.DeploymentController == nil || s.DeploymentController.Type == types.DeploymentControllerTypeEcs {
			return nil, invalid("CreateTaskSet is only valid for services with an EXTERNAL or CODE_DEPLOY deployment controller.")
		}
		r, err := c.runs(in.TaskDefinition, in.NetworkConfiguration, in.LoadBalancers, in.ServiceRegistries)
		if err != nil {
			return nil, err
		}
		id, status := fmt.Sprintf("ecs-svc/%019d", c.next()), "ACTIVE"
		name := arn("task-set", last(*s.ClusterArn)+"/"+*s.ServiceName+"/"+id)
		set := types.TaskSet{
			Id: &id, TaskSetArn: &name, ServiceArn: s.ServiceArn, ClusterArn: s.ClusterArn, Status: &status, Scale: in.Scale,
			TaskDefinition: r.task.TaskDefinitionArn, NetworkConfiguration: in.NetworkConfiguration, LaunchType: in.LaunchType,
			LoadBalancers: in.LoadBalancers, ServiceRegistries: in.ServiceRegistries,
		}
		s.TaskSets = append(s.TaskSets, set)
		return &ecs.CreateTaskSetOutput{TaskSet: &set}, nil
	})
}

// service finds a service of the cluster, also an INACTIVE one, by name or ARN.
func (k *cluster) service(ref *string) (*types.Service, error) {
	for _, s := range k.services {
		if *s.ServiceName == last(str(ref)) {
			return s, nil
		}
	}
	message := "Service not found."
	return nil, &types.ServiceNotFoundException{Message: &message}
}

func (c *Cloud) activeService(cluster, service *string) (*cluster, *types.Service, error) {
	k, err := c.cluster(cluster)
	if err != nil {
		return nil, nil, err
	}
	s, err := k.service(service)
	if err == nil && !active(s) {
		message := "Service was not ACTIVE."
		err = &types.ServiceNotActiveException{Message: &message}
	}
	return k, s, err
}
