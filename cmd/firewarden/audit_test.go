package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/ledger"
)

// register registers an awsvpc definition with a router that is essential or not.
func (s *stand) register(family string, essential bool) {
	s.t.Helper()
	_, err := s.ecs.RegisterTaskDefinition(s.t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: &family, NetworkMode: types.NetworkModeAwsvpc, ContainerDefinitions: []types.ContainerDefinition{
			{
				Name: aws.String(family + "_router"), Image: aws.String("r"), Memory: aws.Int32(64), Essential: &essential,
				FirelensConfiguration: &types.FirelensConfiguration{Type: types.FirelensConfigurationTypeFluentbit},
			},
			{
				Name: aws.String("app"), Image: aws.String("a"), Memory: aws.Int32(64), Essential: aws.Bool(true),
				LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwsfirelens, Options: map[string]string{"Name": "stdout"}},
			},
		},
	})
	s.check(err)
}

// inUse puts service prod/web on web:1, whose router is not essential, behind the group, which is open. web:2 is right, and runs nowhere.
// Nothing runs idle:1, which is as bad as web:1.
func (s *stand) inUse() {
	s.t.Helper()
	ctx, vpc := s.t.Context(), ec2fake.DefaultVPC
	subnet, err := s.ec2.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: &vpc, CidrBlock: aws.String("10.0.1.0/24")})
	s.check(err)
	s.ecs.Network.Adopt(vpc, *subnet.Subnet.SubnetId, s.group, "web")
	_, err = s.ecs.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("prod")})
	s.check(err)
	s.register("web", false)
	s.register("idle", false)
	_, err = s.ecs.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: aws.String("prod"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web:1"), DesiredCount: aws.Int32(0),
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{
			Subnets: []string{*subnet.Subnet.SubnetId}, SecurityGroups: []string{s.group},
		}},
	})
	s.check(err)
	s.register("web", true)
	_, err = s.ec2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &s.group, IpPermissions: []ec2types.IpPermission{
		{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(24224), ToPort: aws.Int32(24224), IpRanges: []ec2types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}}},
	}})
	s.check(err)
	s.ecs.Reset()
	s.ec2.Forget()
}

// auditPolicy leaves two rules on.
const auditPolicy = "rules: {\"FL*\": off, FL101: remediate, FL502: report}\n"

type auditDoc struct {
	Version, Account string
	Regions          []map[string]any
	Totals           struct {
		Findings, Standing, Suppressed, Unknown int
		ByUser                                  []map[string]any `json:"by_user"`
	}
	Findings []struct {
		Region, ID, Rule, Resource, Path, Severity, Evaluation, Message string

		Revisions, Evidence []string
		Users               []map[string]string
	}
	Suppressed []struct{ Rule, Resource, Until, Owner, Reason, By string }
	Errors     []struct{ Region, Resource, Message string }
	NotCovered []string `json:"not_covered"`
}

func (s *stand) audit(code int, args ...string) (doc auditDoc, talk string) {
	s.t.Helper()
	out, talk := s.ok(code, append([]string{"audit", "--format", "json"}, args...)...)
	s.check(json.Unmarshal([]byte(out), &doc))
	return doc, talk
}

func TestAnAuditSaysWhatIsWrongNowAndChangesNothing(t *testing.T) {
	s := newStand(t)
	t.Setenv(policyVariable, auditPolicy)
	s.inUse()
	s.memory.Fail = func(string, ledger.Key) error { return errors.New("an audit needs no ledger") }
	doc, talk := s.audit(1)
	var found []string
	for _, f := range doc.Findings {
		found = append(found, strings.Join([]string{f.Rule, f.Resource, strings.Join(f.Revisions, ",")}, " "))
		if f.Users == nil {
			t.Errorf("%s: users are null", f.Rule)
		}
	}
	same(t, "findings", found, []string{"FL101 " + s.ref() + " web:1", "FL502 task-definition/idle idle:1", "FL502 task-definition/web web:1"})
	same(t, "users", doc.Findings[0].Users, []map[string]string{{"by": "service", "cluster": "prod", "name": "web"}})
	same(t, "regions", doc.Regions, []map[string]any{{"region": "eu-west-1", "families": 2., "revisions": 3., "groups": 1., "services": 1.}})
	same(t, "by user", len(doc.Totals.ByUser), 2)
	if !slices.Equal(s.dialed, []connection{{live: true, percent: 50}}) {
		t.Errorf("connections %+v", s.dialed)
	}
	has(t, "stderr", talk, "eu-west-1: reading 2 families and 1 group\n")
	has(t, "stderr", talk, "account 123456789012, eu-west-1: 2 families, 3 revisions, 1 group, 1 service\n")
	has(t, "stderr", talk, "not covered: other accounts, and Regions other than eu-west-1\n")
	same(t, "said and written", len(doc.NotCovered), strings.Count(talk, "not covered: "))
	known := reads()
	same(t, "actions, as docs/report.md counts them", len(known), 20)
	for _, c := range s.ecs.Calls() {
		if !slices.Contains(known, "ecs:"+c.Op) && !slices.Contains(known, "ec2:"+c.Op) {
			t.Errorf("it calls %s, which its help does not name", c.Op)
		}
	}
	for _, c := range s.ec2.Calls() {
		if !slices.Contains(known, "ec2:"+c.Op) {
			t.Errorf("it calls %s, which its help does not name", c.Op)
		}
	}
	same(t, "descriptions, of three revisions", s.ecs.Count("DescribeTaskDefinition"), 3)
	table, _ := s.ok(1, "audit")
	has(t, "stdout", table, "FL101  eu-west-1  "+s.ref())
	has(t, "stdout", table, "idle:1: nobody runs it")
	again, _ := s.ok(1, "audit")
	same(t, "the same again", again, table)
}

func TestAnAuditsExemptions(t *testing.T) {
	s := newStand(t)
	s.inUse()
	t.Setenv(policyVariable, auditPolicy+"exemptions:\n  - {rule: \"FL*\", resource: \"*\", reason: moves away, owner: '=web', until: 2099-01-31}\n")
	doc, talk := s.audit(0)
	if doc.Totals.Standing != 0 || doc.Totals.Suppressed != 3 || len(doc.Findings) != 0 || len(doc.Suppressed) != 3 {
		t.Errorf("totals %+v", doc.Totals)
	}
	same(t, "by", doc.Suppressed[0].By, "FIREWARDEN_POLICY:3")
	has(t, "stderr", talk, "0 findings, 0 unknown, 3 suppressed, 0 not read\n")
	out, _ := s.ok(0, "audit", "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	s.check(err)
	if len(rows) != 4 || rows[1][5] != "suppressed" || !slices.Equal(rows[1][13:], []string{"2099-01-31", "FIREWARDEN_POLICY:3", "moves away", "'=web"}) {
		t.Errorf("rows %q", rows)
	}
}

func TestOneRegionsErrorIsNotTheOthers(t *testing.T) {
	s := newStand(t)
	t.Setenv(policyVariable, auditPolicy)
	s.inUse()
	s.down = map[string]error{"us-east-1": errors.New("the Region is disabled\x1b")}
	doc, talk := s.audit(2, "--regions", "us-east-1,eu-west-1, eu-west-1", "--regions", "eu-central-1")
	var read, found []string
	for _, r := range doc.Regions {
		read = append(read, r["region"].(string))
	}
	for _, f := range doc.Findings {
		found = append(found, f.Region+" "+f.Rule)
	}
	same(t, "regions", read, []string{"eu-central-1", "eu-west-1"})
	same(t, "findings", found, []string{"eu-central-1 FL101", "eu-west-1 FL101", "eu-central-1 FL502", "eu-central-1 FL502", "eu-west-1 FL502", "eu-west-1 FL502"})
	same(t, "errors", doc.Errors[0].Region+": "+doc.Errors[0].Message, "us-east-1: the Region is disabled\x1b")
	has(t, "stderr", talk, `not read: us-east-1: the Region is disabled\x1b`)
	has(t, "stderr", talk, "6 findings, 0 unknown, 0 suppressed, 1 not read")
	s.down = map[string]error{"": errors.New("no credentials")}
	doc, talk = s.audit(2)
	same(t, "nothing read", len(doc.Regions)+len(doc.Findings), 0)
	has(t, "stderr", talk, "not read: no credentials\n")
	has(t, "stderr", talk, "any account or Region: none could be read")
}

// TestWhatCannotBeReadIsNamed lets each call of an audit fail: it ends with code 2, and names what it could not read.
func TestWhatAnAuditCannotReadIsNamed(t *testing.T) {
	t.Setenv(policyVariable, auditPolicy)
	s := newStand(t)
	s.inUse()
	s.audit(1)
	calls := s.ecs.Calls()
	for k := range calls {
		s := newStand(t)
		s.inUse()
		s.ecs.FailAt(k+1, ecsfake.Fault{Err: ecsfake.Throttled()})
		doc, talk := s.audit(2)
		if len(doc.Errors) == 0 || !strings.Contains(talk, "not read: eu-west-1") {
			t.Errorf("call %d (%s): errors %v, stderr %s", k+1, calls[k].Op, doc.Errors, talk)
		}
		if listed := doc.Errors[0].Resource == ""; listed == (len(doc.Regions) == 1) {
			t.Errorf("call %d (%s): %v, and %d Regions read", k+1, calls[k].Op, doc.Errors, len(doc.Regions))
		}
	}
	for _, op := range []string{"DescribeSecurityGroups", "DescribeSecurityGroupRules"} {
		s := newStand(t)
		s.inUse()
		s.ec2.FailAt(func(c ec2fake.Call) bool { return c.Op == op }, ec2fake.Fault{Err: ec2fake.Denied()})
		doc, _ := s.audit(2)
		if len(doc.Findings) != 2 || len(doc.Errors) != 1 || doc.Errors[0].Resource != s.ref() {
			t.Errorf("%s: %d findings, errors %v", op, len(doc.Findings), doc.Errors)
		}
	}
}

func TestUsageOfTheReports(t *testing.T) {
	s := newStand(t)
	for args, want := range map[string]string{
		"audit --format xml":    "it is table or json or csv",
		"audit all":             `unknown command "all"`,
		"audit --policy absent": "reading policy absent: no such file or directory",
		"report --since soon":   `invalid argument "soon" for --since: it is a number of days (30d), a duration (12h) or a date (2026-11-01)`,
		"report --since -1h":    "invalid argument",
		"report all":            `unknown command "all"`,
		"report --policy " + os.DevNull + " --format xml": "it is table or json or csv",
	} {
		out, talk := s.ok(2, strings.Fields(args)...)
		has(t, args, out, "-")
		has(t, args, talk, want)
	}
	same(t, "connections", len(s.dialed), 0)
	help, _ := s.ok(0, "audit", "--help")
	for _, action := range reads() {
		has(t, "help", help, "  "+action+"\n")
	}
}
