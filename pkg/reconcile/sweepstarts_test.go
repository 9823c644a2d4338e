package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	scheduletypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/firewarden/firewarden/pkg/inventory/eventsfake"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
)

const homeOfECS = "arn:aws:ecs:" + eventsfake.Home + ":"

// scheduled makes a schedule that starts a family or a revision behind groups.
func (c *cloud) scheduled(name, definition string, groups ...string) {
	c.events.PutSchedule(scheduler.GetScheduleOutput{Name: &name, Target: &scheduletypes.Target{
		Arn: aws.String(homeOfECS + "cluster/prod"), EcsParameters: &scheduletypes.EcsParameters{
			TaskDefinitionArn: aws.String(homeOfECS + "task-definition/" + definition), NetworkConfiguration: &scheduletypes.NetworkConfiguration{
				AwsvpcConfiguration: &scheduletypes.AwsVpcConfiguration{Subnets: []string{c.subnet}, SecurityGroups: groups},
			},
		},
	}})
}

// starting is a rule's target that starts a family or a revision behind groups; without any, one that has no interface of its own.
func (c *cloud) starting(definition string, groups ...string) eventtypes.Target {
	t := eventtypes.Target{Id: aws.String("1"), Arn: aws.String(homeOfECS + "cluster/prod"), EcsParameters: &eventtypes.EcsParameters{
		TaskDefinitionArn: aws.String(homeOfECS + "task-definition/" + definition),
	}}
	if len(groups) > 0 {
		t.EcsParameters.NetworkConfiguration = &eventtypes.NetworkConfiguration{AwsvpcConfiguration: &eventtypes.AwsVpcConfiguration{Subnets: []string{c.subnet}, SecurityGroups: groups}}
	}
	return t
}

// users are the users of a group by the index, as "BY NAME runs REVISION".
func (c *cloud) users(group string) []string {
	c.t.Helper()
	all, err := c.stack.Ledger.Users(c.t.Context(), group)
	if err != nil {
		c.t.Fatal(err)
	}
	var found []string
	for _, u := range all {
		found = append(found, fmt.Sprint(u.By, " ", u.Name, " runs ", u.Revision))
	}
	return found
}

func TestAGroupThatOnlyAScheduleUsesIsClosed(t *testing.T) {
	for name, start := range map[string]func(*cloud, string){
		"schedule prod/default/nightly": func(c *cloud, g string) { c.scheduled("nightly", "job", g) },
		"EventBridge rule prod/default/nightly": func(c *cloud, g string) {
			c.events.PutRule("default", "nightly", c.starting("job:1", g))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			g := c.group("job", tcp(24224, 24224, "10.0.0.0/8", ""))
			c.register(firelens("job", "awsvpc"))
			start(c, g)
			c.sweep()
			want(t, "entries", c.entries(g), []string(nil))
			want(t, "notices", c.statuses(), []string{"remediated security-group/" + g})
			if evidence := fmt.Sprint(c.notices[0].Findings); !strings.Contains(evidence, name+" runs job:1") {
				t.Errorf("evidence %s", evidence)
			}
			want(t, "scheduled", c.lastSweep().Scheduled, 1)
			c.open(g, tcp(24224, 24224, "10.0.0.0/8", ""))
			c.ecs.Reset()
			c.run(opened(g))
			want(t, "entries after an event", c.entries(g), []string(nil))
		})
	}
}

func TestAScheduleThatIsGoneLeavesTheIndexAndItsFindings(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Cap = rules.Report
	g := c.group("job", tcp(24224, 24224, "10.0.0.0/8", ""))
	c.register(firelens("job", "awsvpc"))
	c.scheduled("nightly", "job", g)
	c.sweep()
	want(t, "users", c.users(g), []string{"schedule prod/default/nightly runs job:1"})
	want(t, "standing", c.wrong(), []string{"FL101 security-group/" + g + " reported"})
	c.register(firelens("job", "awsvpc"))
	c.sweep()
	want(t, "users of a newer revision", c.users(g), []string{"schedule prod/default/nightly runs job:2"})
	c.events.DeleteSchedule("default", "nightly")
	c.sweep()
	want(t, "users", c.users(g), []string(nil))
	want(t, "standing", c.wrong(), []string(nil))
}

// TestAnEventRightsTheIndexOfASchedule deletes it without any event.
func TestAnEventRightsTheIndexOfASchedule(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Cap = rules.Report
	g := c.group("job", tcp(24224, 24224, "10.0.0.0/8", ""))
	c.register(firelens("job", "awsvpc"))
	c.scheduled("nightly", "job", g)
	c.sweep()
	c.events.Reset()
	want(t, "calls of EC2 and ECS", c.calls(opened(g)), 4) // the group, its entries, the family, the interfaces
	want(t, "calls of the Scheduler", c.events.Calls(), []string{"GetSchedule default nightly"})
	c.events.DeleteSchedule("default", "nightly")
	c.run(opened(g))
	want(t, "users", c.users(g), []string(nil))
	want(t, "standing", c.wrong(), []string(nil))
}

func TestAnOlderRevisionThatARuleNamesIsInUse(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Digest = policy.DigestAlways
	c.register(bad("api"))
	c.register(firelens("api", "awsvpc"))
	c.events.PutRule("default", "hourly", c.starting("api:1"))
	c.sweep()
	want(t, "open", len(c.digests[0].Open), 2)
	for _, f := range c.digests[0].Open {
		want(t, "resource", f.Resource, "task-definition/api:1")
	}
	c.events.SetRule("default", "hourly", eventtypes.RuleStateDisabled)
	c.sweep()
	want(t, "open once the rule is disabled", len(c.digests[1].Open), 0)
}

func TestSeveralTargetsOfOneRuleAreOneUserEach(t *testing.T) {
	c := newCloud(t)
	one, other := c.group("one"), c.group("other")
	c.register(firelens("job", "awsvpc"))
	c.register(firelens("job", "awsvpc"))
	c.events.PutRule("default", "all", c.starting("job", one), c.starting("job:2", other), c.starting("job:1", one), c.starting("none", one))
	c.sweep()
	want(t, "users of one", c.users(one), []string{"EventBridge rule prod/default/all runs job:1", "EventBridge rule prod/default/all runs job:2"})
	want(t, "users of the other", c.users(other), []string{"EventBridge rule prod/default/all runs job:2"})
	want(t, "looked", c.lastSweep().Revisions, 2)
}

// TestWhatMayNotBeReadIsSaidAndTheIndexStays denies the calls after a first sweep.
func TestWhatMayNotBeReadIsSaidAndTheIndexStays(t *testing.T) {
	for _, k := range []struct{ operation, what string }{
		{"ListSchedules", "schedules"},
		{"GetSchedule", "schedules"},
		{"ListEventBuses", "rules of EventBridge"},
		{"ListRules", "rules of event bus default"},
		{"", "rules of EventBridge, schedules"},
	} {
		t.Run(k.operation, func(t *testing.T) {
			c := newCloud(t)
			c.stack.Policy.Digest = policy.DigestAlways
			g := c.group("job")
			c.register(firelens("job", "awsvpc"))
			c.scheduled("nightly", "job", g)
			c.events.PutRule("default", "hourly", c.starting("job", g))
			c.sweep()
			before := c.users(g)
			c.events.Fail = func(operation string, _ int) error {
				if operation == k.operation || k.operation == "" {
					return eventsfake.Denied(operation)
				}
				return nil
			}
			c.sweep()
			c.sweep()
			want(t, "users", c.users(g), before)
			want(t, "notices", c.statuses(), []string{"blocked account/starts"})
			want(t, "finished", c.lastSweep().Finished.IsZero(), false)
			if !strings.HasPrefix(c.notices[0].Reason, "not all tasks are known that these start: "+k.what+":") || !slices.Contains(c.digests[2].NotCovered, c.notices[0].Reason) {
				t.Errorf("reason %q, not covered %q", c.notices[0].Reason, c.digests[2].NotCovered)
			}
			c.events.Fail = nil
			c.sweep()
			want(t, "notices", c.statuses(), []string{"blocked account/starts", "resolved account/starts"})
			want(t, "not covered", len(c.digests[3].NotCovered), len(c.digests[0].NotCovered))
		})
	}
}

// TestAScheduleThatMayNotBeReadHidesNoOther has one that is encrypted with a key of the account's own.
func TestAScheduleThatMayNotBeReadHidesNoOther(t *testing.T) {
	c := newCloud(t)
	g := c.group("job")
	c.register(firelens("job", "awsvpc"))
	c.scheduled("a", "job", g)
	c.scheduled("b", "job:1", g)
	denied := false
	c.events.Fail = func(operation string, _ int) error {
		if operation == "GetSchedule" && !denied {
			denied = true
			return eventsfake.Denied("kms:Decrypt")
		}
		return nil
	}
	c.sweep()
	want(t, "users", len(c.users(g)), 1)
	want(t, "notices", c.statuses(), []string{"blocked account/starts"})
}

// stubbornly sweeps, and delivers again what is left.
func (c *cloud) stubbornly() {
	c.t.Helper()
	queue := []string{sweepNow}
	for tries := 0; len(queue) > 0; tries++ {
		if tries > 200 {
			c.t.Fatal("no end")
		}
		body := queue[0]
		queue = queue[1:]
		if failed := c.audit(body); len(failed) > 0 {
			queue = append(queue, body)
		}
		queue, c.shards = append(queue, c.shards...), nil
	}
}

func TestACallThatIsThrottledIsMadeAgain(t *testing.T) {
	c := newCloud(t)
	g := c.group("job")
	c.register(firelens("job", "awsvpc"))
	c.scheduled("nightly", "job", g)
	throttled := 0
	c.events.Fail = func(string, int) error {
		if throttled++; throttled%3 == 1 {
			return eventsfake.Throttled()
		}
		return nil
	}
	c.stubbornly()
	want(t, "users", c.users(g), []string{"schedule prod/default/nightly runs job:1"})
	want(t, "notices", len(c.notices), 0)
}

func TestAFamilyWithoutAnActiveRevisionIsNotStarted(t *testing.T) {
	c := newCloud(t)
	g := c.group("job", tcp(24224, 24224, "10.0.0.0/8", ""))
	arn := c.register(firelens("job", "awsvpc"))
	c.scheduled("nightly", "job", g)
	c.stack.Policy.Cap = rules.Report
	c.sweep()
	if _, err := c.ecs.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: &arn}); err != nil {
		t.Fatal(err)
	}
	c.run(opened(g))
	want(t, "users after an event", c.users(g), []string(nil))
	c.sweep()
	want(t, "users", c.users(g), []string(nil))
	want(t, "standing", c.wrong(), []string(nil))
}

// TestWhatIsSettledIsNotKeptOnceMore: all that starts the latest revisions of families would be in one document, which has 400 KB.
func TestWhatIsSettledIsNotKeptOnceMore(t *testing.T) {
	c := newCloud(t)
	g := c.group("job")
	c.register(firelens("job", "awsvpc"))
	c.scheduled("nightly", "job", g)
	c.indexed()
	want(t, "users", len(c.users(g)), 1)
	kept := 0
	sweep := c.lastSweep()
	for id := range sweep.Parts {
		seen, err := c.stack.Ledger.SeenBy(t.Context(), sweep.ID, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range seen.Places {
			if key == "schedule prod/default/nightly" {
				kept++
			}
		}
	}
	want(t, "kept", kept, 1)
}
