package eventsfake

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	scheduletypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
)

// ListEventBuses answers as EventBridge does.
func (c *Cloud) ListEventBuses(ctx context.Context, in *eventbridge.ListEventBusesInput, _ ...func(*eventbridge.Options)) (*eventbridge.ListEventBusesOutput, error) {
	release, err := c.called(ctx, "ListEventBuses")
	defer release()
	if err != nil {
		return nil, err
	}
	names, next, err := paged(c, c.buses, in.Limit, in.NextToken)
	out := &eventbridge.ListEventBusesOutput{NextToken: next}
	for _, name := range names {
		out.EventBuses = append(out.EventBuses, eventtypes.EventBus{Name: &name})
	}
	return out, err
}

// ListRules answers as EventBridge does: those of one bus, which has to be there.
func (c *Cloud) ListRules(ctx context.Context, in *eventbridge.ListRulesInput, _ ...func(*eventbridge.Options)) (*eventbridge.ListRulesOutput, error) {
	bus := aws.ToString(in.EventBusName)
	release, err := c.called(ctx, "ListRules", bus)
	defer release()
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains(c.buses, bus):
		return nil, missing("Event bus " + bus)
	}
	var on []eventtypes.Rule
	for _, r := range c.rules {
		if *r.EventBusName == bus {
			on = append(on, r.Rule)
		}
	}
	page, next, err := paged(c, on, in.Limit, in.NextToken)
	return &eventbridge.ListRulesOutput{Rules: page, NextToken: next}, err
}

// ListRuleNamesByTarget answers as EventBridge does: by the whole ARN of a target, also rules that are disabled.
func (c *Cloud) ListRuleNamesByTarget(ctx context.Context, in *eventbridge.ListRuleNamesByTargetInput, _ ...func(*eventbridge.Options)) (*eventbridge.ListRuleNamesByTargetOutput, error) {
	bus, target := aws.ToString(in.EventBusName), aws.ToString(in.TargetArn)
	release, err := c.called(ctx, "ListRuleNamesByTarget", bus, target)
	defer release()
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains(c.buses, bus):
		return nil, missing("Event bus " + bus)
	}
	var names []string
	for _, r := range c.rules {
		if *r.EventBusName == bus && slices.ContainsFunc(r.targets, func(t eventtypes.Target) bool { return aws.ToString(t.Arn) == target }) {
			names = append(names, *r.Name)
		}
	}
	page, next, err := paged(c, names, in.Limit, in.NextToken)
	return &eventbridge.ListRuleNamesByTargetOutput{RuleNames: page, NextToken: next}, err
}

// ListTargetsByRule answers as EventBridge does.
func (c *Cloud) ListTargetsByRule(ctx context.Context, in *eventbridge.ListTargetsByRuleInput, _ ...func(*eventbridge.Options)) (*eventbridge.ListTargetsByRuleOutput, error) {
	bus, name := aws.ToString(in.EventBusName), aws.ToString(in.Rule)
	release, err := c.called(ctx, "ListTargetsByRule", bus, name)
	defer release()
	r := c.rule(bus, name)
	switch {
	case err != nil:
		return nil, err
	case r == nil:
		return nil, missing("Rule " + name)
	}
	page, next, err := paged(c, r.targets, in.Limit, in.NextToken)
	return &eventbridge.ListTargetsByRuleOutput{Targets: page, NextToken: next}, err
}

// DescribeRule answers as EventBridge does.
func (c *Cloud) DescribeRule(ctx context.Context, in *eventbridge.DescribeRuleInput, _ ...func(*eventbridge.Options)) (*eventbridge.DescribeRuleOutput, error) {
	bus, name := aws.ToString(in.EventBusName), aws.ToString(in.Name)
	release, err := c.called(ctx, "DescribeRule", bus, name)
	defer release()
	r := c.rule(bus, name)
	switch {
	case err != nil:
		return nil, err
	case r == nil:
		return nil, missing("Rule " + name)
	}
	return &eventbridge.DescribeRuleOutput{Name: r.Name, Arn: r.Arn, State: r.State, EventBusName: r.EventBusName, ScheduleExpression: r.ScheduleExpression}, nil
}

// ListSchedules answers as the Scheduler does: of a target its ARN only.
func (c *Cloud) ListSchedules(ctx context.Context, in *scheduler.ListSchedulesInput, _ ...func(*scheduler.Options)) (*scheduler.ListSchedulesOutput, error) {
	release, err := c.called(ctx, "ListSchedules")
	defer release()
	if err != nil {
		return nil, err
	}
	var all []scheduletypes.ScheduleSummary
	for _, s := range c.schedules {
		if in.State == "" || s.State == in.State {
			all = append(all, scheduletypes.ScheduleSummary{
				Arn: s.Arn, GroupName: s.GroupName, Name: s.Name, State: s.State, Target: &scheduletypes.TargetSummary{Arn: s.Target.Arn},
			})
		}
	}
	page, next, err := paged(c, all, in.MaxResults, in.NextToken)
	return &scheduler.ListSchedulesOutput{Schedules: page, NextToken: next}, err
}

// GetSchedule answers as the Scheduler does.
func (c *Cloud) GetSchedule(ctx context.Context, in *scheduler.GetScheduleInput, _ ...func(*scheduler.Options)) (*scheduler.GetScheduleOutput, error) {
	group, name := aws.ToString(in.GroupName), aws.ToString(in.Name)
	release, err := c.called(ctx, "GetSchedule", group, name)
	defer release()
	if err != nil {
		return nil, err
	}
	for _, s := range c.schedules {
		if *s.GroupName == group && *s.Name == name {
			out := *s
			return &out, nil
		}
	}
	return nil, &scheduletypes.ResourceNotFoundException{Message: aws.String("Schedule " + name + " does not exist.")}
}
