package inventory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Services reads the services of these names, "cluster/name" each, and nothing else: a snapshot without tasks. It costs
// ceil(n/10) × DescribeServices for the n services of a cluster, and what [Reader.Snapshot] costs for those without groups. A
// name without a cluster can be in any, and then the whole account is listed. What is gone is no error.
func (r Reader) Services(ctx context.Context, names []string) (Snapshot, error) {
	byCluster := map[string][]string{}
	for _, n := range names {
		cluster, name, ok := strings.Cut(n, "/")
		if !ok {
			return r.Snapshot(ctx)
		}
		byCluster[cluster] = append(byCluster[cluster], name)
	}
	l := listing{ecs: r.ECS}
	for _, cluster := range slices.Sorted(maps.Keys(byCluster)) {
		if err := l.named(ctx, cluster, byCluster[cluster]); err != nil {
			return Snapshot{}, err
		}
	}
	if err := (network{ec2: r.EC2, homes: r.Homes}).resolve(ctx, l.uses); err != nil {
		return Snapshot{}, err
	}
	return Snapshot{uses: l.uses, bindings: l.bindings, definitions: &definitions{describe: r.Definitions}}, nil
}

// named lists services of one cluster by their names.
func (l *listing) named(ctx context.Context, cluster string, names []string) error {
	for some := range slices.Chunk(names, servicesACall) {
		out, err := l.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: some})
		var gone *types.ClusterNotFoundException
		if errors.As(err, &gone) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("describing services of cluster %s: %w", cluster, err)
		}
		for _, s := range out.Services {
			l.service(cluster, s)
		}
	}
	return nil
}

// GroupsOfService returns the ids of the groups of a service, of all its deployments and task sets, sorted. The name is
// "cluster/name", or the name alone for the services of all clusters that have it.
func (s Snapshot) GroupsOfService(name string) []string {
	var found []string
	for _, u := range s.ofService(name) {
		found = append(found, u.groups...)
	}
	return sorted(found)
}

// FamiliesOfService returns the families that a service runs, or would run, sorted. The name is that of GroupsOfService.
func (s Snapshot) FamiliesOfService(name string) []string {
	var found []string
	for _, u := range s.ofService(name) {
		found = append(found, familyOf(u.definition))
	}
	return sorted(found)
}

func (s Snapshot) ofService(name string) []*use {
	var found []*use
	for _, u := range s.uses {
		if u.by == "service" && (u.name == name || !strings.Contains(name, "/") && strings.HasSuffix(u.name, "/"+name)) {
			found = append(found, u)
		}
	}
	return found
}

// Guards returns the groups of network interfaces ("eni-…") and of EC2 instances ("i-…"), by these ids: one
// DescribeNetworkInterfaces for each 200 of a kind. An instance's groups are those of the interfaces that it uses itself, not
// those of tasks. What is gone has none.
func (r Reader) Guards(ctx context.Context, ids []string) (map[string][]string, error) {
	var interfaces, instances []string
	for _, id := range ids {
		if strings.HasPrefix(id, "eni-") {
			interfaces = append(interfaces, id)
		} else {
			instances = append(instances, id)
		}
	}
	n := network{ec2: r.EC2}
	found, err := n.guards(ctx, sorted(interfaces))
	if err != nil {
		return nil, err
	}
	hosts, err := n.hosts(ctx, sorted(instances), nil)
	maps.Copy(found, hosts)
	return found, err
}
