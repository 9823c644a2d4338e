package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// The most that one call takes or gives (API reference).
const (
	servicesACall = 10  // DescribeServices
	tasksACall    = 100 // DescribeTasks
	hostsACall    = 100 // DescribeContainerInstances
	pageSize      = 100 // the lists; ListServices gives 10 unless asked
)

// listing collects the uses and bindings of all clusters.
type listing struct {
	ecs      ECS
	uses     []*use
	bindings map[string][]rules.Binding
	// published is what running tasks publish of the router's port, by family.
	published map[string][]rules.Publication
}

func (l *listing) clusters(ctx context.Context) error {
	pages := ecs.NewListClustersPaginator(l.ecs, &ecs.ListClustersInput{MaxResults: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("listing clusters: %w", err)
		}
		for _, cluster := range page.ClusterArns {
			if err := l.cluster(ctx, cluster); err != nil {
				return err
			}
		}
	}
	return nil
}

// cluster lists one cluster, services first: a task is left out where its service stands for it. A cluster that was deleted
// meanwhile is empty.
func (l *listing) cluster(ctx context.Context, cluster string) error {
	err := l.services(ctx, cluster)
	before := len(l.uses)
	if err == nil {
		err = l.tasks(ctx, cluster, "")
	}
	if err == nil {
		err = l.hosts(ctx, cluster, l.uses[before:])
	}
	var gone *types.ClusterNotFoundException
	if errors.As(err, &gone) {
		return nil
	}
	return err
}

func (l *listing) services(ctx context.Context, cluster string) error {
	pages := ecs.NewListServicesPaginator(l.ecs, &ecs.ListServicesInput{Cluster: &cluster, MaxResults: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("listing services of cluster %s: %w", cluster, err)
		}
		for some := range slices.Chunk(page.ServiceArns, servicesACall) {
			out, err := l.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: some})
			if err != nil {
				return fmt.Errorf("describing services of cluster %s: %w", cluster, err)
			}
			for _, s := range out.Services {
				l.service(lastPart(cluster), s)
			}
		}
	}
	return nil
}

func (l *listing) service(cluster string, s types.Service) {
	if str(s.Status) == "INACTIVE" { // deleted; a DRAINING one still runs tasks
		return
	}
	name := cluster + "/" + str(s.ServiceName)
	for _, p := range placements(s) {
		if p.definition == "" {
			continue
		}
		u := &use{by: "service", name: name, definition: p.definition, running: int(p.running)}
		if v := p.vpc; v != nil {
			u.groups, u.subnet = v.SecurityGroups, first(v.Subnets)
		}
		l.add(u)
	}
	for family, bound := range bindings(name, s) {
		if l.bindings == nil {
			l.bindings = map[string][]rules.Binding{}
		}
		l.bindings[family] = append(l.bindings[family], bound...)
	}
}

func (l *listing) tasks(ctx context.Context, cluster, family string) error {
	in := ecs.ListTasksInput{Cluster: &cluster}
	if family != "" {
		in.Family = &family
	}
	return eachTask(ctx, l.ecs, in, func(t types.Task) { l.task(lastPart(cluster), t) })
}

// eachTask gives each task of a list to see. Without a desired status ECS lists the tasks that shall run: also those that are
// pending.
func eachTask(ctx context.Context, api ECS, in ecs.ListTasksInput, see func(types.Task)) error {
	in.MaxResults = aws.Int32(pageSize)
	for pages := ecs.NewListTasksPaginator(api, &in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("listing tasks of cluster %s: %w", str(in.Cluster), err)
		}
		for some := range slices.Chunk(page.TaskArns, tasksACall) {
			if err := describeTasks(ctx, api, str(in.Cluster), some, see); err != nil {
				return err
			}
		}
	}
	return nil
}

// describeTasks gives tasks, at most 100, to see; what is gone is not among them.
func describeTasks(ctx context.Context, api ECS, cluster string, arns []string, see func(types.Task)) error {
	if len(arns) == 0 {
		return nil
	}
	out, err := api.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &cluster, Tasks: arns})
	if err != nil {
		return fmt.Errorf("describing tasks of cluster %s: %w", cluster, err)
	}
	for _, t := range out.Tasks {
		see(t)
	}
	return nil
}

// task adds a task. In awsvpc mode it has interfaces of its own, which lead to groups; else, on EC2, it uses those of its
// instance.
func (l *listing) task(cluster string, t types.Task) {
	if str(t.DesiredStatus) == "STOPPED" {
		return
	}
	u := &use{by: "task", name: lastPart(str(t.TaskArn)), definition: str(t.TaskDefinitionArn), interfaces: interfaces(t), running: 1}
	if name, ok := serviceOf(t); ok {
		u.service = cluster + "/" + name
	}
	if !ownInterface(t) {
		u.host = str(t.ContainerInstanceArn)
	}
	l.add(u)
	l.publish(u, t)
}

func (l *listing) add(u *use) { l.uses = append(l.uses, u) }

func str(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
