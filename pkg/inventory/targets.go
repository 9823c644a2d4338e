package inventory

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	scheduletypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
)

// runTask is the universal target of the Scheduler that calls ECS's RunTask with the schedule's input.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
const runTask = ":scheduler:::aws-sdk:ecs:runTask"

// start is a task that is to be started.
type start struct {
	cluster, definition string
	subnets, groups     []string
}

// The forms of what ECS can start: a family or a revision, security groups and subnets. EventBridge takes any text.
var (
	startForm  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}(:[1-9][0-9]{0,9})?$`)
	groupForm  = regexp.MustCompile(`^sg-[0-9a-f]{8,17}$`)
	subnetForm = regexp.MustCompile(`^subnet-[0-9a-f]{8,17}$`)
)

// mostPlaces is more subnets than ECS takes, and more groups than an interface can have, whatever an account's quota is: a call of RunTask
// has room for thousands.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
const mostPlaces = 16

// isPlace says whether ECS could start a task there.
func isPlace(form *regexp.Regexp, ids []string) bool {
	return len(ids) <= mostPlaces && !slices.ContainsFunc(ids, func(id string) bool { return !form.MatchString(id) })
}

// uses is the start as a use of who has an ARN of its own; none where ECS would refuse it. Without groups, the task gets its VPC's default
// one; without subnets it has no interface of its own.
func (s start) uses(by, name, own string) []*use {
	d, ok := definition(s.definition, own)
	if !ok || !isPlace(groupForm, s.groups) || !isPlace(subnetForm, s.subnets) {
		return nil
	}
	return []*use{{by: by, name: lastPart(s.cluster) + "/" + name, scheduled: true, definition: d, groups: s.groups, subnet: first(s.subnets)}}
}

// definition is the ARN of the revision that something names, by its ARN or by itself, or the family where it names that.
func definition(ref, own string) (string, bool) {
	name, found := strings.CutPrefix(ref, sibling(own, "task-definition/"))
	switch {
	case !found && strings.HasPrefix(ref, "arn:"), !startForm.MatchString(name): // another account's or Region's, or none
		return "", false
	case strings.Contains(name, ":"):
		return sibling(own, "task-definition/"+name), true
	}
	return name, true
}

// sibling is the ARN of a resource of ECS in the account and Region of another one.
func sibling(own, resource string) string {
	a, _ := arn.Parse(own) // of AWS's own answer
	a.Service, a.Resource = "ecs", resource
	return a.String()
}

// rule reads what a rule starts now; nothing where it is disabled or gone.
func (l Lister) rule(ctx context.Context, bus, name string) ([]*use, error) {
	out, err := l.reader.Events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{EventBusName: &bus, Name: &name})
	switch {
	case isNotThere(err), err == nil && out.State == eventtypes.RuleStateDisabled:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("describing rule %s of event bus %s: %w", name, bus, err)
	}
	return l.targets(ctx, bus, name, str(out.Arn))
}

// targets reads what a rule starts, by its targets.
func (l Lister) targets(ctx context.Context, bus, name, own string) ([]*use, error) {
	var uses []*use
	for token := ""; ; {
		out, err := l.reader.Events.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{
			EventBusName: &bus, Rule: &name, Limit: aws.Int32(pageSize), NextToken: from(token),
		})
		switch {
		case isNotThere(err):
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("listing the targets of rule %s of event bus %s: %w", name, bus, err)
		}
		for _, t := range out.Targets {
			p := t.EcsParameters
			if p == nil || !isOwn(str(t.Arn), own) {
				continue
			}
			s := start{cluster: str(t.Arn), definition: str(p.TaskDefinitionArn)}
			if n := p.NetworkConfiguration; n != nil && n.AwsvpcConfiguration != nil {
				s.subnets, s.groups = n.AwsvpcConfiguration.Subnets, n.AwsvpcConfiguration.SecurityGroups
			}
			uses = append(uses, s.uses(ByRule, bus+"/"+name, own)...)
		}
		if token = str(out.NextToken); token == "" {
			return uses, nil
		}
	}
}

// schedule reads what a schedule starts now; nothing where it is disabled, over or gone.
func (l Lister) schedule(ctx context.Context, group, name string) ([]*use, error) {
	out, err := l.reader.Schedules.GetSchedule(ctx, &scheduler.GetScheduleInput{GroupName: &group, Name: &name})
	switch {
	case isNotThere(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading schedule %s of group %s: %w", name, group, err)
	case out.State == scheduletypes.ScheduleStateDisabled, out.Target == nil, isOver(out, time.Now()):
		return nil, nil
	}
	s := start{cluster: str(out.Target.Arn)}
	switch p := out.Target.EcsParameters; {
	case strings.HasSuffix(s.cluster, runTask):
		s = called(str(out.Target.Input))
	case p == nil || !isOwn(s.cluster, str(out.Arn)):
		return nil, nil
	default:
		s.definition = str(p.TaskDefinitionArn)
		if n := p.NetworkConfiguration; n != nil && n.AwsvpcConfiguration != nil {
			s.subnets, s.groups = n.AwsvpcConfiguration.Subnets, n.AwsvpcConfiguration.SecurityGroups
		}
	}
	return s.uses(BySchedule, group+"/"+name, str(out.Arn)), nil
}

// called is what a call of RunTask with this input starts; nothing where it is no such input.
func called(input string) start {
	var in struct {
		Cluster, TaskDefinition string
		NetworkConfiguration    struct {
			AwsvpcConfiguration struct{ Subnets, SecurityGroups []string }
		}
	}
	if json.Unmarshal([]byte(input), &in) != nil {
		return start{}
	}
	if in.Cluster == "" {
		in.Cluster = "default"
	}
	vpc := in.NetworkConfiguration.AwsvpcConfiguration
	return start{in.Cluster, in.TaskDefinition, vpc.Subnets, vpc.SecurityGroups}
}

// startsTasks says whether a schedule's target is a cluster, or ECS's RunTask.
func startsTasks(target string) bool {
	a, err := arn.Parse(target)
	return err == nil && a.Service == "ecs" && strings.HasPrefix(a.Resource, "cluster/") || strings.HasSuffix(target, runTask)
}

// isOwn says whether a target is a cluster of the account and Region of who has it.
func isOwn(target, own string) bool {
	t, err := arn.Parse(target)
	o, err2 := arn.Parse(own)
	return err == nil && err2 == nil && startsTasks(target) && t.Region == o.Region && t.AccountID == o.AccountID
}

// overAfter is how long a schedule may still start something after its time: half a day of time zone, a day of flexible window and a
// day of retries, the most that the Scheduler allows of each, and some.
const overAfter = 72 * time.Hour

// isOver says whether a schedule has surely started what it starts for the last time: one-time schedules stay, enabled, unless they are
// to be deleted. EndDate counts for the others only.
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html
func isOver(s *scheduler.GetScheduleOutput, now time.Time) bool {
	if at, once := strings.CutPrefix(str(s.ScheduleExpression), "at("); once {
		last, err := time.Parse("2006-01-02T15:04:05)", at)
		return err == nil && now.Sub(last) > overAfter
	}
	return s.EndDate != nil && now.Sub(*s.EndDate) > overAfter
}
