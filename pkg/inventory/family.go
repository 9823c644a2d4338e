package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Family reads who runs a family: these services, "cluster/name" each, the family's tasks in all clusters, the services that those tasks
// belong to, and these schedules and rules, by their keys, but those that may not be read ([IsUnanswered]). Bindings, Published and Runs of the snapshot are right for this family, and for nothing else. What is gone is no
// error. For C clusters and the n services of each it costs
//
//	ceil(C/100) × ListClusters
//	C × (ListTasks + ceil(tasks/100) × DescribeTasks + ceil(n/10) × DescribeServices)
//
// for each schedule GetSchedule, for each rule DescribeRule and ListTargetsByRule, and for tasks without an interface of their own ceil(instances/100) × DescribeContainerInstances. What a service at zero tasks runs,
// only its being named tells.
func (r Reader) Family(ctx context.Context, family string, services, scheduled []string) (Snapshot, error) {
	l := listing{ecs: r.ECS}
	clusters, err := r.Lister().Clusters(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	if l.uses, err = r.Lister().started(ctx, scheduled); err != nil && !IsUnanswered(err) {
		return Snapshot{}, err
	}
	for _, cluster := range clusters {
		if err := l.family(ctx, cluster, family, services); err != nil {
			return Snapshot{}, fmt.Errorf("reading who runs %s: %w", family, err)
		}
	}
	return Snapshot{uses: l.uses, bindings: l.bindings, published: l.published, definitions: &definitions{describe: r.Definitions, notFound: r.NotFound}, ec2: r.EC2}, nil
}

// family adds what runs a family in one cluster; one that was deleted meanwhile is empty.
func (l *listing) family(ctx context.Context, cluster, family string, services []string) error {
	before := len(l.uses)
	err := l.tasks(ctx, cluster, family)
	if err == nil {
		err = l.hosts(ctx, cluster, l.uses[before:])
	}
	var gone *types.ClusterNotFoundException
	if errors.As(err, &gone) {
		return nil
	}
	if err != nil {
		return err
	}
	var names []string
	for _, name := range services {
		if in, service, _ := strings.Cut(name, "/"); in == cluster {
			names = append(names, service)
		}
	}
	for _, u := range l.uses[before:] {
		if u.service != "" {
			names = append(names, lastPart(u.service))
		}
	}
	return l.named(ctx, cluster, sorted(slices.Clone(names)))
}
