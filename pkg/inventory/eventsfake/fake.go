// Package eventsfake is EventBridge and its Scheduler as far as they start tasks: event buses, rules with targets, schedules.
package eventsfake

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	scheduletypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/smithy-go"
)

// Home is the account and Region of all that is there.
const Home = "eu-central-1:123456789012"

// Cloud is an account's event buses and schedules. It implements inventory.EventBridge and inventory.Scheduler.
type Cloud struct {
	// Page is how many names a page holds; 0 is AWS's most, 100.
	Page int
	// Fail, where set, is asked before each call, by the operation's name and how many calls came before.
	Fail func(operation string, before int) error

	mu        sync.Mutex
	buses     []string
	rules     []*rule
	schedules []*scheduler.GetScheduleOutput
	calls     []string
}

type rule struct {
	eventtypes.Rule
	targets []eventtypes.Target
}

// New is an account with the default bus and nothing on it.
func New() *Cloud { return &Cloud{buses: []string{"default"}} }

// AddBus adds an event bus.
func (c *Cloud) AddBus(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buses = append(c.buses, name)
}

// PutRule adds a rule that is enabled to a bus, or gives one that is there other targets.
func (c *Cloud) PutRule(bus, name string, targets ...eventtypes.Target) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.rule(bus, name); r != nil {
		r.targets = targets
		return
	}
	path := name
	if bus != "default" {
		path = bus + "/" + name
	}
	c.rules = append(c.rules, &rule{eventtypes.Rule{
		Name: &name, EventBusName: &bus, State: eventtypes.RuleStateEnabled, Arn: aws.String("arn:aws:events:" + Home + ":rule/" + path),
		ScheduleExpression: aws.String("rate(1 day)"),
	}, targets})
}

// SetRule sets the state of a rule.
func (c *Cloud) SetRule(bus, name string, state eventtypes.RuleState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rule(bus, name).State = state
}

// DeleteRule takes a rule away.
func (c *Cloud) DeleteRule(bus, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rules = slices.DeleteFunc(c.rules, func(r *rule) bool { return *r.EventBusName == bus && *r.Name == name })
}

// PutSchedule adds a schedule with its target, or changes it. Without a group it is in "default", without a state enabled, without an
// expression daily.
func (c *Cloud) PutSchedule(s scheduler.GetScheduleOutput) {
	c.DeleteSchedule(aws.ToString(s.GroupName), *s.Name)
	c.mu.Lock()
	defer c.mu.Unlock()
	s.GroupName = aws.String(cmp.Or(aws.ToString(s.GroupName), "default"))
	s.State = cmp.Or(s.State, scheduletypes.ScheduleStateEnabled)
	s.ScheduleExpression = aws.String(cmp.Or(aws.ToString(s.ScheduleExpression), "rate(1 day)"))
	s.Arn = aws.String("arn:aws:scheduler:" + Home + ":schedule/" + *s.GroupName + "/" + *s.Name)
	c.schedules = append(c.schedules, &s)
}

// DeleteSchedule takes a schedule away.
func (c *Cloud) DeleteSchedule(group, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schedules = slices.DeleteFunc(c.schedules, func(s *scheduler.GetScheduleOutput) bool {
		return *s.GroupName == cmp.Or(group, "default") && *s.Name == name
	})
}

// Calls are the calls so far, each with what it asked for.
func (c *Cloud) Calls() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// Reset forgets the calls.
func (c *Cloud) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = nil
}

// called records a call, and holds the account for it.
func (c *Cloud) called(ctx context.Context, operation string, asked ...string) (release func(), err error) {
	c.mu.Lock()
	before := len(c.calls)
	c.calls = append(c.calls, strings.TrimSpace(operation+" "+strings.Join(asked, " ")))
	if c.Fail != nil {
		err = c.Fail(operation, before)
	}
	return c.mu.Unlock, cmp.Or(err, ctx.Err())
}

func (c *Cloud) rule(bus, name string) *rule {
	for _, r := range c.rules {
		if *r.EventBusName == bus && *r.Name == name {
			return r
		}
	}
	return nil
}

// Denied and Throttled are answers of AWS that fit any call.
func Denied(operation string) error {
	return &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "User: x is not authorized to perform: " + operation}
}

// Throttled is the answer to one call too many.
func Throttled() error {
	return &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}
}

// paged is a page of a list from a token on, at most so many, and the next token.
func paged[T any](c *Cloud, all []T, limit *int32, token *string) ([]T, *string, error) {
	size := int(aws.ToInt32(limit))
	if size < 1 || size > 100 {
		return nil, nil, &smithy.GenericAPIError{Code: "ValidationException", Message: fmt.Sprintf("Value '%d' failed to satisfy constraint: between 1 and 100", size)}
	}
	if c.Page > 0 {
		size = min(size, c.Page)
	}
	begin, err := strconv.Atoi(cmp.Or(aws.ToString(token), "0"))
	if err != nil || begin > len(all) || token != nil && begin == 0 {
		return nil, nil, &smithy.GenericAPIError{Code: "ValidationException", Message: "The token is not valid"}
	}
	end := min(begin+size, len(all))
	if end == len(all) {
		return all[begin:end], nil, nil
	}
	return all[begin:end], aws.String(strconv.Itoa(end)), nil
}

func missing(what string) error {
	return &eventtypes.ResourceNotFoundException{Message: aws.String(what + " does not exist.")}
}
