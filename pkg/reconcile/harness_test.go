package reconcile_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/inventory/eventsfake"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/notify"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// cloud is an account on the strict fakes with both functions' work in it, their queues replaced by slices.
type cloud struct {
	t      *testing.T
	ec2    *ec2fake.Cloud
	ecs    *ecsfake.Cloud
	events *eventsfake.Cloud
	ledger *ledger.Memory
	tasks  ecstask.API // the fake, unless a test denies something
	groups reconcile.GroupStore
	// services is the fake, unless a test denies something.
	services ecstask.ServiceAPI
	// lister and revisions, where set, put something before a sweep's listings.
	lister    func(reconcile.Lister) reconcile.Lister
	revisions func(reconcile.Revisions) reconcile.Revisions
	stack     reconcile.Stack
	vpc       string
	subnet    string

	mu       sync.Mutex
	now      time.Time
	findings []string // bodies on their way to the remediator
	shards   []string
	notices  []notify.Notice
	digests  []notify.Digest
	sweeps   int
	logging  bool
	// publishing, where set, is asked before each notice.
	publishing func() error
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{
		t: t, ec2: ec2fake.New(ec2fake.Settings{}), ecs: ecsfake.New(), events: eventsfake.New(), ledger: &ledger.Memory{},
		now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), logging: true, vpc: ec2fake.DefaultVPC,
	}
	c.ecs.Now = c.clock
	subnet, err := c.ec2.Other().CreateSubnet(t.Context(), &ec2.CreateSubnetInput{VpcId: &c.vpc, CidrBlock: aws.String("10.0.1.0/24")})
	if err != nil {
		t.Fatal(err)
	}
	c.subnet = *subnet.Subnet.SubnetId
	c.stack = reconcile.Stack{
		Account: ec2fake.Owner, Region: "eu-central-1", Name: "firewarden", Policy: policy.Default(), Publisher: c,
		Ledger: ledger.Ledger{Store: c.ledger}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now: c.clock, Wait: c.wait,
	}
	// What is only good practice is not what these tests are about.
	c.stack.Policy.Rules = map[string]rules.Mode{"FL4*": rules.Off, "FL5*": rules.Off}
	c.tasks, c.services, c.groups = c.ecs, c.ecs, ec2sg.Store{API: c.ec2}
	if _, err := c.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("prod")}); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *cloud) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// wait lets time pass at once.
func (c *cloud) wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

// Publish implements reconcile.Publisher.
func (c *cloud) Publish(_ context.Context, n notify.Notice) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.publishing != nil {
		if err := c.publishing(); err != nil {
			return err
		}
	}
	c.notices = append(c.notices, n)
	return nil
}

// PublishDigest implements reconcile.Publisher.
func (c *cloud) PublishDigest(_ context.Context, d notify.Digest) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.publishing != nil {
		if err := c.publishing(); err != nil {
			return err
		}
	}
	c.digests = append(c.digests, d)
	return nil
}

// Logging implements reconcile.Trails.
func (c *cloud) Logging(context.Context) (bool, string, error) {
	return c.logging, "there is no trail", nil
}

type sink func([]string)

// Send implements reconcile.Sink.
func (s sink) Send(_ context.Context, bodies []string) error { s(bodies); return nil }

func (c *cloud) auditor() reconcile.Auditor {
	tasks := ecstask.Store{API: c.tasks}
	a := reconcile.Auditor{
		Stack: c.stack, Tasks: tasks, Groups: ec2sg.Store{API: c.ec2}, Inventory: c.inventory(),
		Findings: sink(func(details []string) {
			c.mu.Lock()
			defer c.mu.Unlock()
			for _, d := range details {
				c.findings = append(c.findings, trigger.Message{DetailType: trigger.DetailTypeFinding, Detail: d}.Body())
			}
		}),
		Sweeper: reconcile.Sweeper{
			Stack: c.stack, Trails: c,
			Lister: c.inventory().Lister(), Pages: ec2sg.Store{API: c.ec2}, Revisions: ecstask.Revisions{API: c.ecs},
			Shards: sink(func(bodies []string) { c.shards = append(c.shards, bodies...) }),
		},
	}
	if c.lister != nil {
		a.Sweeper.Lister = c.lister(a.Sweeper.Lister)
	}
	if c.revisions != nil {
		a.Sweeper.Revisions = c.revisions(a.Sweeper.Revisions)
	}
	return a
}

func (c *cloud) remediator() reconcile.Remediator {
	return reconcile.Remediator{
		Stack: c.stack, Tasks: ecstask.Store{API: c.tasks}, Groups: c.groups, Services: ecstask.Services{API: c.services}, Inventory: c.inventory(), Onlooker: c.inventory().Lister(), Owner: "test",
	}
}

func (c *cloud) inventory() inventory.Reader {
	return inventory.Reader{
		ECS: c.ecs, EC2: c.ecs.Network, Definitions: ecstask.Store{API: c.tasks}.Describe, NotFound: ecstask.IsNotFound, Events: c.events, Schedules: c.events,
		Homes: &inventory.Homes{Book: c.stack.Ledger},
		Keys:  func(ctx context.Context) ([]string, error) { return c.stack.Ledger.Places(ctx, inventory.Scheduled) },
	}
}

func batchOf(bodies ...string) events.SQSEvent {
	var in events.SQSEvent
	for i, b := range bodies {
		in.Records = append(in.Records, events.SQSMessage{MessageId: fmt.Sprintf("m-%d", i), Body: b})
	}
	return in
}

// audit gives the auditor one batch and returns what is to be delivered again.
func (c *cloud) audit(bodies ...string) []events.SQSBatchItemFailure {
	c.t.Helper()
	out, err := c.auditor().Handle(c.t.Context(), batchOf(bodies...))
	if err != nil {
		c.t.Fatal(err)
	}
	return out.BatchItemFailures
}

// remediate gives the remediator all findings on their way, as one batch.
func (c *cloud) remediate() []events.SQSBatchItemFailure {
	c.t.Helper()
	bodies := c.findings
	c.findings = nil
	out, err := c.remediator().Handle(c.t.Context(), batchOf(bodies...))
	if err != nil {
		c.t.Fatal(err)
	}
	return out.BatchItemFailures
}

// run audits and remediates; nothing may be left for another delivery.
func (c *cloud) run(bodies ...string) {
	c.t.Helper()
	if failed := append(c.audit(bodies...), c.remediate()...); len(failed) > 0 {
		c.t.Fatalf("left for another delivery: %v", failed)
	}
}

// statuses are the notices so far as "status resource".
func (c *cloud) statuses() []string {
	var all []string
	for _, n := range c.notices {
		all = append(all, n.Status+" "+n.Resource)
	}
	return all
}
