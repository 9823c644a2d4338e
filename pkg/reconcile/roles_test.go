package reconcile_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"

	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/iamrole"
	"github.com/firewarden/firewarden/pkg/iamrole/iamfake"
	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/rules"
)

const shopRole = "arn:aws:iam::" + ec2fake.Owner + ":role/shop-task"

// permitted is a cloud in which roles are looked at, with the task role of shop, which allows nothing.
func permitted(t *testing.T) (*cloud, *iamfake.Cloud, *strings.Builder) {
	t.Helper()
	c, roles, talk := newCloud(t), &iamfake.Cloud{}, &strings.Builder{}
	roles.CreateRole(shopRole)
	c.stack.Policy.Rules = map[string]rules.Mode{"*": rules.Off, "FL402": rules.Report, "FL404": rules.Report}
	c.stack.Enrichers = []reconcile.Enricher{&reconcile.Roles{
		Simulator: iamrole.Simulator{Client: roles}, Ledger: c.stack.Ledger, Log: slog.New(slog.NewTextHandler(talk, nil)), Now: c.clock,
	}}
	return c, roles, talk
}

// sending is a definition whose output goes to a delivery stream with that task role.
func sending(family, stream string) *ecs.RegisterTaskDefinitionInput {
	in := firelens(family, ecstypes.NetworkModeAwsvpc)
	in.TaskRoleArn = aws.String(shopRole)
	in.ContainerDefinitions[1].LogConfiguration.Options = map[string]string{"Name": "kinesis_firehose", "region": "eu-central-1", "delivery_stream": stream}
	return in
}

// standing are the findings of a family that the ledger has, by rule.
func (c *cloud) standing(family string) map[string]rules.Finding {
	c.t.Helper()
	known, err := c.stack.Ledger.Resource(c.t.Context(), "task-definition/"+family)
	if err != nil {
		c.t.Fatal(err)
	}
	all := map[string]rules.Finding{}
	for _, f := range known.Findings {
		if f.State != "resolved" {
			all[f.Rule] = f.Finding
		}
	}
	return all
}

func (c *cloud) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestTheProposedPolicyMendsTheRole(t *testing.T) {
	c, roles, _ := permitted(t)
	c.register(sending("shop", "logs"))
	c.run(registered("shop"))
	f := c.standing("shop")["FL402"]
	if f.Status != rules.Noncompliant || !strings.Contains(f.Message, "does not allow firehose:PutRecordBatch") {
		t.Fatalf("finding %+v", f)
	}
	_, policy, _ := strings.Cut(f.Evidence[len(f.Evidence)-1], ": ")
	if err := roles.PutRolePolicy(shopRole, "logs", policy); err != nil {
		t.Fatalf("%s: %v", policy, err)
	}
	c.pass(time.Hour)
	c.run(registered("shop"))
	want(t, "findings", len(c.standing("shop")), 0)
}

func TestIAMIsAskedOnceAnHourForARole(t *testing.T) {
	c, roles, _ := permitted(t)
	c.register(sending("shop", "logs"))
	c.register(sending("cart", "carts"))
	for range 3 {
		c.run(registered("shop"), registered("cart"))
		c.pass(19 * time.Minute)
	}
	want(t, "simulations", len(roles.Calls), 1)
	want(t, "shop", c.standing("shop")["FL402"].Status, rules.Noncompliant)
	want(t, "cart, whose questions came later", c.standing("cart")["FL402"].Status, rules.Unknown)
	c.pass(3 * time.Minute)
	c.run(registered("shop"), registered("cart"))
	want(t, "simulations", len(roles.Calls), 2)
	want(t, "cart", c.standing("cart")["FL402"].Status, rules.Noncompliant)
	want(t, "resources of the second", len(roles.Calls[1].ResourceArns), 2)
}

// Of a role that very many definitions share as much is known as is remembered, and no definition takes that from another.
func TestARoleOfManyDefinitionsIsKnown(t *testing.T) {
	c, roles, _ := permitted(t)
	const families = 420
	family := func(i int) string { return fmt.Sprintf("shop%03d", i) }
	for i := range families {
		c.register(sending(family(i), "logs-of-"+family(i)))
	}
	for range 2 {
		for i := range families {
			c.run(registered(family(i)))
		}
		c.pass(time.Hour)
	}
	known := 0
	for i := range families {
		if c.standing(family(i))["FL402"].Status == rules.Noncompliant {
			known++
		}
	}
	want(t, "definitions whose role is known", known, families)
	want(t, "simulations, the second in two parts", len(roles.Calls), 3)
}

func TestARoleThatIsGoneIsFound(t *testing.T) {
	c, roles, _ := permitted(t)
	c.register(sending("shop", "logs"))
	roles.DeleteRole(shopRole)
	c.run(registered("shop"))
	if f := c.standing("shop")["FL402"]; f.Status != rules.Noncompliant || !strings.Contains(f.Message, "there is no task role") {
		t.Errorf("finding %+v", f)
	}
}

func TestWhereIAMDoesNotAnswerTheRolesAreUnknown(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		why   string
		lines int // of the log, for two roles
	}{
		"an emulator":  {errors.New("https response error StatusCode: 500: deserialization failed"), "simulation is not available", 1},
		"not allowed":  {&smithy.GenericAPIError{Code: "AccessDenied"}, "may not ask IAM", 2},
		"not accepted": {&smithy.GenericAPIError{Code: "InvalidInput"}, "does not simulate this role", 2},
		"too much":     {&smithy.GenericAPIError{Code: "Throttling"}, "asked again in an hour", 2},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, roles, talk := permitted(t)
			calls := 0
			roles.Fail = func() error { calls++; return c.err }
			in := sending("shop", "logs")
			in.ExecutionRoleArn = aws.String(shopRole + "-execution")
			in.ContainerDefinitions[1].Secrets = []ecstypes.Secret{{Name: aws.String("A"), ValueFrom: aws.String("/a")}}
			cloud.register(in)
			cloud.run(registered("shop"))
			cloud.run(registered("shop"))
			for _, rule := range []string{"FL402", "FL404"} {
				if f := cloud.standing("shop")[rule]; f.Status != rules.Unknown || !strings.Contains(f.Message, c.why) {
					t.Errorf("%s: %+v", rule, f)
				}
			}
			want(t, "calls", calls, 2)
			want(t, "warnings", strings.Count(talk.String(), "level=WARN"), c.lines)
			want(t, "notices", len(cloud.notices), 0)
		})
	}
}

func TestNothingIsAskedWhereNothingIsNeeded(t *testing.T) {
	c, roles, _ := permitted(t)
	c.register(bad("web"))
	in := sending("shop", "logs")
	in.TaskRoleArn = aws.String("arn:aws:iam::210987654321:role/shop")
	c.register(in)
	c.run(registered("web"), registered("shop"))
	want(t, "simulations", len(roles.Calls), 0)
	want(t, "another account's role", c.standing("shop")["FL402"].Status, rules.Unknown)
}

func TestTwoHandlersAskOnce(t *testing.T) {
	c, roles, _ := permitted(t)
	c.register(sending("shop", "logs"))
	d, err := ecstask.Store{API: c.ecs}.Describe(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	for range 8 {
		go func() {
			mine := d
			done <- c.stack.Enrichers[0].Enrich(t.Context(), &mine)
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	want(t, "simulations", len(roles.Calls), 1)
}
