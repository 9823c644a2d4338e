package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
)

// atOnce is how many definitions a loop describes at a time, as many as a sweep's part does.
const atOnce = 16

// loop makes a sweep's reads, and nothing else: no rules, no ledger, no messages.
type loop struct {
	clients
	*account
	mu    sync.Mutex
	known map[string]bool
}

// bare makes the reads of the first sweep in two bare loops, as many as there are workers, and says how much longer the sweep took.
func (b *bench) bare(first result) error {
	l := &loop{clients: newClients(config(b.address, nil)), account: newAccount(b.n), known: map[string]bool{}}
	began := time.Now()
	errs := make([]error, workers+1)
	var all sync.WaitGroup
	all.Go(func() { errs[0] = l.definitions() })
	all.Go(func() { errs[1] = l.clusters() })
	all.Wait()
	errs[workers] = l.starts()
	if err := errors.Join(append(errs, l.groupsRead())...); err != nil {
		return err
	}
	wall := time.Since(began)
	s, err := b.stats()
	if err != nil {
		return err
	}
	fmt.Printf("\nbare loop: %d calls, %s; the sweep took %.2f of that\n", sum(result{stats: s}.calls()), wall.Round(time.Millisecond), float64(first.wall)/float64(wall))
	return nil
}

func (l *loop) definitions() error {
	in := &ecs.ListTaskDefinitionsInput{Status: types.TaskDefinitionStatusActive, Sort: types.SortOrderDesc, MaxResults: aws.Int32(100)}
	var latest []string
	for pages := ecs.NewListTaskDefinitionsPaginator(l.ecs, in); pages.HasMorePages(); {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			return err
		}
		for _, arn := range page.TaskDefinitionArns {
			if strings.HasSuffix(arn, fmt.Sprintf(":%d", revisionsAFamily)) {
				latest = append(latest, last(arn))
			}
		}
	}
	return l.describe(latest)
}

// describe describes those that neither loop has described.
func (l *loop) describe(refs []string) error {
	free := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	var failed error
	for _, ref := range refs {
		l.mu.Lock()
		known := l.known[ref]
		l.known[ref] = true
		l.mu.Unlock()
		if known {
			continue
		}
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			if _, err := l.ecs.DescribeTaskDefinition(context.Background(), &ecs.DescribeTaskDefinitionInput{
				TaskDefinition: &ref, Include: []types.TaskDefinitionField{types.TaskDefinitionFieldTags},
			}); err != nil {
				l.mu.Lock()
				failed = err
				l.mu.Unlock()
			}
		})
	}
	all.Wait()
	return failed
}

func (l *loop) clusters() error {
	out, err := l.ecs.ListClusters(context.Background(), &ecs.ListClustersInput{})
	if err != nil {
		return err
	}
	for _, arn := range out.ClusterArns {
		if err := errors.Join(l.services(last(arn)), l.tasksOf(last(arn))); err != nil {
			return err
		}
	}
	return nil
}

func (l *loop) services(cluster string) error {
	for pages := ecs.NewListServicesPaginator(l.ecs, &ecs.ListServicesInput{Cluster: &cluster, MaxResults: aws.Int32(100)}); pages.HasMorePages(); {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			return err
		}
		var refs []string
		for some := page.ServiceArns; len(some) > 0; some = some[min(10, len(some)):] {
			out, err := l.ecs.DescribeServices(context.Background(), &ecs.DescribeServicesInput{Cluster: &cluster, Services: some[:min(10, len(some))]})
			if err != nil {
				return err
			}
			for _, s := range out.Services {
				refs = append(refs, last(*s.TaskDefinition))
			}
		}
		if err := l.describe(refs); err != nil {
			return err
		}
	}
	return nil
}

func (l *loop) tasksOf(cluster string) error {
	var enis []string
	for pages := ecs.NewListTasksPaginator(l.ecs, &ecs.ListTasksInput{Cluster: &cluster, MaxResults: aws.Int32(100)}); pages.HasMorePages(); {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			return err
		}
		out, err := l.ecs.DescribeTasks(context.Background(), &ecs.DescribeTasksInput{Cluster: &cluster, Tasks: page.TaskArns})
		if err != nil {
			return err
		}
		for _, t := range out.Tasks {
			enis = append(enis, *t.Attachments[0].Details[1].Value)
		}
	}
	for ; len(enis) > 0; enis = enis[min(200, len(enis)):] {
		if _, err := l.ec2.DescribeNetworkInterfaces(context.Background(), &ec2.DescribeNetworkInterfacesInput{
			Filters: []ec2types.Filter{{Name: aws.String("network-interface-id"), Values: enis[:min(200, len(enis))]}},
		}); err != nil {
			return err
		}
	}
	return nil
}

// starts lists what starts tasks: nothing does.
func (l *loop) starts() error {
	ctx := context.Background()
	_, err := l.events.ListEventBuses(ctx, &eventbridge.ListEventBusesInput{})
	_, err2 := l.events.ListRules(ctx, &eventbridge.ListRulesInput{})
	_, err3 := l.schedules.ListSchedules(ctx, &scheduler.ListSchedulesInput{})
	return errors.Join(err, err2, err3)
}

// groupsRead reads all groups of the pool, their rules, and the interfaces behind those that are open.
func (l *loop) groupsRead() error {
	var ids []string
	for g := range l.pool {
		ids = append(ids, group(g))
	}
	for ids = append(ids, standardGroup); len(ids) > 0; ids = ids[min(200, len(ids)):] {
		by := []ec2types.Filter{{Name: aws.String("group-id"), Values: ids[:min(200, len(ids))]}}
		_, err := l.ec2.DescribeSecurityGroups(context.Background(), &ec2.DescribeSecurityGroupsInput{Filters: by})
		if err == nil {
			_, err = l.ec2.DescribeSecurityGroupRules(context.Background(), &ec2.DescribeSecurityGroupRulesInput{Filters: by, MaxResults: aws.Int32(1000)})
		}
		if err == nil {
			_, err = l.ec2.DescribeNetworkInterfaces(context.Background(), &ec2.DescribeNetworkInterfacesInput{Filters: open(by[0].Values, l.account)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// open is a filter by those groups that let 24224 in.
func open(ids []string, a *account) []ec2types.Filter {
	var some []string
	for _, id := range ids {
		if id != standardGroup && a.open(ordinal(id)) {
			some = append(some, id)
		}
	}
	return []ec2types.Filter{{Name: aws.String("group-id"), Values: some}}
}
