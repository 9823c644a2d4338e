package inventory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

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
	// Book, where set, keeps them for other processes, too.
	Book   HomeBook
	mu     sync.Mutex
	groups map[string]string
}

// HomeBook keeps the default groups of subnets; "" is that of a subnet which it does not know.
type HomeBook interface {
	Home(ctx context.Context, subnet string) (group string, err error)
	PutHome(ctx context.Context, subnet, group string, now time.Time) error
}

func (h *Homes) group(ctx context.Context, subnet string) (group string, err error) {
	if h == nil {
		return "", nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if group = h.groups[subnet]; group != "" || h.Book == nil {
		return group, nil
	}
	if group, err = h.Book.Home(ctx, subnet); err == nil && group != "" {
		h.add(subnet, group)
	}
	return group, err
}

func (h *Homes) keep(ctx context.Context, subnet, group string) error {
	if h == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.add(subnet, group)
	if h.Book == nil {
		return nil
	}
	return h.Book.PutHome(ctx, subnet, group, time.Now())
}

func (h *Homes) add(subnet, group string) {
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
	var open []string
	for _, subnet := range subnets {
		group, err := n.homes.group(ctx, subnet)
		switch {
		case err != nil:
			return nil, fmt.Errorf("asking for the default group of subnet %s: %w", subnet, err)
		case group == "":
			open = append(open, subnet)
		default:
			found[subnet] = group
		}
	}
	for some := range slices.Chunk(open, valuesACall) {
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
			err = cmp.Or(err, n.homes.keep(ctx, subnet, group))
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
