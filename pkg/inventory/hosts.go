package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Host is a container instance: the EC2 instance's id, and its ARN in a cluster.
type Host struct{ Instance, Cluster, ARN string }

// Hosts tells which of some EC2 instances are container instances, and of which cluster; what is in none is not in the answer. For C
// clusters it costs ceil(C/100) × ListClusters and, for each 100 instances, C × ListContainerInstances, and DescribeContainerInstances
// where there are any.
func (l Lister) Hosts(ctx context.Context, instances []string) ([]Host, error) {
	clusters, err := l.Clusters(ctx)
	if err != nil {
		return nil, err
	}
	var all []Host
	for _, cluster := range clusters {
		for some := range slices.Chunk(instances, hostsACall) {
			found, err := l.hostsIn(ctx, cluster, some)
			if err != nil {
				return nil, fmt.Errorf("finding container instances of cluster %s: %w", cluster, err)
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

// hostsIn are those of one cluster. The filter (developer guide, "Cluster query language") spares reads; what an instance is, its
// description tells.
func (l Lister) hostsIn(ctx context.Context, cluster string, instances []string) (all []Host, err error) {
	in := &ecs.ListContainerInstancesInput{
		Cluster: &cluster, MaxResults: aws.Int32(pageSize), Filter: aws.String("ec2InstanceId in ['" + strings.Join(instances, "', '") + "']"),
	}
	for pages := ecs.NewListContainerInstancesPaginator(l.reader.ECS, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		var gone *types.ClusterNotFoundException
		if errors.As(err, &gone) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if len(page.ContainerInstanceArns) == 0 {
			continue
		}
		out, err := l.reader.ECS.DescribeContainerInstances(ctx, &ecs.DescribeContainerInstancesInput{Cluster: &cluster, ContainerInstances: page.ContainerInstanceArns})
		if err != nil {
			return nil, err
		}
		for _, i := range out.ContainerInstances {
			if id := str(i.Ec2InstanceId); slices.Contains(instances, id) {
				all = append(all, Host{id, cluster, str(i.ContainerInstanceArn)})
			}
		}
	}
	return all, nil
}

// On are the tasks without an interface of their own that shall run on container instances: for each of them one ListTasks and one
// DescribeTasks for each 100 tasks, and one DescribeNetworkInterfaces for each 200 instances.
func (l Lister) On(ctx context.Context, hosts []Host) ([]Placed, error) {
	found := listing{ecs: l.reader.ECS}
	for _, h := range hosts {
		before := len(found.uses)
		in := ecs.ListTasksInput{Cluster: &h.Cluster, ContainerInstance: &h.ARN}
		if err := eachTask(ctx, l.reader.ECS, in, func(t types.Task) { found.task(h.Cluster, t) }); err != nil {
			return nil, err
		}
		for _, u := range found.uses[before:] {
			u.instance, u.cluster = h.Instance, h.Cluster
		}
	}
	found.uses = slices.DeleteFunc(found.uses, func(u *use) bool { return u.host == "" })
	piece, err := l.piece(ctx, found, "")
	return piece.Placed, err
}
