package inventory

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// valuesACall is how many values EC2 takes in a filter. Filters, not ids: one id that is gone fails a whole call.
const valuesACall = 200

// network finds the groups of uses that do not name them.
type network struct {
	ec2   EC2
	homes *Homes
}

// Homes are the default groups of subnets that are known already. They never change: a subnet stays in its VPC, and the VPC keeps its
// default group. It is safe for concurrent use; nil knows none and keeps none.
type Homes struct {
	mu     sync.Mutex
	groups map[string]string
}

func (h *Homes) group(subnet string) (string, bool) {
	if h == nil {
		return "", false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	group, known := h.groups[subnet]
	return group, known
}

func (h *Homes) keep(subnet, group string) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.groups == nil {
		h.groups = map[string]string{}
	}
	h.groups[subnet] = group
}

// resolve fills in the groups of tasks, from their interfaces or their instance's, and of services without groups, from their
// VPC's default one.
func (n network) resolve(ctx context.Context, uses []*use) error {
	var enis, subnets, instances []string
	for _, u := range uses {
		enis = append(enis, u.interfaces...)
		if len(u.groups) == 0 && u.subnet != "" {
			subnets = append(subnets, u.subnet)
		}
		if u.instance != "" {
			instances = append(instances, u.instance)
		}
	}
	enis = sorted(enis)
	guards, err := n.guards(ctx, enis)
	if err != nil {
		return err
	}
	hosts, err := n.hosts(ctx, sorted(instances), enis)
	if err != nil {
		return err
	}
	defaults, err := n.defaults(ctx, sorted(subnets))
	if err != nil {
		return err
	}
	for _, u := range uses {
		for _, eni := range u.interfaces {
			u.groups = append(u.groups, guards[eni]...)
		}
		u.groups = append(u.groups, hosts[u.instance]...)
		if group, ok := defaults[u.subnet]; ok && len(u.groups) == 0 {
			u.groups = []string{group}
		}
	}
	return nil
}

// guards are the groups of interfaces.
func (n network) guards(ctx context.Context, enis []string) (map[string][]string, error) {
	found := map[string][]string{}
	err := n.interfaces(ctx, "network-interface-id", enis, func(i types.NetworkInterface) {
		found[str(i.NetworkInterfaceId)] = groupsOf(i)
	})
	if err != nil {
		return nil, fmt.Errorf("describing the network interfaces of tasks: %w", err)
	}
	return found, nil
}

// interfaces gives each interface that has one of the values to see.
func (n network) interfaces(ctx context.Context, name string, values []string, see func(types.NetworkInterface)) error {
	for some := range slices.Chunk(values, valuesACall) {
		pages := ec2.NewDescribeNetworkInterfacesPaginator(n.ec2, &ec2.DescribeNetworkInterfacesInput{
			Filters: []types.Filter{filter(name, some...)},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return err
			}
			for _, i := range page.NetworkInterfaces {
				see(i)
			}
		}
	}
	return nil
}

func groupsOf(i types.NetworkInterface) []string {
	var ids []string
	for _, g := range i.Groups {
		ids = append(ids, str(g.GroupId))
	}
	return ids
}

// defaults are the default groups of the VPCs of subnets, by subnet.
func (n network) defaults(ctx context.Context, subnets []string) (map[string]string, error) {
	home, found := map[string]string{}, map[string]string{}
	subnets = slices.DeleteFunc(subnets, func(subnet string) bool {
		group, known := n.homes.group(subnet)
		if known {
			found[subnet] = group
		}
		return known
	})
	for some := range slices.Chunk(subnets, valuesACall) {
		pages := ec2.NewDescribeSubnetsPaginator(n.ec2, &ec2.DescribeSubnetsInput{Filters: []types.Filter{filter("subnet-id", some...)}})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("describing the subnets of services: %w", err)
			}
			for _, s := range page.Subnets {
				home[str(s.SubnetId)] = str(s.VpcId)
			}
		}
	}
	var vpcs []string
	for _, vpc := range home {
		vpcs = append(vpcs, vpc)
	}
	groups, err := n.defaultGroups(ctx, sorted(vpcs))
	for subnet, vpc := range home {
		if group, ok := groups[vpc]; ok {
			found[subnet] = group
			n.homes.keep(subnet, group)
		}
	}
	return found, err
}

// defaultGroups are the groups that VPCs give to what names none, by VPC.
func (n network) defaultGroups(ctx context.Context, vpcs []string) (map[string]string, error) {
	found := map[string]string{}
	for some := range slices.Chunk(vpcs, valuesACall) {
		pages := ec2.NewDescribeSecurityGroupsPaginator(n.ec2, &ec2.DescribeSecurityGroupsInput{
			Filters: []types.Filter{filter("vpc-id", some...), filter("group-name", "default")},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("describing default security groups: %w", err)
			}
			for _, g := range page.SecurityGroups {
				found[str(g.VpcId)] = str(g.GroupId)
			}
		}
	}
	return found, nil
}

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: &name, Values: values}
}
