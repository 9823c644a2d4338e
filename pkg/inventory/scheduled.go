package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	scheduletypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"
)

// EventBridge are the calls that find EventBridge's rules which start tasks; *eventbridge.Client has them.
type EventBridge interface {
	ListEventBuses(context.Context, *eventbridge.ListEventBusesInput, ...func(*eventbridge.Options)) (*eventbridge.ListEventBusesOutput, error)
	ListRules(context.Context, *eventbridge.ListRulesInput, ...func(*eventbridge.Options)) (*eventbridge.ListRulesOutput, error)
	ListRuleNamesByTarget(context.Context, *eventbridge.ListRuleNamesByTargetInput, ...func(*eventbridge.Options)) (*eventbridge.ListRuleNamesByTargetOutput, error)
	ListTargetsByRule(context.Context, *eventbridge.ListTargetsByRuleInput, ...func(*eventbridge.Options)) (*eventbridge.ListTargetsByRuleOutput, error)
	DescribeRule(context.Context, *eventbridge.DescribeRuleInput, ...func(*eventbridge.Options)) (*eventbridge.DescribeRuleOutput, error)
}

// Scheduler are the calls that find schedules which start tasks; *scheduler.Client has them.
type Scheduler interface {
	ListSchedules(context.Context, *scheduler.ListSchedulesInput, ...func(*scheduler.Options)) (*scheduler.ListSchedulesOutput, error)
	GetSchedule(context.Context, *scheduler.GetScheduleInput, ...func(*scheduler.Options)) (*scheduler.GetScheduleOutput, error)
}

// Scheduled is the Cluster of what is placed by a schedule or by a rule of EventBridge: no cluster can be called so. The cluster in
// which the tasks start is the first part of its Name, "prod/GROUP/NAME" or "prod/BUS/NAME"; its Key is By and Name.
const Scheduled = "scheduled tasks"

// What starts tasks: By of a [Placed] and of a rules.User.
const (
	BySchedule = "schedule"
	ByRule     = "EventBridge rule"
)

// readAtOnce is how many schedules or rules are read side by side.
const readAtOnce = 8

// IsUnanswered says that EventBridge or its Scheduler does not tell this caller, now or later: access denied, by AWS or by something on
// the way that is not AWS's, or a Region that has no Scheduler.
func IsUnanswered(err error) bool {
	var api smithy.APIError
	var name *net.DNSError
	var answer interface{ HTTPStatusCode() int }
	switch {
	case errors.As(err, &api):
		return slices.Contains([]string{"AccessDeniedException", "AccessDenied", "UnrecognizedClientException"}, api.ErrorCode())
	case errors.As(err, &name):
		return name.IsNotFound
	}
	return errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusForbidden
}

// Buses lists the names of all event buses: one ListEventBuses for each 100.
func (l Lister) Buses(ctx context.Context) ([]string, error) {
	var names []string
	for token := ""; ; {
		out, err := l.reader.Events.ListEventBuses(ctx, &eventbridge.ListEventBusesInput{Limit: aws.Int32(pageSize), NextToken: from(token)})
		if err != nil {
			return nil, fmt.Errorf("listing event buses: %w", err)
		}
		for _, b := range out.EventBuses {
			names = append(names, str(b.Name))
		}
		if token = str(out.NextToken); token == "" {
			return names, nil
		}
	}
}

// Rules lists 100 rules of an event bus from a token on, and what those that are enabled start in these clusters: one ListRules, and,
// whichever is less, one ListTargetsByRule for each that is enabled, or one ListRuleNamesByTarget a cluster and one ListTargetsByRule
// for each that has a cluster for a target. A rule that matches events counts as much as one on a schedule. A revision without a number
// ("web") is the family's latest active one whenever it starts. A bus that is gone has none. Where some of it may not be read, the rest
// is in the piece, beside an error of which [IsUnanswered] is true.
func (l Lister) Rules(ctx context.Context, bus, token string, clusters []string) (Piece, error) {
	uses, next, err := l.rules(ctx, bus, token, clusters)
	return l.answered(ctx, uses, next, err)
}

// answered is the piece of what was read, beside the error of what may not be.
func (l Lister) answered(ctx context.Context, uses []*use, next string, refused error) (Piece, error) {
	if refused != nil && !IsUnanswered(refused) {
		return Piece{}, refused
	}
	p, err := l.piece(ctx, listing{uses: uses}, next)
	return p, cmp.Or(err, refused)
}

func (l Lister) rules(ctx context.Context, bus, token string, clusters []string) (uses []*use, next string, err error) {
	out, err := l.reader.Events.ListRules(ctx, &eventbridge.ListRulesInput{EventBusName: &bus, Limit: aws.Int32(pageSize), NextToken: from(token)})
	switch {
	case isNotThere(err):
		return nil, "", nil
	case err != nil:
		return nil, "", fmt.Errorf("listing the rules of event bus %s: %w", bus, err)
	}
	var enabled []eventtypes.Rule
	for _, r := range out.Rules {
		if r.State != eventtypes.RuleStateDisabled {
			enabled = append(enabled, r)
		}
	}
	if len(enabled) > len(clusters) {
		if enabled, err = l.withTargets(ctx, bus, enabled, clusters); err != nil {
			return nil, "", err
		}
	}
	uses, err = each(ctx, enabled, func(ctx context.Context, r eventtypes.Rule) ([]*use, error) {
		return l.targets(ctx, bus, str(r.Name), str(r.Arn))
	})
	return within(uses, clusters), str(out.NextToken), err
}

// withTargets are those of some rules that have one of the clusters for a target.
func (l Lister) withTargets(ctx context.Context, bus string, rules []eventtypes.Rule, clusters []string) ([]eventtypes.Rule, error) {
	named := map[string]bool{}
	for _, cluster := range clusters {
		arn := sibling(str(rules[0].Arn), "cluster/"+cluster)
		for token := ""; ; {
			out, err := l.reader.Events.ListRuleNamesByTarget(ctx, &eventbridge.ListRuleNamesByTargetInput{
				EventBusName: &bus, TargetArn: &arn, Limit: aws.Int32(pageSize), NextToken: from(token),
			})
			if err != nil && !isNotThere(err) {
				return nil, fmt.Errorf("listing the rules of event bus %s that start tasks in %s: %w", bus, cluster, err)
			}
			if err == nil {
				for _, name := range out.RuleNames {
					named[name] = true
				}
				token = str(out.NextToken)
			}
			if err != nil || token == "" {
				break
			}
		}
	}
	return slices.DeleteFunc(rules, func(r eventtypes.Rule) bool { return !named[str(r.Name)] }), nil
}

// Schedules lists 100 schedules that are enabled, from a token on, and what they start in these clusters: one ListSchedules, and one
// GetSchedule for each whose target is a cluster, or ECS's RunTask. One that has run for the last time starts nothing. A revision
// without a number is as with [Lister.Rules], and so is what may not be read: a schedule may be encrypted with a key of the account's own.
func (l Lister) Schedules(ctx context.Context, token string, clusters []string) (Piece, error) {
	uses, next, err := l.schedules(ctx, token, clusters)
	return l.answered(ctx, uses, next, err)
}

func (l Lister) schedules(ctx context.Context, token string, clusters []string) (uses []*use, next string, err error) {
	out, err := l.reader.Schedules.ListSchedules(ctx, &scheduler.ListSchedulesInput{
		State: scheduletypes.ScheduleStateEnabled, MaxResults: aws.Int32(pageSize), NextToken: from(token),
	})
	if err != nil {
		return nil, "", fmt.Errorf("listing schedules: %w", err)
	}
	starting := slices.DeleteFunc(out.Schedules, func(s scheduletypes.ScheduleSummary) bool { return s.Target == nil || !startsTasks(str(s.Target.Arn)) })
	uses, err = each(ctx, starting, func(ctx context.Context, s scheduletypes.ScheduleSummary) ([]*use, error) {
		return l.schedule(ctx, str(s.GroupName), str(s.Name))
	})
	return within(uses, clusters), str(out.NextToken), err
}

// Scheduled reads schedules and rules by their keys as they are now: one GetSchedule each, or one DescribeRule and one
// ListTargetsByRule. What is gone, disabled or starts nothing in its cluster any more is not in the answer; where some may not be read,
// the others are, beside an error of which [IsUnanswered] is true.
func (l Lister) Scheduled(ctx context.Context, keys []string) (Piece, error) {
	uses, err := l.started(ctx, keys)
	return l.answered(ctx, uses, "", err)
}

// started are the uses of schedules and rules by their keys.
func (l Lister) started(ctx context.Context, keys []string) ([]*use, error) {
	return each(ctx, keys, func(ctx context.Context, key string) (uses []*use, err error) {
		by, cluster, of, name := parted(key)
		switch by {
		case BySchedule:
			uses, err = l.schedule(ctx, of, name)
		case ByRule:
			uses, err = l.rule(ctx, of, name)
		}
		return within(uses, []string{cluster}), err
	})
}

// starting are the uses of all rules and schedules, beside the first error of what may not be read.
func (l Lister) starting(ctx context.Context, clusters []string) ([]*use, error) {
	buses, refused := l.Buses(ctx)
	if refused != nil && !IsUnanswered(refused) {
		return nil, refused
	}
	lists := []func(token string) ([]*use, string, error){func(token string) ([]*use, string, error) { return l.schedules(ctx, token, clusters) }}
	for _, bus := range buses {
		lists = append(lists, func(token string) ([]*use, string, error) { return l.rules(ctx, bus, token, clusters) })
	}
	var all []*use
	for _, list := range lists {
		for token := ""; ; {
			uses, next, err := list(token)
			if err != nil && !IsUnanswered(err) {
				return nil, err
			}
			refused = cmp.Or(refused, err)
			all = append(all, uses...)
			if token = next; token == "" {
				break
			}
		}
	}
	return all, refused
}

// parted are the parts of a key. A bus may have slashes in its name; schedules, their groups and rules have none.
func parted(key string) (by, cluster, of, name string) {
	at := strings.LastIndexByte(key, ' ')
	by = key[:max(at, 0)]
	cluster, rest, _ := strings.Cut(key[at+1:], "/")
	return by, cluster, rest[:max(strings.LastIndexByte(rest, '/'), 0)], lastPart(rest)
}

// each reads some at a time, and keeps their order. What may not be read leaves the others; its error is beside them.
func each[T any](ctx context.Context, all []T, read func(context.Context, T) ([]*use, error)) ([]*use, error) {
	found, refused := make([][]*use, len(all)), make([]error, len(all))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readAtOnce)
	for i, one := range all {
		g.Go(func() (err error) {
			if found[i], err = read(ctx, one); IsUnanswered(err) {
				refused[i], err = err, nil
			}
			return err
		})
	}
	err := g.Wait()
	return slices.Concat(found...), cmp.Or(err, cmp.Or(refused...))
}

// within are the uses in these clusters: a task that is to start in another one, which is not there, does not.
func within(uses []*use, clusters []string) []*use {
	return slices.DeleteFunc(uses, func(u *use) bool {
		cluster, _, _ := strings.Cut(u.name, "/")
		return !slices.Contains(clusters, cluster)
	})
}

// isNotThere says that a bus, a rule or a schedule is gone.
func isNotThere(err error) bool {
	var rule *eventtypes.ResourceNotFoundException
	var schedule *scheduletypes.ResourceNotFoundException
	return errors.As(err, &rule) || errors.As(err, &schedule)
}
