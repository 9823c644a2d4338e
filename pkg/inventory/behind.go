package inventory

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Behind is what EC2 says of the network interfaces behind a group.
type Behind struct {
	// Tasks is how many of them are tasks', as ECS made them.
	Tasks int
	// Others are those that are neither a task's nor an instance's, in words.
	Others []string
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
	onInstance := i.Attachment != nil && str(i.Attachment.InstanceId) != ""
	switch {
	case madeByECS(i):
		b.Tasks++
	case !onInstance:
		b.Others = append(b.Others, noTask(i))
	}
}

// noTask says that an interface is no task's, and of which kind it is.
func noTask(i types.NetworkInterface) string {
	return fmt.Sprintf("network interface %s (%s) is no task's", str(i.NetworkInterfaceId), i.InterfaceType)
}
