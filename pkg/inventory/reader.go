package inventory

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/firewarden/firewarden/pkg/rules"
)

// ECS is what a Reader needs of ECS; *ecs.Client has it.
type ECS interface {
	Services
	Tasks
}

// Services are the calls that list clusters and their services.
type Services interface {
	ListClusters(context.Context, *ecs.ListClustersInput, ...func(*ecs.Options)) (*ecs.ListClustersOutput, error)
	ListServices(context.Context, *ecs.ListServicesInput, ...func(*ecs.Options)) (*ecs.ListServicesOutput, error)
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
}

// Tasks are the calls that list tasks and the instances that they run on.
type Tasks interface {
	ListTasks(context.Context, *ecs.ListTasksInput, ...func(*ecs.Options)) (*ecs.ListTasksOutput, error)
	DescribeTasks(context.Context, *ecs.DescribeTasksInput, ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error)
	ListContainerInstances(context.Context, *ecs.ListContainerInstancesInput, ...func(*ecs.Options)) (*ecs.ListContainerInstancesOutput, error)
	DescribeContainerInstances(context.Context, *ecs.DescribeContainerInstancesInput, ...func(*ecs.Options)) (*ecs.DescribeContainerInstancesOutput, error)
}

// EC2 is what a Reader needs of EC2; *ec2.Client has it.
type EC2 interface {
	DescribeNetworkInterfaces(context.Context, *ec2.DescribeNetworkInterfacesInput, ...func(*ec2.Options)) (*ec2.DescribeNetworkInterfacesOutput, error)
	DescribeSubnets(context.Context, *ec2.DescribeSubnetsInput, ...func(*ec2.Options)) (*ec2.DescribeSubnetsOutput, error)
	DescribeSecurityGroups(context.Context, *ec2.DescribeSecurityGroupsInput, ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupsOutput, error)
}

// Reader reads services and tasks of one account in one Region. It keeps nothing between calls but its Homes.
type Reader struct {
	ECS ECS
	EC2 EC2
	// Events and Schedules tell which tasks are started by rules of EventBridge and by schedules.
	Events    EventBridge
	Schedules Scheduler
	// Keys, where set, are those of what is known to start tasks so: a Snapshot reads it, and lists nothing of the kind, for an account
	// may have a million schedules that start no task. [Reader.Started] lists.
	Keys func(context.Context) ([]string, error)
	// Definitions describes a task definition by its ARN, or the latest active one of a family. NotFound, where set, says of its errors
	// that there is none, which is an error where a service or a task names it.
	Definitions func(ctx context.Context, ref string) (rules.Definition, error)
	NotFound    func(error) bool
	// Homes, where set, keeps what subnets' default groups are between calls.
	Homes *Homes
}

// Snapshot lists all clusters once. Services and tasks that come or go meanwhile may be in it or not; what is gone is no
// error. It needs the List and Describe actions of [ECS] and [EC2]; errors are theirs, wrapped.
func (r Reader) Snapshot(ctx context.Context) (Snapshot, error) {
	l := listing{ecs: r.ECS}
	if err := l.clusters(ctx); err != nil {
		return Snapshot{}, err
	}
	scheduled, err := r.known(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	l.uses = append(l.uses, scheduled...)
	if err := (network{ec2: r.EC2, homes: r.Homes}).resolve(ctx, l.uses); err != nil {
		return Snapshot{}, err
	}
	return Snapshot{uses: l.uses, bindings: l.bindings, published: l.published, definitions: &definitions{describe: r.Definitions, notFound: r.NotFound}, ec2: r.EC2}, nil
}

// known are the uses of what is known to start tasks, but of what may not be read: its tasks are listed once they run.
func (r Reader) known(ctx context.Context) ([]*use, error) {
	if r.Keys == nil {
		return nil, nil
	}
	keys, err := r.Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking what starts tasks: %w", err)
	}
	uses, err := r.Lister().started(ctx, keys)
	if IsUnanswered(err) {
		return uses, nil
	}
	return uses, err
}

// Started lists all that schedules and rules of EventBridge start in the account's clusters, and nothing else. Where some of it may not be
// read, the rest is in the snapshot, beside an error of which [IsUnanswered] is true.
func (r Reader) Started(ctx context.Context) (Snapshot, error) {
	clusters, err := r.Lister().Clusters(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	uses, refused := r.Lister().starting(ctx, clusters)
	if refused != nil && !IsUnanswered(refused) {
		return Snapshot{}, refused
	}
	if err := (network{ec2: r.EC2, homes: r.Homes}).resolve(ctx, uses); err != nil {
		return Snapshot{}, err
	}
	return Snapshot{uses: uses, definitions: &definitions{describe: r.Definitions, notFound: r.NotFound}, ec2: r.EC2}, refused
}

// UsersOf is [Snapshot.UsersOf] on a listing of its own.
func (r Reader) UsersOf(ctx context.Context, group string) ([]rules.User, error) {
	s, err := r.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return s.UsersOf(ctx, group)
}

// GroupsOf is [Snapshot.GroupsOf] on a listing of its own.
func (r Reader) GroupsOf(ctx context.Context, family string) ([]string, error) {
	s, err := r.Snapshot(ctx)
	return s.GroupsOf(family), err
}

// Bindings is [Snapshot.Bindings] on a listing of its own.
func (r Reader) Bindings(ctx context.Context, family string) ([]rules.Binding, error) {
	s, err := r.Snapshot(ctx)
	return s.Bindings(family), err
}
