package deployments

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// SettleTime is how long a deployment takes where [Options] say nothing else.
const SettleTime = time.Second

// API is what the controller asks the emulator, past the proxy.
type API interface {
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
	DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error)
}

// Options of a controller.
type Options struct {
	ECS API
	// Send puts an event on the default bus, and does not wait for it.
	Send func(types.PutEventsRequestEntry)
	// Settle is how long a deployment takes to come to rest or to fail; 0 means SettleTime.
	Settle time.Duration
}

// Controller rolls deployments. Make it with New.
type Controller struct {
	o Options

	mu       sync.Mutex
	services map[string]*service // by ARN
	timers   map[*time.Timer]bool
	closed   bool
	running  sync.WaitGroup // what the timers began
}

// New makes a controller that knows no service yet. Close ends what it does in time.
func New(o Options) *Controller {
	if o.Settle == 0 {
		o.Settle = SettleTime
	}
	return &Controller{o: o, services: map[string]*service{}, timers: map[*time.Timer]bool{}}
}

// Close leaves every deployment as it is and waits for what has begun.
func (c *Controller) Close() {
	c.mu.Lock()
	c.closed = true
	for t := range c.timers {
		if t.Stop() {
			c.running.Done()
		}
	}
	clear(c.timers)
	c.mu.Unlock()
	c.running.Wait()
}

// Pending is how many deployments will end in time. One that never does is not counted once its time has come.
func (c *Controller) Pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timers)
}

// Settle completes a service's PRIMARY deployment at once, a rollback, too; the others are gone. One that failed stays as it is.
func (c *Controller) Settle(cluster, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.find(cluster, name); s != nil && s.primary().RolloutState == "IN_PROGRESS" {
		c.settle(s)
	}
}

// Fail lets a service's PRIMARY deployment, in progress, fail at once for this reason (its rolloutStateReason; the circuit
// breaker's if empty). Where neither circuit breaker nor alarms are enabled, nothing happens, ever.
func (c *Controller) Fail(cluster, name, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.find(cluster, name); s != nil && s.primary().RolloutState == "IN_PROGRESS" {
		c.fail(s, reason)
	}
}

// find finds a service that has deployments.
func (c *Controller) find(cluster, name string) *service {
	for arn, s := range c.services {
		if named(arn, cluster, name) && len(s.deployments) > 0 {
			return s
		}
	}
	return nil
}

// begin starts a deployment and the time that it takes. The lock is held, as in all that follow.
func (c *Controller) begin(s *service, d deployment) {
	now := time.Now().UTC()
	s.begin(d, now)
	c.await(s, now)
}

// await tells of the PRIMARY deployment, which is in progress, and sees to its end.
func (c *Controller) await(s *service, now time.Time) {
	c.o.Send(changed(s, "SERVICE_DEPLOYMENT_IN_PROGRESS", *s.primary(), now))
	if c.closed {
		return
	}
	id := s.primary().ID
	c.running.Add(1)
	var timer *time.Timer
	timer = time.AfterFunc(c.o.Settle, func() {
		defer c.running.Done()
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.timers, timer)
		if !c.closed && c.services[s.arn] == s && s.primary().ID == id && s.primary().RolloutState == "IN_PROGRESS" {
			c.end(s)
		}
	})
	c.timers[timer] = true
}

func (c *Controller) end(s *service) {
	if s.primary().doomed {
		c.fail(s, "")
		return
	}
	c.settle(s)
}

func (c *Controller) settle(s *service) {
	now := time.Now().UTC()
	s.settle(now)
	c.o.Send(changed(s, "SERVICE_DEPLOYMENT_COMPLETED", *s.primary(), now))
	c.o.Send(steady(s, now))
}

func (c *Controller) fail(s *service, reason string) {
	if found, _ := s.configuration.detects(); !found {
		return
	}
	if reason == "" {
		reason = failed
	}
	now, lost := time.Now().UTC(), *s.primary()
	back := s.fail(reason, now)
	lost.RolloutStateReason = reason
	c.o.Send(changed(s, "SERVICE_DEPLOYMENT_FAILED", lost, now))
	if back {
		c.await(s, now)
	}
}
