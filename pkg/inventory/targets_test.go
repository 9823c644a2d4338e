package inventory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	scheduletypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/inventory"
)

func TestWhatASchedulesTargetStarts(t *testing.T) {
	s := newTimetable(t)
	universal := func(input string) scheduler.GetScheduleOutput {
		return scheduler.GetScheduleOutput{Name: aws.String("s"), Target: &scheduletypes.Target{Arn: aws.String("arn:aws:scheduler:::aws-sdk:ecs:runTask"), Input: &input}}
	}
	changed := func(change func(*scheduler.GetScheduleOutput)) scheduler.GetScheduleOutput {
		out := s.at("s", "prod", "web:1", s.group)
		change(&out)
		return out
	}
	own := "schedule prod/default/s runs web:1 [" + s.group + "]"
	for _, c := range []struct {
		name     string
		schedule scheduler.GetScheduleOutput
		want     string
	}{
		{"a revision behind a group", s.at("s", "prod", "web:1", s.group), own},
		{"a family without a number", s.at("s", "prod", "web", s.group), "schedule prod/default/s runs web [" + s.group + "]"},
		{"no group: the VPC's default one", s.at("s", "prod", "web:1"), "schedule prod/default/s runs web:1 [" + s.standard + "]"},
		{"no interface of its own", changed(func(o *scheduler.GetScheduleOutput) { o.Target.EcsParameters.NetworkConfiguration = nil }), "schedule prod/default/s runs web:1 []"},
		{"in a group of schedules", changed(func(o *scheduler.GetScheduleOutput) { o.GroupName = aws.String("night") }), "schedule prod/night/s runs web:1 [" + s.group + "]"},
		{"a cluster that is not there", s.at("s", "gone", "web:1", s.group), ""},
		{"a cluster of another Region", changed(func(o *scheduler.GetScheduleOutput) {
			o.Target.Arn = aws.String("arn:aws:ecs:us-east-1:123456789012:cluster/prod")
		}), ""},
		{"disabled", changed(func(o *scheduler.GetScheduleOutput) { o.State = scheduletypes.ScheduleStateDisabled }), ""},
		{"once, long ago", changed(func(o *scheduler.GetScheduleOutput) { o.ScheduleExpression = aws.String("at(2020-01-31T12:00:00)") }), ""},
		{"once, some day", changed(func(o *scheduler.GetScheduleOutput) { o.ScheduleExpression = aws.String("at(2999-01-31T12:00:00)") }), own},
		{"once, at a time that is not understood", changed(func(o *scheduler.GetScheduleOutput) { o.ScheduleExpression = aws.String("at(noon)") }), own},
		{"ended", changed(func(o *scheduler.GetScheduleOutput) { o.EndDate = aws.Time(time.Now().Add(-4 * 24 * time.Hour)) }), ""},
		{"ended just now, and may be tried again", changed(func(o *scheduler.GetScheduleOutput) { o.EndDate = aws.Time(time.Now().Add(-time.Hour)) }), own},
		{"a function", changed(func(o *scheduler.GetScheduleOutput) {
			o.Target = &scheduletypes.Target{Arn: aws.String("arn:aws:lambda:eu-central-1:123456789012:function:f")}
		}), ""},
		{"a call of RunTask", universal(`{"Cluster":"prod","TaskDefinition":"web:1","NetworkConfiguration":{"AwsvpcConfiguration":{"Subnets":["` + s.subnet + `"],"SecurityGroups":["` + s.group + `"]}}}`), own},
		{"a call of RunTask, by ARNs", universal(`{"Cluster":"` + home + `cluster/prod","TaskDefinition":"` + home + `task-definition/web:1","NetworkConfiguration":{"AwsvpcConfiguration":{"SecurityGroups":["` + s.group + `"]}}}`), own},
		{"a call of RunTask in cluster default, which is not there", universal(`{"TaskDefinition":"web"}`), ""},
		{"a call of RunTask without a definition", universal(`{"Cluster":"prod"}`), ""},
		{"a group that is none", s.at("s", "prod", "web:1", s.group, "sg-*"), ""},
		{"a definition that is none", s.at("s", "prod", "web:01", s.group), ""},
		{"a definition of another account", changed(func(o *scheduler.GetScheduleOutput) {
			o.Target.EcsParameters.TaskDefinitionArn = aws.String("arn:aws:ecs:eu-central-1:999999999999:task-definition/web:1")
		}), ""},
		{"a call of RunTask with any text", universal(`{"Cluster":"prod","TaskDefinition":"<b>web</b>:1\n"}`), ""},
		{"a call of RunTask with more groups than an interface can have", universal(`{"Cluster":"prod","TaskDefinition":"web:1","NetworkConfiguration":{"AwsvpcConfiguration":{"SecurityGroups":["` +
			strings.Repeat(s.group+`","`, 16) + s.group + `"]}}}`), ""},
		{"a call of RunTask in a subnet that EC2 would refuse to look for", universal(`{"Cluster":"prod","TaskDefinition":"web:1","NetworkConfiguration":{"AwsvpcConfiguration":{"Subnets":["subnet-` +
			strings.Repeat("a", 300) + `"]}}}`), ""},
		{"a call of RunTask with half an input", universal(`{"Cluster":"prod"`), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.PutSchedule(c.schedule)
			defer s.DeleteSchedule(aws.ToString(c.schedule.GroupName), "s")
			listed, err := s.reader.Lister().Schedules(t.Context(), "", []string{"prod"})
			ok(t, err)
			if got := strings.Join(read(listed), ", "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			for _, at := range listed.Placed {
				named, err := s.reader.Lister().Scheduled(t.Context(), []string{at.Key})
				ok(t, err)
				if diff := cmp.Diff(listed.Placed, named.Placed); diff != "" || at.Cluster != inventory.Scheduled {
					t.Errorf("%+v by its key: %s", at, diff)
				}
			}
		})
	}
}

func TestWhatARuleStarts(t *testing.T) {
	s := newTimetable(t)
	function := eventtypes.Target{Id: aws.String("2"), Arn: aws.String("arn:aws:lambda:eu-central-1:123456789012:function:f")}
	alone := s.target("prod", "web:1")
	alone.EcsParameters.NetworkConfiguration = nil
	s.AddBus("aws.partner/example.com/orders")
	s.PutRule("default", "several", s.target("prod", "web:1", s.group), function, s.target("prod", "web"), alone, s.target("gone", "web:1", s.group))
	s.PutRule("default", "off", s.target("prod", "web:1", s.group))
	s.SetRule("default", "off", eventtypes.RuleStateDisabled)
	s.PutRule("default", "trails", s.target("prod", "web:1", s.group))
	s.SetRule("default", "trails", eventtypes.RuleStateEnabledWithAllCloudtrailManagementEvents)
	s.PutRule("aws.partner/example.com/orders", "paid", s.target("prod", "web:1", s.group))
	buses, err := s.reader.Lister().Buses(t.Context())
	ok(t, err)
	var got, keys []string
	for _, bus := range buses {
		piece, err := s.reader.Lister().Rules(t.Context(), bus, "", []string{"prod"})
		ok(t, err)
		got = append(got, read(piece)...)
		for _, at := range piece.Placed {
			keys = append(keys, at.Key)
		}
	}
	want := []string{
		"EventBridge rule prod/default/several runs web [" + s.standard + "]",
		"EventBridge rule prod/default/several runs web:1 [" + s.group + "]",
		"EventBridge rule prod/default/trails runs web:1 [" + s.group + "]",
		"EventBridge rule prod/aws.partner/example.com/orders/paid runs web:1 [" + s.group + "]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	named, err := s.reader.Lister().Scheduled(t.Context(), append(keys, "EventBridge rule prod/default/off", "EventBridge rule prod/default/none", "schedule prod/default/none", "nothing"))
	ok(t, err)
	if diff := cmp.Diff(want, read(named)); diff != "" {
		t.Errorf("by their keys: %s", diff)
	}
}
