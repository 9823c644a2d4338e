package trigger_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/trigger"
)

var (
	groupID = regexp.MustCompile(`\Asg-[0-9a-f]{8,17}\z`)
	family  = regexp.MustCompile(`\A[A-Za-z0-9_-]{1,255}\z`)
	aWord   = regexp.MustCompile(`\A[A-Za-z0-9_-]{1,255}(/[A-Za-z0-9_-]{1,255}|:[0-9]{1,10})?\z`)
)

// FuzzParse: whatever the body, Parse answers with a kind or a Malformed, names nothing that has not the form of a name, and
// gives an origin from which a finding message can be made that is read again.
func FuzzParse(f *testing.F) {
	m, err := trigger.FindingMessage(found, origin("x"), "sweep")
	if err != nil {
		f.Fatal(err)
	}
	shard, err := trigger.ShardMessage("sweep", trigger.Part{Step: trigger.StepGroups, Groups: []string{sg}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		ec2("AuthorizeSecurityGroupIngress", perms(perm("tcp", 24000, 25000)), ruleSet(item("tcp", 24000, 25000))).body(),
		ec2("AuthorizeSecurityGroupIngress", `{"groupName":"default","ipPermissions":{},"ipProtocol":"tcp","fromPort":1,"toPort":2}`, `{"_return":true}`).body(),
		ec2("ModifySecurityGroupRules", `{"ModifySecurityGroupRulesRequest":{"GroupId":"sg-ef6e8186","SecurityGroupRule":[{"SecurityGroupRule":{"IpProtocol":"tcp","FromPort":1,"ToPort":2}}]}}`, `{}`).body(),
		ecs("RegisterTaskDefinition", `{"family":"web"}`, `{"taskDefinition":{"family":"web"}}`).body(),
		ec2("RevokeSecurityGroupIngress", `{"groupId":"`+sg+`","securityGroupRuleIds":{"items":["sgr-1"]}}`, `{"revokedSecurityGroupRuleSet":{"items":[`+item("tcp", 24224, 24224)+`]}}`).body(),
		ec2("ModifyNetworkInterfaceAttribute", `{"networkInterfaceId":"`+eni+`","groupSet":{"items":[{"groupId":"`+sg+`"}]}}`, `{"_return":true}`).body(),
		ec2("ModifyInstanceAttribute", `{"instanceId":"i-0123456789abcdef0","groupSet":"?"}`, `{"_return":true}`).body(),
		ecs("DeregisterTaskDefinition", `{"taskDefinition":"web:3"}`, `null`).body(),
		ecs("CreateService", `{"serviceName":"web","taskDefinition":"web","networkConfiguration":{"awsvpcConfiguration":{"securityGroups":["`+sg+`"]}}}`, `null`).body(),
		ecs("UpdateService", `{"cluster":"prod","service":"web","desiredCount":3}`, `null`).body(),
		happened("ECS Task State Change", `[]`, `{"lastStatus":"RUNNING","taskDefinitionArn":"`+revision+`","attachments":[{"type":"eni","details":[{"name":"networkInterfaceId","value":"`+eni+`"}]}]}`),
		happened("ECS Container Instance State Change", `[]`, `{"ec2InstanceId":"i-0123456789abcdef0","status":"ACTIVE"}`),
		happened("ECS Service Action", `["arn:aws:ecs:eu-west-1:111122223333:service/web"]`, `{"clusterArn":"arn:aws:ecs:eu-west-1:111122223333:cluster/prod"}`),
		m.Body(), shard.Body(), trigger.SweepMessage().Body(), `{}`, `[]`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := trigger.Parse(body)
		if err != nil {
			var m *trigger.Malformed
			if !errors.As(err, &m) || m.What == "" || len(m.What) > 200 {
				t.Fatalf("error %v", err)
			}
		} else if e.Kind == "" || (e.Kind == trigger.Ignored) == (e.Reason == "") {
			t.Fatalf("kind %q, reason %q", e.Kind, e.Reason)
		}
		checkNames(t, e)
		again, err := trigger.FindingMessage(found, e.Origin, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := parse(t, again.Body()); !got.Origin.Time.Equal(e.Origin.Time) || got.Origin.UserAgent != e.Origin.UserAgent {
			t.Fatalf("origin %+v came back as %+v", e.Origin, got.Origin)
		}
	})
}

func checkNames(t *testing.T, e trigger.Event) {
	t.Helper()
	for _, id := range e.Groups {
		if !groupID.MatchString(id) {
			t.Fatalf("group %q", id)
		}
	}
	for _, name := range e.Families {
		if !family.MatchString(name) {
			t.Fatalf("family %q", name)
		}
	}
	for _, text := range append([]string{e.ID, e.Origin.UserAgent, e.Origin.Principal, e.SweepID}, e.GroupNames...) {
		if strings.ContainsAny(text, "\n\r\x00\x1b") {
			t.Fatalf("text %q", text)
		}
	}
	others := slices.Concat(e.Interfaces, e.Instances, e.Revisions)
	for _, s := range e.Services {
		others = append(others, s.String())
	}
	for _, name := range others {
		if !aWord.MatchString(name) {
			t.Fatalf("named %q", name)
		}
	}
	if e.Kind == trigger.Placement && len(e.Groups)+len(e.Families)+len(others) == 0 {
		t.Fatal("a placement names nothing")
	}
	named := len(e.Groups) + len(e.GroupNames) + len(e.Families)
	if (e.Kind == trigger.Group || e.Kind == trigger.Definition || e.Kind == trigger.Finding) && named != 1 && e.Kind != trigger.Group || e.Kind == trigger.Group && named == 0 {
		t.Fatalf("%s names %d resources", e.Kind, named)
	}
}
