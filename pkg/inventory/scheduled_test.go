package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	scheduletypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/inventory/eventsfake"
)

const home = "arn:aws:ecs:" + eventsfake.Home + ":"

// timetable is a stage with event buses and schedules.
type timetable struct {
	*stage
	*eventsfake.Cloud
}

func newTimetable(t *testing.T) *timetable {
	t.Helper()
	s := &timetable{newStage(t), eventsfake.New()}
	s.reader.Events, s.reader.Schedules, s.reader.NotFound = s.Cloud, s.Cloud, ecstask.IsNotFound
	return s
}

// target is a rule's target: a task of a definition in a cluster, behind groups.
func (s *timetable) target(cluster, definition string, groups ...string) eventtypes.Target {
	return eventtypes.Target{Id: aws.String("1"), Arn: aws.String(home + "cluster/" + cluster), EcsParameters: &eventtypes.EcsParameters{
		TaskDefinitionArn: aws.String(home + "task-definition/" + definition), LaunchType: eventtypes.LaunchTypeFargate,
		NetworkConfiguration: &eventtypes.NetworkConfiguration{AwsvpcConfiguration: &eventtypes.AwsVpcConfiguration{Subnets: []string{s.subnet}, SecurityGroups: groups}},
	}}
}

// at is a schedule of such a task.
func (s *timetable) at(name, cluster, definition string, groups ...string) scheduler.GetScheduleOutput {
	return scheduler.GetScheduleOutput{Name: &name, Target: &scheduletypes.Target{Arn: aws.String(home + "cluster/" + cluster), EcsParameters: &scheduletypes.EcsParameters{
		TaskDefinitionArn:    aws.String(home + "task-definition/" + definition),
		NetworkConfiguration: &scheduletypes.NetworkConfiguration{AwsvpcConfiguration: &scheduletypes.AwsVpcConfiguration{Subnets: []string{s.subnet}, SecurityGroups: groups}},
	}}}
}

// read is what a piece holds: "NAME runs REVISION [GROUPS]".
func read(p inventory.Piece) []string {
	var all []string
	for _, at := range p.Placed {
		for _, r := range at.Runs {
			all = append(all, fmt.Sprint(at.By, " ", at.Name, " runs ", r.Revision, " ", r.Groups))
		}
	}
	return all
}

func TestRulesAreFoundByTheFewerCalls(t *testing.T) {
	for _, c := range []struct {
		name     string
		rules    int
		clusters []string
		want     string
	}{
		{"no rule", 0, []string{"prod"}, "1 ListRules"},
		{"no more rules than clusters", 2, []string{"prod", "test"}, "1 ListRules, 2 ListTargetsByRule"},
		{"more rules than clusters", 90, []string{"prod", "test"}, "1 ListRules, 2 ListRuleNamesByTarget, 1 ListTargetsByRule"},
		{"no cluster", 90, nil, "1 ListRules"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newTimetable(t)
			for i := range c.rules {
				s.PutRule("default", fmt.Sprintf("r-%02d", i))
			}
			if c.rules > 0 {
				s.PutRule("default", "r-00", s.target("prod", "web:1", s.group))
			}
			piece, err := s.reader.Lister().Rules(t.Context(), "default", "", c.clusters)
			ok(t, err)
			if n := min(c.rules, len(c.clusters), 1); len(piece.Placed) != n {
				t.Errorf("%v, want %d", read(piece), n)
			}
			if got := counts(s.Calls()); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// counts are calls by operation, in the order of the first of each.
func counts(calls []string) string {
	var order []string
	n := map[string]int{}
	for _, call := range calls {
		op, _, _ := strings.Cut(call, " ")
		if n[op]++; n[op] == 1 {
			order = append(order, op)
		}
	}
	for i, op := range order {
		order[i] = fmt.Sprint(n[op], " ", op)
	}
	return strings.Join(order, ", ")
}

func TestOnlySchedulesOfTasksAreRead(t *testing.T) {
	s := newTimetable(t)
	for i := range 150 {
		function := scheduler.GetScheduleOutput{Name: aws.String(fmt.Sprintf("f-%03d", i)), Target: &scheduletypes.Target{Arn: aws.String("arn:aws:lambda:eu-central-1:123456789012:function:f")}}
		s.PutSchedule(function)
	}
	s.PutSchedule(s.at("nightly", "prod", "web:1", s.group))
	first, err := s.reader.Lister().Schedules(t.Context(), "", []string{"prod"})
	ok(t, err)
	second, err := s.reader.Lister().Schedules(t.Context(), first.Next, []string{"prod"})
	ok(t, err)
	if len(first.Placed) != 0 || len(second.Placed) != 1 || second.Next != "" || counts(s.Calls()) != "2 ListSchedules, 1 GetSchedule" {
		t.Errorf("%v and %v, %s", read(first), read(second), counts(s.Calls()))
	}
}

func TestSmallPagesGiveAll(t *testing.T) {
	s := newTimetable(t)
	s.Page = 1
	s.AddBus("orders")
	s.PutRule("orders", "a", s.target("prod", "web:1", s.group), s.target("prod", "web", s.group))
	s.PutRule("orders", "b", s.target("prod", "web:1", s.group))
	s.PutRule("default", "c", s.target("prod", "web:1", s.group))
	s.PutSchedule(s.at("d", "prod", "web:1", s.group))
	s.PutSchedule(s.at("e", "prod", "web:1", s.group))
	all, err := s.reader.Snapshot(t.Context())
	ok(t, err)
	started, err := s.reader.Started(t.Context())
	ok(t, err)
	snapshot := all.With(started)
	users, err := snapshot.UsersOf(t.Context(), s.group)
	ok(t, err)
	var names []string
	for _, u := range users {
		names = append(names, u.By+" "+u.Name+" runs "+u.Definition.Name())
	}
	slices.Sort(names)
	want := []string{
		"EventBridge rule prod/default/c runs web:1", "EventBridge rule prod/orders/a runs web:1", "EventBridge rule prod/orders/a runs web:1",
		"EventBridge rule prod/orders/b runs web:1", "schedule prod/default/d runs web:1", "schedule prod/default/e runs web:1",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	runs := snapshot.Runs("web")
	if len(runs[home+"task-definition/web:1"]) != 5 || !slices.Equal(runs["web"], []string{"EventBridge rule prod/orders/a"}) {
		t.Errorf("runs %v", runs)
	}
}

func TestASnapshotReadsWhatIsKnownAndListsNothing(t *testing.T) {
	s := newTimetable(t)
	s.PutSchedule(s.at("known", "prod", "web", s.group))
	s.PutSchedule(s.at("other", "prod", "web:1", s.group))
	s.reader.Keys = func(context.Context) ([]string, error) {
		return []string{"schedule prod/default/known", "schedule prod/default/gone"}, nil
	}
	users, err := s.reader.UsersOf(t.Context(), s.group)
	ok(t, err)
	if len(users) != 1 || users[0].Name != "prod/default/known" || users[0].Definition.Name() != "web:1" || counts(s.Calls()) != "2 GetSchedule" {
		t.Errorf("%v, %v", users, s.Calls())
	}
	failed := errors.New("no ledger")
	s.reader.Keys = func(context.Context) ([]string, error) { return nil, failed }
	if _, err := s.reader.Snapshot(t.Context()); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
}

func TestAScheduleOfNoDefinitionStartsNothing(t *testing.T) {
	s := newTimetable(t)
	s.PutSchedule(s.at("nightly", "prod", "none", s.group))
	snapshot, err := s.reader.Started(t.Context())
	ok(t, err)
	users, err := snapshot.UsersOf(t.Context(), s.group)
	ok(t, err)
	servers, err := snapshot.ServersOf(t.Context(), s.group)
	if err != nil || len(users)+len(servers) != 0 {
		t.Errorf("users %v, servers %v, %v", users, servers, err)
	}
	s.reader.NotFound = nil
	snapshot, err = s.reader.Started(t.Context())
	ok(t, err)
	if _, err := snapshot.UsersOf(t.Context(), s.group); err == nil {
		t.Error("no error where nobody says that it is none")
	}
}

// TestWhatGoesMeanwhileIsLeftOut takes away what was listed before it is read.
func TestWhatGoesMeanwhileIsLeftOut(t *testing.T) {
	s := newTimetable(t)
	s.PutSchedule(s.at("nightly", "prod", "web:1", s.group))
	s.PutRule("default", "hourly", s.target("prod", "web:1", s.group))
	gone := func(operation string, _ int) error {
		switch operation {
		case "ListTargetsByRule":
			return &eventtypes.ResourceNotFoundException{}
		case "GetSchedule":
			return &scheduletypes.ResourceNotFoundException{}
		}
		return nil
	}
	s.Fail = gone
	snapshot, err := s.reader.Started(t.Context())
	if err != nil || len(snapshot.Groups()) != 0 {
		t.Errorf("groups %v, %v", snapshot.Groups(), err)
	}
	s.Fail = nil
	piece, err := s.reader.Lister().Rules(t.Context(), "gone", "", []string{"prod"})
	if err != nil || len(piece.Placed) != 0 {
		t.Errorf("%v, %v", piece, err)
	}
}

func TestEachFailureIsReturned(t *testing.T) {
	set := func() *timetable {
		s := newTimetable(t)
		s.PutSchedule(s.at("nightly", "prod", "web:1", s.group))
		s.PutRule("default", "hourly", s.target("prod", "web:1", s.group))
		s.PutRule("default", "daily", s.target("prod", "web:1", s.group))
		return s
	}
	for _, operation := range []string{"ListEventBuses", "ListRules", "ListRuleNamesByTarget", "ListTargetsByRule", "ListSchedules", "GetSchedule"} {
		s := set()
		s.Fail = func(op string, _ int) error {
			if op == operation {
				return eventsfake.Throttled()
			}
			return nil
		}
		_, err := s.reader.Started(t.Context())
		if err == nil || inventory.IsUnanswered(err) || !strings.Contains(err.Error(), "Rate exceeded") {
			t.Errorf("%s: got %v", operation, err)
		}
	}
	s := set()
	s.Fail = func(op string, _ int) error { return eventsfake.Denied(op) }
	_, err := s.reader.Lister().Scheduled(t.Context(), []string{"EventBridge rule prod/default/hourly"})
	if !inventory.IsUnanswered(err) {
		t.Errorf("got %v", err)
	}
	answered := func(status int) error {
		return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: errors.New("no JSON")}
	}
	for err, want := range map[error]bool{
		&net.DNSError{Err: "no such host", IsNotFound: true}: true, &net.DNSError{IsTimeout: true}: false,
		answered(http.StatusForbidden): true, answered(http.StatusBadGateway): false, errors.New("no route to host"): false,
	} {
		if inventory.IsUnanswered(fmt.Errorf("listing schedules: %w", err)) != want {
			t.Errorf("%v: want %v", err, want)
		}
	}
}
