package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// hosts finds EC2's id of the instances that these uses of a cluster run on. An instance outside EC2 (ECS Anywhere: "mi-…") has
// no groups; one that was deregistered meanwhile is a failure in the answer, and no error.
func (l *listing) hosts(ctx context.Context, cluster string, uses []*use) error {
	var arns []string
	for _, u := range uses {
		if u.host != "" {
			arns = append(arns, u.host)
		}
	}
	ids := map[string]string{}
	for some := range slices.Chunk(sorted(arns), hostsACall) {
		out, err := l.ecs.DescribeContainerInstances(ctx, &ecs.DescribeContainerInstancesInput{Cluster: &cluster, ContainerInstances: some})
		if err != nil {
			return fmt.Errorf("describing container instances of cluster %s: %w", cluster, err)
		}
		for _, i := range out.ContainerInstances {
			if id := str(i.Ec2InstanceId); strings.HasPrefix(id, "i-") {
				ids[str(i.ContainerInstanceArn)] = id
			}
		}
	}
	for _, u := range uses {
		u.instance, u.cluster = ids[u.host], lastPart(cluster)
	}
	return nil
}

// hosts are the groups of instances: those of the interfaces that the instance itself uses. Interfaces of awsvpc tasks are
// attached to it as well, and so is the trunk that carries them; nothing that listens on the instance is behind their groups.
func (n network) hosts(ctx context.Context, instances, ofTasks []string) (map[string][]string, error) {
	found := map[string][]string{}
	err := n.interfaces(ctx, "attachment.instance-id", instances, func(i types.NetworkInterface) {
		if _, task := slices.BinarySearch(ofTasks, str(i.NetworkInterfaceId)); task || i.Attachment == nil || madeByECS(i) {
			return
		}
		id := str(i.Attachment.InstanceId)
		found[id] = sorted(append(found[id], groupsOf(i)...))
	})
	if err != nil {
		return nil, fmt.Errorf("describing the network interfaces of container instances: %w", err)
	}
	return found, nil
}

// madeByECS says whether an interface is a task's, whose description is the ARN of its attachment also while the task stops, or
// the trunk of such.
func madeByECS(i types.NetworkInterface) bool {
	about := str(i.Description)
	return i.InterfaceType == types.NetworkInterfaceTypeTrunk || strings.Contains(about, ":ecs:") && strings.Contains(about, ":attachment/")
}
