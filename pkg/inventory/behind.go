package inventory

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Behind is what EC2 says of the network interfaces behind a group.
type Behind struct {
	// Tasks are the ids of those that are tasks', as ECS made them.
	Tasks []string
	// Instances are the ids of the EC2 instances of which one is their own.
	Instances []string
	// Others are those that are neither, in words.
	Others []string
	// Owners are the accounts that own them, by id: a group may be shared, and the tasks behind it be another account's.
	Owners map[string]string
}

// Behind tells what is behind groups, at most 200: one DescribeNetworkInterfaces for each 1,000 interfaces.
func (l Lister) Behind(ctx context.Context, groups []string) (map[string]Behind, error) {
	wanted := map[string]bool{}
	for _, id := range groups {
		wanted[id] = true
	}
	found := map[string]Behind{}
	err := network{ec2: l.reader.EC2}.interfaces(ctx, "group-id", groups, func(i types.NetworkInterface) {
		for _, g := range groupsOf(i) {
			if b := found[g]; wanted[g] {
				b.see(i)
				found[g] = b
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("describing the network interfaces behind %d security groups: %w", len(groups), err)
	}
	return found, nil
}

func (b *Behind) see(i types.NetworkInterface) {
	if b.Owners == nil {
		b.Owners = map[string]string{}
	}
	b.Owners[str(i.NetworkInterfaceId)] = str(i.OwnerId)
	onInstance := i.Attachment != nil && str(i.Attachment.InstanceId) != ""
	switch {
	case i.InterfaceType == types.NetworkInterfaceTypeTrunk: // carries others, and listens on nothing itself
	case madeByECS(i):
		b.Tasks = append(b.Tasks, str(i.NetworkInterfaceId))
	case onInstance:
		if id := str(i.Attachment.InstanceId); !slices.Contains(b.Instances, id) {
			b.Instances = append(b.Instances, id)
		}
	default:
		b.Others = append(b.Others, noTask(i))
	}
}

// noTask says that an interface is no task's, and of which kind it is.
func noTask(i types.NetworkInterface) string {
	return fmt.Sprintf("network interface %s (%s) is no task's", str(i.NetworkInterfaceId), i.InterfaceType)
}

// Attached are the interfaces of services' tasks, those that stop included, and of tasks, by their ids: for each service of a cluster
// and each of the two desired statuses one ListTasks and one DescribeTasks for each 100 tasks, and one DescribeTasks for each 100
// tasks that are named.
func (l Lister) Attached(ctx context.Context, services, tasks Named) (map[string]bool, error) {
	found := map[string]bool{}
	see := func(t ecstypes.Task) {
		for _, eni := range interfaces(t) {
			found[eni] = true
		}
	}
	for _, service := range services.Names {
		for _, status := range []ecstypes.DesiredStatus{ecstypes.DesiredStatusRunning, ecstypes.DesiredStatusStopped} {
			in := ecs.ListTasksInput{Cluster: &services.Cluster, ServiceName: &service, DesiredStatus: status}
			if err := eachTask(ctx, l.reader.ECS, in, see); err != nil {
				return nil, err
			}
		}
	}
	for some := range slices.Chunk(tasks.Names, tasksACall) {
		if err := describeTasks(ctx, l.reader.ECS, tasks.Cluster, some, see); err != nil {
			return nil, err
		}
	}
	return found, nil
}
