package inventory

import (
	"context"

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
	// Definitions describes a task definition by its ARN.
	Definitions func(ctx context.Context, ref string) (rules.Definition, error)
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
	if err := (network{ec2: r.EC2, homes: r.Homes}).resolve(ctx, l.uses); err != nil {
		return Snapshot{}, err
	}
	return Snapshot{uses: l.uses, bindings: l.bindings, published: l.published, definitions: &definitions{describe: r.Definitions}, ec2: r.EC2}, nil
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
