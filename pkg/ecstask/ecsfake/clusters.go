package ecsfake

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

type cluster struct {
	name      string
	services  []*types.Service
	tasks     []*types.Task
	instances []*types.ContainerInstance
}

func (k *cluster) arn() string { return arn("cluster", k.name) }

// CreateCluster makes a cluster, or answers the one of that name. Without a name it is "default".
func (c *Cloud) CreateCluster(ctx context.Context, in *ecs.CreateClusterInput, _ ...func(*ecs.Options)) (*ecs.CreateClusterOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.CreateClusterInput) (*ecs.CreateClusterOutput, error) {
		name := last(nameOr(in.ClusterName, "default"))
		k, err := c.cluster(&name)
		if err != nil {
			k = &cluster{name: name}
			c.clusters = append(c.clusters, k)
		}
		arn, status := k.arn(), "ACTIVE"
		return &ecs.CreateClusterOutput{Cluster: &types.Cluster{ClusterArn: &arn, ClusterName: &name, Status: &status}}, nil
	})
}

// DeleteCluster removes a cluster that has neither services nor tasks.
func (c *Cloud) DeleteCluster(ctx context.Context, in *ecs.DeleteClusterInput, _ ...func(*ecs.Options)) (*ecs.DeleteClusterOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.DeleteClusterInput) (*ecs.DeleteClusterOutput, error) {
		k, err := c.cluster(in.Cluster)
		switch {
		case err != nil:
			return nil, err
		case slices.ContainsFunc(k.services, active):
			return nil, &types.ClusterContainsServicesException{}
		case slices.ContainsFunc(k.tasks, wanted):
			return nil, &types.ClusterContainsTasksException{}
		}
		c.clusters = slices.DeleteFunc(c.clusters, func(other *cluster) bool { return other == k })
		arn, status := k.arn(), "INACTIVE"
		return &ecs.DeleteClusterOutput{Cluster: &types.Cluster{ClusterArn: &arn, ClusterName: &k.name, Status: &status}}, nil
	})
}

// ListClusters lists clusters in the order of their making, at most 100 a page.
func (c *Cloud) ListClusters(ctx context.Context, in *ecs.ListClustersInput, _ ...func(*ecs.Options)) (*ecs.ListClustersOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.ListClustersInput) (*ecs.ListClustersOutput, error) {
		var all []string
		for _, k := range c.clusters {
			all = append(all, k.arn())
		}
		some, next, err := page(all, in.MaxResults, in.NextToken)
		return &ecs.ListClustersOutput{ClusterArns: some, NextToken: next}, err
	})
}

// cluster finds a cluster by name or ARN; nil means "default".
func (c *Cloud) cluster(ref *string) (*cluster, error) {
	name := last(nameOr(ref, "default"))
	for _, k := range c.clusters {
		if k.name == name {
			return k, nil
		}
	}
	message := "Cluster not found."
	return nil, &types.ClusterNotFoundException{Message: &message}
}

func nameOr(name *string, otherwise string) string {
	if name == nil {
		return otherwise
	}
	return *name
}
