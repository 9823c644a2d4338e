package reconcile_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// slow is an account each page of which takes a while.
type slow struct {
	reconcile.Lister
	reconcile.Revisions
	c    *cloud
	page time.Duration
}

func (s slow) Services(ctx context.Context, cluster, token string) (inventory.Piece, error) {
	s.c.pass(s.page)
	return s.Lister.Services(ctx, cluster, token)
}

func (s slow) Active(ctx context.Context, token string) ([]string, string, error) {
	s.c.pass(s.page)
	return s.Revisions.Active(ctx, token)
}

// TestALongListingGoesOnInAnotherPart once its time is up, and comes to the same: nothing is left out, and nothing is counted twice.
func TestALongListingGoesOnInAnotherPart(t *testing.T) {
	for _, k := range []struct {
		page                  time.Duration
		services, definitions int // parts, for three pages of services and four of definitions
	}{
		{0, 1, 1},
		{9 * time.Second, 1, 1},
		{13 * time.Second, 2, 2},
		{time.Minute, 3, 4},
	} {
		t.Run(k.page.String(), func(t *testing.T) {
			c := newCloud(t)
			for i := range 300 { // the last of the first page and the first of the second are one family's
				c.register(firelens(fmt.Sprintf("f%03d", i), ecstypes.NetworkModeAwsvpc))
			}
			c.register(bad("f200"))
			c.register(ordered("f200"))
			g := c.group("web")
			for i := range 201 {
				c.manned(fmt.Sprintf("s%03d", i), "f000:1", g)
			}
			c.lister = func(l reconcile.Lister) reconcile.Lister { return slow{Lister: l, c: c, page: k.page} }
			c.revisions = func(r reconcile.Revisions) reconcile.Revisions { return slow{Revisions: r, c: c, page: k.page} }
			steps := map[trigger.Step]int{}
			c.audit(sweepNow)
			for len(c.shards) > 0 {
				body := c.shards[0]
				c.shards = c.shards[1:]
				ev, err := trigger.Parse([]byte(body))
				if failed := c.audit(body); err != nil || len(failed) > 0 {
					t.Fatalf("%s: %v", body, err)
				}
				steps[ev.Part.Step]++
			}
			want(t, "parts", []int{steps[trigger.StepServices], steps[trigger.StepDefinitions], steps[trigger.StepTasks]}, []int{k.services, k.definitions, 1})
			want(t, "looked", c.lastSweep().Looked, ledger.Looked{Services: 201, Tasks: 201, Revisions: k.services, Families: 300, Groups: 1, Described: 300})
			want(t, "found", c.foundRules(), []string(nil)) // the revision between two good ones is not taken for the latest
			keys, err := c.stack.Ledger.Places(t.Context(), "prod")
			if err != nil || len(keys) != 201 || slices.ContainsFunc(keys, func(key string) bool { return strings.HasPrefix(key, "task ") }) {
				t.Errorf("%d places %v, %v", len(keys), keys[:min(len(keys), 5)], err)
			}
		})
	}
}

// manned is a service of one task.
func (c *cloud) manned(name, definition string, groups ...string) {
	c.t.Helper()
	_, err := c.ecs.CreateService(c.t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("prod"), ServiceName: &name, TaskDefinition: &definition, DesiredCount: aws.Int32(1),
		NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{Subnets: []string{c.subnet}, SecurityGroups: groups}},
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// many is an account of many families with long names, a page of 100 at a time.
type many struct {
	reconcile.Revisions
	families int
}

func (m many) Active(_ context.Context, token string) (page []string, next string, err error) {
	at := 0
	if token != "" {
		if at, err = strconv.Atoi(token); err != nil {
			return nil, "", err
		}
	}
	for i := at; i < min(at+100, m.families); i++ {
		page = append(page, fmt.Sprintf("%0250d:1", i))
	}
	if at+100 < m.families {
		next = strconv.Itoa(at + 100)
	}
	return page, next, nil
}

// TestWhatAPartHasSeenFitsIntoADocument: DynamoDB takes 400 KB, and refuses more. Revisions that are gone when they are to be judged are left.
func TestWhatAPartHasSeenFitsIntoADocument(t *testing.T) {
	c := newCloud(t)
	c.revisions = func(r reconcile.Revisions) reconcile.Revisions { return many{r, 2000} }
	c.sweepOnly()
	s := c.lastSweep()
	want(t, "families", s.Families, 2000)
	docs, err := c.ledger.List(t.Context(), "seen/"+s.ID)
	if err != nil || len(docs) == 0 {
		t.Fatal(docs, err)
	}
	for _, d := range docs {
		if len(d.Body) > 300_000 {
			t.Errorf("a part has seen %d bytes of names", len(d.Body))
		}
	}
}

// TestTheLatestRevisionIsThatOfTheGreatestNumber, whichever way they are listed.
func TestTheLatestRevisionIsThatOfTheGreatestNumber(t *testing.T) {
	for _, ascending := range []bool{false, true} {
		c := newCloud(t)
		for range 9 {
			c.register(bad("web"))
		}
		c.register(ordered("web"))
		c.register(bad("web-2"))
		if ascending {
			c.revisions = func(r reconcile.Revisions) reconcile.Revisions { return sorted{r} }
		}
		c.sweepOnly()
		want(t, "families", c.lastSweep().Families, 2)
		want(t, "found in web", len(c.onTheBus("task-definition/web")), 0)
		want(t, "found in web-2", len(c.onTheBus("task-definition/web-2")), 2)
	}
}

// sorted is a listing by family and ascending number, on one page.
type sorted struct{ reconcile.Revisions }

func (s sorted) Active(ctx context.Context, token string) ([]string, string, error) {
	page, next, err := s.Revisions.Active(ctx, token)
	slices.Reverse(page)
	return page, next, err
}

// TestAServiceOfARevisionThatIsDeletedIsInTheIndex, as one without a router.
func TestAServiceOfARevisionThatIsDeletedIsInTheIndex(t *testing.T) {
	c := newCloud(t)
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	arn := c.register(firelens("web", ecstypes.NetworkModeAwsvpc))
	c.service("web", arn, g)
	c.tasks = deleted{c.ecs, "web:1"}
	c.sweepOnly()
	users, err := c.stack.Ledger.Users(t.Context(), g)
	if err != nil || len(users) != 1 || users[0].Router != "no" {
		t.Errorf("users %+v, %v", users, err)
	}
}

// TestAPartOfASweepThatIsFinishedIsIgnored: a forged or very late one would be counted.
func TestAPartOfASweepThatIsFinishedIsIgnored(t *testing.T) {
	c := account(t)
	c.sweep()
	before := c.lastSweep()
	m, err := trigger.ShardMessage(before.ID, trigger.Part{Step: trigger.StepServices, Cluster: "other"})
	if err != nil {
		t.Fatal(err)
	}
	c.run(m.Body())
	want(t, "the sweep", c.lastSweep(), before)
}

// TestTagsAreReadWhereTheyDecideSomething: where the policy heeds them, and something is found.
func TestTagsAreReadWhereTheyDecideSomething(t *testing.T) {
	for _, k := range []struct {
		heeded bool
		in     *ecs.RegisterTaskDefinitionInput
		reads  int
	}{{false, bad("web"), 0}, {true, ordered("web"), 0}, {true, bad("web"), 1}, {true, oneFinding("web"), 1}} {
		c := newCloud(t)
		c.stack.Policy.TagExemptions = k.heeded
		c.register(k.in)
		c.sweepOnly()
		want(t, "reads", c.ecs.Count("ListTagsForResource"), k.reads)
	}
}

// oneFinding is a definition with FL201 alone.
func oneFinding(family string) *ecs.RegisterTaskDefinitionInput {
	in := bad(family)
	in.ContainerDefinitions[0].PortMappings = nil
	return in
}

// TestASweepKnowsWhatARoleAllowsNow: that is no part of what is kept of a revision.
func TestASweepKnowsWhatARoleAllowsNow(t *testing.T) {
	c, roles, _ := permitted(t)
	c.register(sending("shop", "logs"))
	c.sweepOnly()
	found := c.onTheBus("task-definition/shop")
	if len(found) != 1 || found[0].Rule != "FL402" {
		t.Fatalf("found %+v", found)
	}
	_, allow, _ := strings.Cut(found[0].Evidence[len(found[0].Evidence)-1], ": ")
	if err := roles.PutRolePolicy(shopRole, "logs", allow); err != nil {
		t.Fatal(err)
	}
	c.pass(time.Hour)
	c.ecs.Reset()
	c.sweepOnly()
	want(t, "found", c.foundRules(), []string(nil))
	want(t, "described", c.described(), 0)
}

// TestNoSecretOfARouterIsKept: its environment is looked at by rules, and kept without values that may be secrets.
func TestNoSecretOfARouterIsKept(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Rules["FL506"] = "report"
	in := firelens("web", "awsvpc")
	in.ContainerDefinitions[0].Environment = []ecstypes.KeyValuePair{{Name: aws.String("API_KEY"), Value: aws.String("0123456789abcdef")}, {Name: aws.String("PLAIN"), Value: aws.String("plain")}}
	c.register(in)
	for range 2 { // described, and known
		c.sweepOnly()
		want(t, "found", c.foundRules(), []string{"FL506"})
	}
	docs, err := c.ledger.List(t.Context(), "definition")
	if err != nil || len(docs) != 1 || strings.Contains(string(docs[0].Body), "0123456789abcdef") || !strings.Contains(string(docs[0].Body), `"plain"`) {
		t.Errorf("kept %s, %v", docs[0].Body, err)
	}
	c.stack.Policy.Rules["FL506"] = "off"
	c.sweepOnly()
	want(t, "found where the rule is off", c.foundRules(), []string(nil))
}
