package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Lister lists an account in pieces, each by itself and from where the last one ended: what a [Snapshot] holds at once, for accounts
// of any size. It is safe for concurrent use.
type Lister struct{ reader Reader }

// Lister lists by this reader.
func (r Reader) Lister() Lister { return Lister{r} }

// Piece is what a listing gave, and the token with which it goes on; "" at its end. Gone says that the cluster is not there.
type Piece struct {
	Placed []Placed
	Next   string
	Gone   bool
}

// Placed is a service or a task, and what it runs behind which groups.
type Placed struct {
	// By and Name are those of rules.User, Key is "service NAME" or "task ID" within Cluster; see [Scheduled] for what is neither.
	By, Name, Cluster, Key string
	// Service is the key of the service that a task belongs to; "" for one that stands alone.
	Service string
	Runs    []Run
}

// Run is a revision ("web:3") behind groups, sorted; none where it has no group that is known. A schedule may name a family alone
// ("web"): its latest active revision whenever it starts.
type Run struct {
	Revision string
	Groups   []string
	// Running is how many of its tasks run behind all of the groups, as the service says or, of a task, 1.
	Running int
}

// Clusters lists the names of all clusters: one ListClusters for each 100.
func (l Lister) Clusters(ctx context.Context) ([]string, error) {
	var names []string
	pages := ecs.NewListClustersPaginator(l.reader.ECS, &ecs.ListClustersInput{MaxResults: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing clusters: %w", err)
		}
		for _, arn := range page.ClusterArns {
			names = append(names, lastPart(arn))
		}
	}
	return names, nil
}

// Services lists 100 services of a cluster from a token on: one ListServices, one DescribeServices for each 10, and for services
// without groups what [Reader.Snapshot] costs for them, once a subnet.
func (l Lister) Services(ctx context.Context, cluster, token string) (Piece, error) {
	out, err := l.reader.ECS.ListServices(ctx, &ecs.ListServicesInput{Cluster: &cluster, MaxResults: aws.Int32(pageSize), NextToken: from(token)})
	if err != nil {
		return ended(err, "listing services of cluster %s: %w", cluster)
	}
	found := listing{ecs: l.reader.ECS}
	for some := range slices.Chunk(out.ServiceArns, servicesACall) {
		out, err := l.reader.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: some})
		if err != nil {
			return ended(err, "describing services of cluster %s: %w", cluster)
		}
		for _, s := range out.Services {
			found.service(cluster, s)
		}
	}
	return l.piece(ctx, found, str(out.NextToken))
}

// Named are services or tasks of a cluster, by their names or ids.
type Named struct {
	Cluster string
	Names   []string
}

// Named reads services, at most 10: one DescribeServices, and for those without groups, unless the reader's Homes know theirs, what
// [Reader.Snapshot] costs for them. What is gone is not in the answer.
func (l Lister) Named(ctx context.Context, n Named) (Piece, error) {
	found := listing{ecs: l.reader.ECS}
	if err := found.named(ctx, n.Cluster, n.Names); err != nil {
		return Piece{}, err
	}
	return l.piece(ctx, found, "")
}

// tasksAPiece is two pages: their interfaces fit into one call.
const tasksAPiece = 2 * tasksACall

// Tasks lists 200 tasks of a cluster that shall run, from a token on: two ListTasks, two DescribeTasks, one
// DescribeNetworkInterfaces, and for tasks on instances without an interface of their own DescribeContainerInstances and
// DescribeNetworkInterfaces.
func (l Lister) Tasks(ctx context.Context, cluster, token string) (Piece, error) {
	found := listing{ecs: l.reader.ECS}
	for listed := 0; listed < tasksAPiece; listed += tasksACall {
		out, err := l.reader.ECS.ListTasks(ctx, &ecs.ListTasksInput{Cluster: &cluster, MaxResults: aws.Int32(pageSize), NextToken: from(token)})
		if err != nil {
			return ended(err, "listing tasks of cluster %s: %w", cluster)
		}
		if err := found.described(ctx, cluster, out.TaskArns); err != nil {
			return ended(err, "listing tasks of cluster %s: %w", cluster)
		}
		if token = str(out.NextToken); token == "" {
			break
		}
	}
	if err := found.hosts(ctx, cluster, found.uses); err != nil {
		return ended(err, "listing tasks of cluster %s: %w", cluster)
	}
	return l.piece(ctx, found, token)
}

// described adds tasks by their ARNs or ids, at most 100.
func (l *listing) described(ctx context.Context, cluster string, tasks []string) error {
	return describeTasks(ctx, l.ecs, cluster, tasks, func(t types.Task) { l.task(lastPart(cluster), t) })
}

// Running reads tasks of a cluster by their ids, at most 100, as Tasks does. What has stopped is not in the answer.
func (l Lister) Running(ctx context.Context, n Named) (Piece, error) {
	found := listing{ecs: l.reader.ECS}
	err := found.described(ctx, n.Cluster, n.Names)
	if err == nil {
		err = found.hosts(ctx, n.Cluster, found.uses)
	}
	if err != nil {
		return ended(err, "describing tasks of cluster %s: %w", n.Cluster)
	}
	return l.piece(ctx, found, "")
}

// Of reads the tasks of a family in a cluster that shall run: one ListTasks and one DescribeTasks for each 100, and the rest as Tasks does.
func (l Lister) Of(ctx context.Context, cluster, family string) (Piece, error) {
	found := listing{ecs: l.reader.ECS}
	err := found.tasks(ctx, cluster, family)
	if err == nil {
		err = found.hosts(ctx, cluster, found.uses)
	}
	if err != nil {
		return ended(err, "reading tasks of cluster %s: %w", cluster)
	}
	return l.piece(ctx, found, "")
}

// ended takes a cluster that was deleted for an empty one.
func ended(err error, format, cluster string) (Piece, error) {
	var gone *types.ClusterNotFoundException
	if errors.As(err, &gone) {
		return Piece{Gone: true}, nil
	}
	return Piece{}, fmt.Errorf(format, cluster, err)
}

// piece puts the uses of one service or task together.
func (l Lister) piece(ctx context.Context, found listing, next string) (Piece, error) {
	if err := (network{ec2: l.reader.EC2, homes: l.reader.Homes}).resolve(ctx, found.uses); err != nil {
		return Piece{}, err
	}
	return Piece{Placed: placed(found.uses), Next: next}, nil
}

// Placed are all services and tasks of a snapshot.
func (s Snapshot) Placed() []Placed { return placed(s.uses) }

func placed(uses []*use) []Placed {
	var all []Placed
	at := map[[2]string]int{}
	for _, u := range uses {
		where := u.place()
		i, seen := at[[2]string{where.Cluster, where.Key}]
		if !seen {
			i = len(all)
			at[[2]string{where.Cluster, where.Key}] = i
			all = append(all, where)
		}
		all[i].add(u)
	}
	return all
}

// place is the place of a use, without what it runs.
func (u *use) place() Placed {
	by, name := u.who()
	if u.scheduled {
		return Placed{By: by, Name: name, Cluster: Scheduled, Key: by + " " + name}
	}
	p := Placed{By: by, Name: name, Cluster: u.cluster, Key: u.by + " " + lastPart(u.name)}
	if u.by == "service" {
		p.Cluster, _, _ = strings.Cut(u.name, "/")
	}
	if u.service != "" {
		p.Service = "service " + lastPart(u.service)
	}
	return p
}

// add adds a use, or its groups and tasks to the run of the same revision. While a service moves from one group to another, nobody's tasks
// are behind both.
func (p *Placed) add(u *use) {
	revision := lastPart(u.definition)
	var was Run
	if i, seen := slices.BinarySearchFunc(p.Runs, revision, runOf); seen {
		was = p.Runs[i]
	}
	p.Add(revision, u.groups)
	i, _ := slices.BinarySearchFunc(p.Runs, revision, runOf)
	run := &p.Runs[i]
	if run.Running = 0; len(was.Groups) == len(run.Groups) {
		run.Running = was.Running
	}
	if len(sorted(slices.Clone(u.groups))) == len(run.Groups) {
		run.Running += u.running
	}
}

func runOf(r Run, revision string) int { return strings.Compare(r.Revision, revision) }

// Add adds a run, or its groups to the same one.
func (p *Placed) Add(revision string, groups []string) {
	i, seen := slices.BinarySearchFunc(p.Runs, revision, runOf)
	if !seen {
		p.Runs = slices.Insert(p.Runs, i, Run{Revision: revision})
	}
	p.Runs[i].Groups = sorted(append(slices.Clone(p.Runs[i].Groups), groups...))
}

func from(token string) *string {
	if token == "" {
		return nil
	}
	return &token
}
