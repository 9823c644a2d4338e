package inventory

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// ServersOf names what else behind a group may serve 24224 itself, so that closing the port could break it: a container that is no
// router and maps that port, and a network interface that is neither a task's nor an instance's (a load balancer's, say). Instances are [Lister.Hosts]'
// to tell. It costs one DescribeNetworkInterfaces, by group.
func (s Snapshot) ServersOf(ctx context.Context, group string) ([]string, error) {
	var found []string
	mine := map[string]bool{}
	for _, u := range s.uses {
		for _, eni := range u.interfaces {
			mine[eni] = true
		}
		if !slices.Contains(u.groups, group) {
			continue
		}
		d, there, err := s.definitions.of(ctx, u)
		switch {
		case err != nil:
			return nil, fmt.Errorf("reading who else uses security group %s: %w", group, err)
		case !there:
			continue
		}
		by, name := u.who()
		for _, container := range d.Serving(rules.Port) {
			found = append(found, fmt.Sprintf("container %s of %s %s maps port %d", container, by, name, rules.Port))
		}
	}
	err := network{ec2: s.ec2}.interfaces(ctx, "group-id", []string{group}, func(i types.NetworkInterface) {
		onInstance := i.Attachment != nil && str(i.Attachment.InstanceId) != ""
		if id := str(i.NetworkInterfaceId); !mine[id] && !onInstance && !madeByECS(i) {
			found = append(found, noTask(i))
		}
	})
	if err != nil {
		return nil, fmt.Errorf("describing the network interfaces behind %s: %w", group, err)
	}
	return sorted(found), nil
}
