package trigger_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/trigger"
)

var (
	groupID = regexp.MustCompile(`\Asg-[0-9a-f]{8,17}\z`)
	family  = regexp.MustCompile(`\A[A-Za-z0-9_-]{1,255}\z`)
)

// FuzzParse: whatever the body, Parse answers with a kind or a Malformed, names nothing that has not the form of a name, and
// gives an origin from which a finding message can be made that is read again.
func FuzzParse(f *testing.F) {
	m, err := trigger.FindingMessage(found, origin("x"), "sweep")
	if err != nil {
		f.Fatal(err)
	}
	shard, err := trigger.ShardMessage("sweep", 1, []string{"web"}, []string{sg})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		ec2("AuthorizeSecurityGroupIngress", perms(perm("tcp", 24000, 25000)), ruleSet(item("tcp", 24000, 25000))).body(),
		ec2("AuthorizeSecurityGroupIngress", `{"groupName":"default","ipPermissions":{},"ipProtocol":"tcp","fromPort":1,"toPort":2}`, `{"_return":true}`).body(),
		ec2("ModifySecurityGroupRules", `{"ModifySecurityGroupRulesRequest":{"GroupId":"sg-ef6e8186","SecurityGroupRule":[{"SecurityGroupRule":{"IpProtocol":"tcp","FromPort":1,"ToPort":2}}]}}`, `{}`).body(),
		ecs("RegisterTaskDefinition", `{"family":"web"}`, `{"taskDefinition":{"family":"web"}}`).body(),
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
	named := len(e.Groups) + len(e.GroupNames) + len(e.Families)
	if (e.Kind == trigger.Group || e.Kind == trigger.Definition || e.Kind == trigger.Finding) && named != 1 && e.Kind != trigger.Group || e.Kind == trigger.Group && named == 0 {
		t.Fatalf("%s names %d resources", e.Kind, named)
	}
}
