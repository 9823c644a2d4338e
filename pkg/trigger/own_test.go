package trigger_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

var found = rules.Finding{
	Rule: "FL101", Severity: rules.Medium, Status: rules.Noncompliant, Resource: "security-group/" + sg,
	Path: "ingress tcp 0.0.0.0/0", Message: "lets 24224 in <>&", Evidence: []string{"sgr-1"}, Fixable: true,
}

// delivered is a finding message as EventBridge puts it into the queue.
func delivered(t *testing.T, detail string) string {
	t.Helper()
	return `{"version":"0","id":"` + envelopeID + `","source":"firewarden","detail-type":"FireWarden Finding","account":"111122223333",` +
		`"time":"2026-05-04T03:02:05Z","region":"eu-west-1","resources":[],"detail":` + detail + `}`
}

func TestAFindingComesBackAsItWasSent(t *testing.T) {
	for resource, want := range map[string]trigger.Event{
		"security-group/" + sg: {Groups: []string{sg}},
		"task-definition/web":  {Families: []string{"web"}},
	} {
		f := found
		f.Resource = resource
		m, err := trigger.FindingMessage(f, origin("AuthorizeSecurityGroupIngress"), "2026-05-04T03:00:00Z")
		if err != nil {
			t.Fatal(err)
		}
		want.Kind, want.ID, want.Finding, want.SweepID, want.Origin = trigger.Finding, envelopeID, f, "2026-05-04T03:00:00Z", origin("AuthorizeSecurityGroupIngress")
		if diff := cmp.Diff(want, parse(t, delivered(t, m.Detail))); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAFindingIsWrittenWhateverItsOriginSays(t *testing.T) {
	for _, year := range []int{-1, 0, 10000, 2026} {
		o := trigger.Origin{Time: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), UserAgent: "a\nb\xff"}
		m, err := trigger.FindingMessage(found, o, "")
		if err != nil {
			t.Fatal(err)
		}
		e := parse(t, m.Body())
		if e.Origin.UserAgent != "a b\ufffd" || e.Origin.Time.IsZero() != (year != 2026) || e.SweepID != "" {
			t.Errorf("year %d: %+v", year, e.Origin)
		}
	}
}

func TestTheFindingsShapeIsTheContracts(t *testing.T) {
	m, err := trigger.FindingMessage(found, trigger.Origin{}, "")
	if err != nil {
		t.Fatal(err)
	}
	var detail map[string]any
	if err := json.Unmarshal([]byte(m.Detail), &detail); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"version", "finding", "fingerprint", "origin", "sweep"} {
		if _, ok := detail[key]; !ok {
			t.Errorf("no %q in %s", key, m.Detail)
		}
	}
	if m.DetailType != "FireWarden Finding" || detail["version"] != "1" || detail["fingerprint"] != found.Fingerprint() {
		t.Errorf("got %s %s", m.DetailType, m.Detail)
	}
}

func TestASweepMessageIsTheSchedulesConstant(t *testing.T) {
	body := trigger.SweepMessage().Body()
	if want := `{"source":"firewarden","detail-type":"FireWarden Sweep","detail":{"version":"1"}}`; body != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
	if diff := cmp.Diff(trigger.Event{Kind: trigger.Sweep}, parse(t, body)); diff != "" {
		t.Error(diff)
	}
}

func TestAShardComesBackAsItWasSent(t *testing.T) {
	for _, want := range []trigger.Part{
		{Step: trigger.StepGroups, Groups: []string{sg, "sg-ef6e8186"}},
		{Step: trigger.StepLatest, Revisions: []string{"web:3", "job:17"}},
		{Step: trigger.StepGone, Families: []string{"web", "job"}},
		{Step: trigger.StepServices, Cluster: "prod", Token: "AAMA+/=="},
		{Step: trigger.StepEventRules, Bus: "aws.partner/example.com/orders", Token: "1"},
		{Step: trigger.StepSchedules},
		{Step: trigger.StepDefinitions, Token: "t", After: "web:7"},
		{Step: trigger.StepAccount},
	} {
		m, err := trigger.ShardMessage("sweep-1", want)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(trigger.Event{Kind: trigger.Shard, SweepID: "sweep-1", Part: want}, parse(t, m.Body())); diff != "" {
			t.Error(diff)
		}
	}
	want := `{"source":"firewarden","detail-type":"FireWarden Shard","detail":{"version":"2","sweep":"ID","step":"latest","revisions":["web:3"]}}`
	if m, err := trigger.ShardMessage("ID", trigger.Part{Step: trigger.StepLatest, Revisions: []string{"web:3"}}); err != nil || m.Body() != want {
		t.Errorf("got  %s (%v)\nwant %s", m.Body(), err, want)
	}
}

func TestPartsThatSayTheSameHaveOneID(t *testing.T) {
	a := trigger.Part{Step: trigger.StepServices, Cluster: "prod"}
	b := a
	b.Token = "t"
	if a.ID() == b.ID() || a.ID() != (trigger.Part{Step: trigger.StepServices, Cluster: "prod"}).ID() || len(a.ID()) != 16 {
		t.Errorf("ids %s and %s", a.ID(), b.ID())
	}
}

func TestAForgedMessageOfOursIsMalformed(t *testing.T) {
	m, err := trigger.FindingMessage(found, origin("x"), "")
	if err != nil {
		t.Fatal(err)
	}
	finding := func(old, replacement string) string {
		if !strings.Contains(m.Detail, old) {
			t.Fatalf("%s is not in %s", old, m.Detail)
		}
		return trigger.Message{DetailType: m.DetailType, Detail: strings.Replace(m.Detail, old, replacement, 1)}.Body()
	}
	foreign := func(resource string) string {
		f := found
		f.Resource = resource
		m, err := trigger.FindingMessage(f, origin("x"), "")
		if err != nil {
			t.Fatal(err)
		}
		return m.Body()
	}
	own := func(detailType, detail string) string {
		return trigger.Message{DetailType: detailType, Detail: detail}.Body()
	}
	const isNone = " is neither a task definition nor a security group"
	for _, c := range []struct{ sentence, body, what string }{
		{"a finding of another version", finding(`"version":"1"`, `"version":"2"`), "detail.version is not 1"},
		{"a finding with a number for a rule", finding(`"FL101"`, `101`), "detail.finding.rule is of another type"},
		{"a finding of a strange rule", finding(`"FL101"`, `"FL1"`), "detail.finding.rule is no id of a rule"},
		{"a finding of a strange status", finding(`"noncompliant"`, `"awful"`), "detail.finding.status is none of noncompliant, unknown, compliant and suppressed"},
		{"a finding moved to another group", finding(sg, "sg-00000000000000000"), "detail.fingerprint is not that of the finding"},
		{"a finding of a strange time", finding(`"2026-05-04T03:02:00Z"`, `"yesterday"`), "detail.origin.time is no time"},
		{"a finding of a strange sweep", finding(`"sweep":""`, `"sweep":"a b"`), "detail.sweep is no id of a sweep"},
		{"a finding about something else", foreign("bucket/b"), "detail.finding.resource" + isNone},
		{"a finding about nothing", foreign(""), "detail.finding.resource" + isNone},
		{"a finding about a group without an id", foreign("security-group/"), "detail.finding.resource is missing"},
		{"a finding about every group", foreign("security-group/*"), "detail.finding.resource is no id of a security group"},
		{"a finding about a revision", foreign("task-definition/web:3"), "detail.finding.resource is no family of task definitions"},
		{"a sweep without a detail", `{"source":"firewarden","detail-type":"FireWarden Sweep"}`, "detail is missing"},
		{"a sweep with nothing in it", own("FireWarden Sweep", `null`), "detail.version is not 1"},
		{"a sweep with a list in it", own("FireWarden Sweep", `[]`), "detail is of another type"},
		{"a shard of another version", own("FireWarden Shard", `{"version":"1"}`), "detail.version is not 2"},
		{"a shard without a sweep", own("FireWarden Shard", `{"version":"2"}`), "detail.sweep is no id of a sweep"},
		{"a shard without a step", own("FireWarden Shard", `{"version":"2","sweep":"a"}`), "detail.step is no step of a sweep"},
		{"a shard of a strange cluster", own("FireWarden Shard", `{"version":"2","sweep":"a","step":"tasks","cluster":"a/b"}`), "detail.cluster is no name of a cluster"},
		{"a shard of a strange event bus", own("FireWarden Shard", `{"version":"2","sweep":"a","step":"event-rules","bus":"a b"}`), "detail.bus is no name of an event bus"},
		{"a shard with a strange token", own("FireWarden Shard", `{"version":"2","sweep":"a","step":"tasks","token":"a b"}`), "detail.token is no token"},
		{"a shard after a strange revision", own("FireWarden Shard", `{"version":"2","sweep":"a","step":"tasks","after":"w"}`), "detail.after is no revision of a task definition"},
		{"a shard of a strange family", own("FireWarden Shard", `{"version":"2","sweep":"a","step":"gone","families":["w*b"]}`), "detail.families is no family of task definitions"},
		{"a shard of a strange group", own("FireWarden Shard", `{"version":"2","sweep":"a","step":"groups","groups":["sg-"]}`), "detail.groups is no id of a security group"},
		{"a shard of a strange revision", own("FireWarden Shard", `{"version":"2","sweep":"a","step":"latest","revisions":["web"]}`), "detail.revisions is no revision of a task definition"},
	} {
		t.Run(c.sentence, func(t *testing.T) { wantMalformed(t, c.body, c.what) })
	}
}
