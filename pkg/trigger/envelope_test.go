package trigger_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/trigger"
)

// call is a CloudTrail record in its envelope, by the parts that tests vary.
type call struct {
	source, eventSource, name string
	request, response         string // JSON; "" leaves the field out
	more                      string // further fields of the record, each with a comma before it
}

func ec2(name, request, response string) call {
	return call{source: "aws.ec2", eventSource: "ec2.amazonaws.com", name: name, request: request, response: response}
}

func ecs(name, request, response string) call {
	return call{source: "aws.ecs", eventSource: "ecs.amazonaws.com", name: name, request: request, response: response}
}

func (c call) body() string {
	var b strings.Builder
	b.WriteString(`{"version":"0","id":"11111111-2222-3333-4444-555555555555","detail-type":"AWS API Call via CloudTrail","source":"` + c.source +
		`","account":"111122223333","time":"2026-05-04T03:02:01Z","region":"eu-west-1","resources":[],"detail":{"eventVersion":"1.11",` +
		`"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ann"},"eventTime":"2026-05-04T03:02:00Z","eventSource":"` + c.eventSource +
		`","eventName":"` + c.name + `","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2.15","eventID":"aaaa-bbbb"`)
	if c.request != "" {
		b.WriteString(`,"requestParameters":` + c.request)
	}
	if c.response != "" {
		b.WriteString(`,"responseElements":` + c.response)
	}
	b.WriteString(c.more + "}}")
	return b.String()
}

const envelopeID = "11111111-2222-3333-4444-555555555555"

// origin is that of every call above.
func origin(name string) trigger.Origin {
	return trigger.Origin{
		EventID: "aaaa-bbbb", EventName: name, Time: time.Date(2026, 5, 4, 3, 2, 0, 0, time.UTC), Account: "111122223333",
		Region: "eu-west-1", Principal: "arn:aws:iam::111122223333:user/ann", SourceIP: "192.0.2.7", UserAgent: "aws-cli/2.15",
	}
}

func parse(t *testing.T, body string) trigger.Event {
	t.Helper()
	e, err := trigger.Parse([]byte(body))
	if err != nil {
		t.Fatalf("Parse: %v\n%s", err, body)
	}
	return e
}

func wantMalformed(t *testing.T, body, what string) {
	t.Helper()
	e, err := trigger.Parse([]byte(body))
	var m *trigger.Malformed
	if !errors.As(err, &m) {
		t.Fatalf("got %+v, error %v; want malformed: %s", e, err, what)
	}
	if m.What != what {
		t.Errorf("got malformed: %s\nwant %s", m.What, what)
	}
	if e.Kind != "" || e.Groups != nil || e.Families != nil {
		t.Errorf("a malformed event names something: %+v", e)
	}
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	for _, c := range []struct{ sentence, body, what string }{
		{"nothing", ``, "the body is not JSON"},
		{"a body cut short", `{"source":"aws.ec2"`, "the body is not JSON"},
		{"a null", `null`, "source is missing"},
		{"a list", `[]`, "source is missing"},
		{"a trail's file", `{"Records":[]}`, "source is missing"},
		{"a source that is a number", `{"source":5,"detail-type":"x"}`, "source is missing"},
		{"no detail-type", `{"source":"aws.ec2"}`, "detail-type is missing"},
		{"no detail", `{"source":"aws.ec2","detail-type":"AWS API Call via CloudTrail"}`, "detail is missing"},
		{"a detail that is null", `{"source":"aws.ec2","detail-type":"AWS API Call via CloudTrail","detail":null}`, "detail.eventSource is missing"},
		{"no event name", `{"source":"aws.ec2","detail-type":"AWS API Call via CloudTrail","detail":{"eventSource":"ec2.amazonaws.com"}}`, "detail.eventName is missing"},
	} {
		t.Run(c.sentence, func(t *testing.T) { wantMalformed(t, c.body, c.what) })
	}
}

func TestAMalformedEventStillSaysWhoAndWhen(t *testing.T) {
	e, err := trigger.Parse([]byte(ec2("AuthorizeSecurityGroupIngress", `null`, `null`).body()))
	if err == nil || err.Error() != "malformed event: detail.requestParameters.groupId is missing" {
		t.Fatalf("error %v", err)
	}
	want := trigger.Event{ID: envelopeID, Origin: origin("AuthorizeSecurityGroupIngress")}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNotWatchedIsIgnored(t *testing.T) {
	sg := `{"groupId":"sg-0123456789abcdef0"}`
	for _, c := range []struct{ sentence, body string }{
		{"egress", ec2("AuthorizeSecurityGroupEgress", sg, "").body()},
		{"a revocation of egress", ec2("RevokeSecurityGroupEgress", sg, "").body()},
		{"a service deleted", ecs("DeleteService", `{"service":"web"}`, "").body()},
		{"a task run, which ECS itself tells of", ecs("RunTask", `{"taskDefinition":"web"}`, "").body()},
		{"tags", ecs("TagResource", `{"resourceArn":"x"}`, "").body()},
		{"a database's security group", call{source: "aws.rds", eventSource: "rds.amazonaws.com", name: "AuthorizeDBSecurityGroupIngress", request: sg}.body()},
		{"a file system's mount target", call{source: "aws.elasticfilesystem", eventSource: "elasticfilesystem.amazonaws.com", name: "ModifyMountTargetSecurityGroups", request: sg}.body()},
		{"the right call of another service", call{source: "aws.ec2", eventSource: "rds.amazonaws.com", name: "AuthorizeSecurityGroupIngress", request: sg}.body()},
		{"the right call under another source", call{source: "someone", eventSource: "ec2.amazonaws.com", name: "AuthorizeSecurityGroupIngress", request: sg}.body()},
		{"the right call in another case", ec2("authorizesecuritygroupingress", sg, "").body()},
		{"another detail-type", `{"id":"x","source":"aws.ecs","detail-type":"ECS Service Deployment State Change","detail":{}}`},
		{"a task's state of someone else", `{"id":"x","source":"acme","detail-type":"ECS Task State Change","detail":{}}`},
		{"a finding event of someone else", `{"source":"acme","detail-type":"FireWarden Finding","detail":{}}`},
		{"a message of ours yet unknown", `{"source":"firewarden","detail-type":"FireWarden Song","detail":5}`},
		{"a scheduled event", `{"source":"aws.events","detail-type":"Scheduled Event","detail":{}}`},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			e := parse(t, c.body)
			if e.Kind != trigger.Ignored || e.Reason != "no kind of event that is watched" {
				t.Errorf("got %s (%s)", e.Kind, e.Reason)
			}
		})
	}
}

func TestAFailedCallIsIgnored(t *testing.T) {
	for _, code := range []string{"Client.InvalidPermission.Duplicate", "Client.DryRunOperation", "ClientException", "AccessDenied"} {
		c := ec2("AuthorizeSecurityGroupIngress", `{"groupId":"sg-0123456789abcdef0"}`, `null`)
		c.more = `,"errorCode":"` + code + `","errorMessage":"no"`
		if e := parse(t, c.body()); e.Kind != trigger.Ignored || e.Reason != "the call failed and changed nothing" {
			t.Errorf("%s: got %s (%s)", code, e.Kind, e.Reason)
		}
	}
}

func TestOriginFallsBack(t *testing.T) {
	for _, c := range []struct{ sentence, identity, want string }{
		{"to the invoking service", `{"type":"AWSService","invokedBy":"cloudformation.amazonaws.com"}`, "cloudformation.amazonaws.com"},
		{"to the kind of identity", `{"type":"Unknown"}`, "Unknown"},
		{"to nothing where it is null", `null`, ""},
		{"to nothing where it is redacted", `"HIDDEN_DUE_TO_SECURITY_REASONS"`, ""},
		{"but not from an ARN", `{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/a/b","invokedBy":"cloudformation.amazonaws.com"}`, "arn:aws:sts::1:assumed-role/a/b"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			body := strings.Replace(ecs("RegisterTaskDefinition", `{"family":"web"}`, "").body(),
				`{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ann"}`, c.identity, 1)
			if e := parse(t, body); e.Origin.Principal != c.want {
				t.Errorf("got %q, want %q", e.Origin.Principal, c.want)
			}
		})
	}
}

func TestOriginTakesTheEnvelopesTimeWhereTheRecordsIsNone(t *testing.T) {
	body := strings.Replace(ecs("RegisterTaskDefinition", `{"family":"web"}`, "").body(), `"2026-05-04T03:02:00Z"`, `"Jun 28, 2024, 10:31:39 AM"`, 1)
	if got := parse(t, body).Origin.Time; !got.Equal(time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)) {
		t.Errorf("got %s", got)
	}
}

func TestOriginIsFitToBeRead(t *testing.T) {
	agent, err := json.Marshal("curl\r\nBcc: \u202eevil\x1b[31m" + strings.Repeat("é", 9000))
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Replace(ecs("RegisterTaskDefinition", `{"family":"web"}`, "").body(), `"aws-cli/2.15"`, string(agent), 1)
	got := parse(t, body).Origin.UserAgent
	if want := "curl  Bcc:  evil [31m"; !strings.HasPrefix(got, want) || len([]rune(got)) != 512 {
		t.Errorf("got %d characters: %q", len([]rune(got)), got)
	}
}
