package inventory_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	scheduletypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/inventory/eventsfake"
	"github.com/firewarden/firewarden/pkg/local"
)

// account makes event buses, rules and schedules.
type account interface {
	bus(name string)
	rule(bus, name string, state eventtypes.RuleState, targets ...eventtypes.Target)
	schedule(s scheduler.GetScheduleOutput)
}

// TestConformance reads one account on the fake and on the local cloud.
func TestConformance(t *testing.T) {
	t.Run("fake", func(t *testing.T) {
		s := newTimetable(t)
		conform(t, s, fakeAccount{s.Cloud})
	})
	t.Run("moto", func(t *testing.T) {
		python, err := local.Python(filepath.Join("..", ".."))
		ok(t, err)
		cloud, err := local.StartEmulator(t.Context(), python, nil)
		ok(t, err)
		t.Cleanup(cloud.Stop)
		cfg := aws.Config{Region: "eu-central-1", BaseEndpoint: &cloud.URL, Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")}
		a := motoAccount{t, eventbridge.NewFromConfig(cfg), scheduler.NewFromConfig(cfg)}
		s := newTimetable(t)
		s.reader.Events, s.reader.Schedules = a.events, a.schedules
		conform(t, s, a)
	})
}

func conform(t *testing.T, s *timetable, a account) {
	a.bus("orders")
	for i := range 101 { // two pages
		a.rule("default", fmt.Sprintf("r-%03d", i), eventtypes.RuleStateEnabled)
	}
	a.rule("default", "r-007", eventtypes.RuleStateEnabled, s.target("prod", "web:1", s.group), s.target("gone", "web:1", s.group))
	a.rule("default", "r-100", eventtypes.RuleStateEnabled, s.target("prod", "web"))
	a.rule("default", "off", eventtypes.RuleStateDisabled, s.target("prod", "web:1", s.group))
	a.rule("orders", "paid", eventtypes.RuleStateEnabled, s.target("prod", "web:1", s.group))
	a.schedule(s.at("nightly", "prod", "web", s.group))
	off := s.at("off", "prod", "web:1", s.group)
	off.State = scheduletypes.ScheduleStateDisabled
	a.schedule(off)
	past := s.at("past", "prod", "web:1", s.group)
	past.ScheduleExpression = aws.String("at(2020-01-31T12:00:00)")
	a.schedule(past)

	started, err := s.reader.Started(t.Context())
	ok(t, err)
	var got, keys []string
	for _, p := range started.Placed() {
		got, keys = append(got, fmt.Sprint(p.Key, " ", p.Runs)), append(keys, p.Key)
	}
	slices.Sort(got)
	want := []string{
		"EventBridge rule prod/default/r-007 [{web:1 [" + s.group + "] 0}]",
		"EventBridge rule prod/default/r-100 [{web [" + s.standard + "] 0}]",
		"EventBridge rule prod/orders/paid [{web:1 [" + s.group + "] 0}]",
		"schedule prod/default/nightly [{web [" + s.group + "] 0}]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	named, err := s.reader.Lister().Scheduled(t.Context(), append(keys,
		"EventBridge rule prod/default/off", "EventBridge rule prod/default/none", "EventBridge rule prod/gone/none", "schedule prod/default/off", "schedule prod/gone/none"))
	if diff := cmp.Diff(started.Placed(), named.Placed); diff != "" || err != nil {
		t.Errorf("by their keys: %v, %s", err, diff)
	}
	gone, err := s.reader.Lister().Rules(t.Context(), "gone", "", []string{"prod"})
	if err != nil || len(gone.Placed) > 0 {
		t.Errorf("the rules of a bus that is gone: %v, %v", gone, err)
	}
}

type fakeAccount struct{ *eventsfake.Cloud }

func (f fakeAccount) bus(name string)                        { f.AddBus(name) }
func (f fakeAccount) schedule(s scheduler.GetScheduleOutput) { f.PutSchedule(s) }

func (f fakeAccount) rule(bus, name string, state eventtypes.RuleState, targets ...eventtypes.Target) {
	f.PutRule(bus, name, targets...)
	f.SetRule(bus, name, state)
}

// motoAccount is an account on the local cloud.
type motoAccount struct {
	t         *testing.T
	events    *eventbridge.Client
	schedules *scheduler.Client
}

func (m motoAccount) bus(name string) {
	_, err := m.events.CreateEventBus(m.t.Context(), &eventbridge.CreateEventBusInput{Name: &name})
	ok(m.t, err)
}

func (m motoAccount) rule(bus, name string, state eventtypes.RuleState, targets ...eventtypes.Target) {
	_, err := m.events.PutRule(m.t.Context(), &eventbridge.PutRuleInput{
		EventBusName: &bus, Name: &name, State: state, EventPattern: aws.String(`{"source":["nobody"]}`), // a rule without any would get every event (E06)
	})
	ok(m.t, err)
	for i := range targets {
		targets[i].Id = aws.String(strconv.Itoa(i))
		targets[i].RoleArn = aws.String("arn:aws:iam::123456789012:role/starts")
	}
	if len(targets) > 0 {
		_, err = m.events.PutTargets(m.t.Context(), &eventbridge.PutTargetsInput{EventBusName: &bus, Rule: &name, Targets: targets})
		ok(m.t, err)
	}
}

func (m motoAccount) schedule(s scheduler.GetScheduleOutput) {
	s.Target.RoleArn = aws.String("arn:aws:iam::123456789012:role/starts")
	if s.ScheduleExpression == nil {
		s.ScheduleExpression = aws.String("rate(1 day)")
	}
	_, err := m.schedules.CreateSchedule(m.t.Context(), &scheduler.CreateScheduleInput{
		Name: s.Name, State: s.State, ScheduleExpression: s.ScheduleExpression, Target: s.Target,
		FlexibleTimeWindow: &scheduletypes.FlexibleTimeWindow{Mode: scheduletypes.FlexibleTimeWindowModeOff},
	})
	ok(m.t, err)
}
