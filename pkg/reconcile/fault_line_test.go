package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/notify"
	"github.com/firewarden/firewarden/pkg/reconcile"
)

// line is the only way out of a remediator: each call to EC2, ECS, the ledger and the topic passes it, in one order, and the
// fault befalls the one that it is planned for.
type line struct {
	mu    sync.Mutex
	calls []string // "ec2 ModifySecurityGroupRules", "ledger put resource", "publish", …
	at    int      // the call that the fault befalls, from 1; 0 for none
	fault fault
	dead  bool
	hit   string // the call that it befell
	seen  func(string)
}

// fault is what befalls a call: befall gets the call's effect, and gives its answer.
type fault struct {
	name   string
	befall func(l *line, effect func() error) error
	// on says which calls it can befall; nil for all.
	on func(call string) bool
}

// death is what a process's death panics with.
type death struct{}

func (death) Error() string { return "this process is dead" }

// die ends the process: nothing that it does from now on, a deferred release included, reaches the world.
func (l *line) die() {
	l.mu.Lock()
	l.dead = true
	l.mu.Unlock()
	panic(death{})
}

func (l *line) pass(call string, effect func() error) error {
	l.mu.Lock()
	if l.dead {
		l.mu.Unlock()
		return death{}
	}
	l.calls = append(l.calls, call)
	struck := len(l.calls) == l.at
	if struck {
		l.hit = call
	}
	l.mu.Unlock()
	if l.seen != nil {
		l.seen(call)
	}
	if struck {
		return l.fault.befall(l, effect)
	}
	return effect()
}

func through[Out any](l *line, call string, do func() (*Out, error)) (out *Out, err error) {
	err = l.pass(call, func() error {
		out, err = do()
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// changes says whether a call can change something outside.
func changes(call string) bool {
	return strings.HasPrefix(call, "ledger put") || call == "publish" || slices.ContainsFunc(
		[]string{"Authorize", "Modify", "Revoke", "Register", "Update", "Deregister"}, func(verb string) bool { return strings.Contains(call, " "+verb) })
}

func isLedgerPut(call string) bool { return strings.HasPrefix(call, "ledger put") }

func isAWS(call string) bool { return !strings.HasPrefix(call, "ledger") }

// plain are the faults that any call can have. What takes effect and is then lost differs from a mere error for changes only.
var plain = []fault{
	{name: "error", befall: func(*line, func() error) error { return ec2fake.Broken() }},
	{name: "reset", befall: func(*line, func() error) error { return errors.New("connection reset by peer") }},
	{name: "throttle", befall: func(*line, func() error) error { return ec2fake.Throttled() }, on: isAWS},
	{name: "lost", befall: func(_ *line, effect func() error) error {
		if err := effect(); err != nil {
			return err
		}
		return ec2fake.TimedOut()
	}, on: changes},
	{name: "conflict", befall: func(*line, func() error) error { return ledger.ErrConflict }, on: isLedgerPut},
	{name: "death", befall: func(l *line, _ func() error) error { l.die(); return nil }},
	{name: "death-after", befall: func(l *line, effect func() error) error {
		_ = effect()
		l.die()
		return nil
	}, on: changes},
}

// wiredEC2 is EC2 at the end of the line.
type wiredEC2 struct {
	*ec2fake.Cloud
	l *line
}

func (w wiredEC2) DescribeSecurityGroups(ctx context.Context, in *ec2.DescribeSecurityGroupsInput, o ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupsOutput, error) {
	return through(w.l, "ec2 DescribeSecurityGroups", func() (*ec2.DescribeSecurityGroupsOutput, error) {
		return w.Cloud.DescribeSecurityGroups(ctx, in, o...)
	})
}

func (w wiredEC2) DescribeSecurityGroupRules(ctx context.Context, in *ec2.DescribeSecurityGroupRulesInput, o ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupRulesOutput, error) {
	return through(w.l, "ec2 DescribeSecurityGroupRules", func() (*ec2.DescribeSecurityGroupRulesOutput, error) {
		return w.Cloud.DescribeSecurityGroupRules(ctx, in, o...)
	})
}

func (w wiredEC2) AuthorizeSecurityGroupIngress(ctx context.Context, in *ec2.AuthorizeSecurityGroupIngressInput, o ...func(*ec2.Options)) (*ec2.AuthorizeSecurityGroupIngressOutput, error) {
	return through(w.l, "ec2 AuthorizeSecurityGroupIngress", func() (*ec2.AuthorizeSecurityGroupIngressOutput, error) {
		return w.Cloud.AuthorizeSecurityGroupIngress(ctx, in, o...)
	})
}

func (w wiredEC2) ModifySecurityGroupRules(ctx context.Context, in *ec2.ModifySecurityGroupRulesInput, o ...func(*ec2.Options)) (*ec2.ModifySecurityGroupRulesOutput, error) {
	return through(w.l, "ec2 ModifySecurityGroupRules", func() (*ec2.ModifySecurityGroupRulesOutput, error) {
		return w.Cloud.ModifySecurityGroupRules(ctx, in, o...)
	})
}

func (w wiredEC2) RevokeSecurityGroupIngress(ctx context.Context, in *ec2.RevokeSecurityGroupIngressInput, o ...func(*ec2.Options)) (*ec2.RevokeSecurityGroupIngressOutput, error) {
	return through(w.l, "ec2 RevokeSecurityGroupIngress", func() (*ec2.RevokeSecurityGroupIngressOutput, error) {
		return w.Cloud.RevokeSecurityGroupIngress(ctx, in, o...)
	})
}

// wiredECS is ECS at the end of the line: definitions, and the listing of who uses what.
type wiredECS struct {
	*ecsfake.Cloud
	l *line
}

func (w wiredECS) ListClusters(ctx context.Context, in *ecs.ListClustersInput, o ...func(*ecs.Options)) (*ecs.ListClustersOutput, error) {
	return through(w.l, "ecs ListClusters", func() (*ecs.ListClustersOutput, error) { return w.Cloud.ListClusters(ctx, in, o...) })
}

func (w wiredECS) DescribeServices(ctx context.Context, in *ecs.DescribeServicesInput, o ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	return through(w.l, "ecs DescribeServices", func() (*ecs.DescribeServicesOutput, error) { return w.Cloud.DescribeServices(ctx, in, o...) })
}

func (w wiredECS) DescribeTaskDefinition(ctx context.Context, in *ecs.DescribeTaskDefinitionInput, o ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error) {
	return through(w.l, "ecs DescribeTaskDefinition", func() (*ecs.DescribeTaskDefinitionOutput, error) {
		return w.Cloud.DescribeTaskDefinition(ctx, in, o...)
	})
}

func (w wiredECS) RegisterTaskDefinition(ctx context.Context, in *ecs.RegisterTaskDefinitionInput, o ...func(*ecs.Options)) (*ecs.RegisterTaskDefinitionOutput, error) {
	return through(w.l, "ecs RegisterTaskDefinition", func() (*ecs.RegisterTaskDefinitionOutput, error) {
		return w.Cloud.RegisterTaskDefinition(ctx, in, o...)
	})
}

func (w wiredECS) UpdateService(ctx context.Context, in *ecs.UpdateServiceInput, o ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error) {
	return through(w.l, "ecs UpdateService", func() (*ecs.UpdateServiceOutput, error) { return w.Cloud.UpdateService(ctx, in, o...) })
}

func (w wiredECS) DeregisterTaskDefinition(ctx context.Context, in *ecs.DeregisterTaskDefinitionInput, o ...func(*ecs.Options)) (*ecs.DeregisterTaskDefinitionOutput, error) {
	return through(w.l, "ecs DeregisterTaskDefinition", func() (*ecs.DeregisterTaskDefinitionOutput, error) {
		return w.Cloud.DeregisterTaskDefinition(ctx, in, o...)
	})
}

// wiredLedger is the ledger's store at the end of the line.
type wiredLedger struct {
	ledger.Store
	l *line
}

// Get implements ledger.Store.
func (w wiredLedger) Get(ctx context.Context, key ledger.Key) (d ledger.Doc, err error) {
	err = w.l.pass("ledger get "+key.Family, func() error {
		d, err = w.Store.Get(ctx, key)
		return err
	})
	if err != nil {
		return ledger.Doc{}, err
	}
	return d, nil
}

// List implements ledger.Store.
func (w wiredLedger) List(ctx context.Context, family string) (found []ledger.Doc, err error) {
	err = w.l.pass("ledger list "+family, func() error {
		found, err = w.Store.List(ctx, family)
		return err
	})
	return found, err
}

// Put implements ledger.Store.
func (w wiredLedger) Put(ctx context.Context, in ledger.Write) error {
	return w.l.pass("ledger put "+in.Key.Family, func() error { return w.Store.Put(ctx, in) })
}

// wiredTopic is the topic at the end of the line.
type wiredTopic struct {
	reconcile.Publisher
	l *line
}

// Publish implements reconcile.Publisher.
func (w wiredTopic) Publish(ctx context.Context, n notify.Notice) error {
	return w.l.pass("publish", func() error { return w.Publisher.Publish(ctx, n) })
}

// deliver gives a remediator on this line one delivery of these bodies, and says whether all of it is done: nothing failed, nobody
// death.
func (c *cloud) deliver(l *line, bodies []string, with func(*reconcile.Remediator)) (done bool, err error) {
	r := c.remediator()
	wired := wiredECS{c.ecs, l}
	r.Groups, r.Tasks, r.Services = ec2sg.Store{API: wiredEC2{c.ec2, l}}, ecstask.Store{API: wired}, ecstask.Services{API: wired}
	r.Ledger = ledger.Ledger{Store: wiredLedger{c.ledger, l}}
	inv := c.inventory()
	inv.ECS, inv.Definitions = wired, ecstask.Store{API: wired}.Describe
	inv.Keys = func(ctx context.Context) ([]string, error) { return r.Ledger.Places(ctx, inventory.Scheduled) }
	r.Inventory, r.Onlooker = inv, inv.Lister()
	r.Publisher = wiredTopic{c, l}
	if with != nil {
		with(&r)
	}
	defer func() {
		if cause := recover(); cause != nil {
			if _, ours := cause.(death); !ours {
				err = fmt.Errorf("the remediator panicked: %v", cause)
			}
		}
	}()
	out, err := r.Handle(c.t.Context(), batchOf(bodies...))
	return err == nil && len(out.BatchItemFailures) == 0, err
}
