package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

func notice() Notice {
	return Notice{
		Status: "remediated", Account: "123456789012", Region: "eu-west-1", Stack: "firewarden", Resource: "security-group/sg-0a1b2c3d",
		Findings: []rules.Finding{{
			Rule: "FL101", Severity: rules.High, Status: rules.Noncompliant, Resource: "security-group/sg-0a1b2c3d", Path: "ingress[tcp 0.0.0.0/0]",
			Message: "sg-0a1b2c3d lets port 24224 in from 0.0.0.0/0 to the FireLens router of service prod/web", Evidence: []string{"entry sgr-1: tcp 24224 0.0.0.0/0"},
		}},
		Changed: []string{"- sgr-1  tcp 24224 0.0.0.0/0"}, Notes: []string{"established flows live on until they end"}, Remediation: "20261123T120000.000-0a1b2c3d",
		Origin: trigger.Origin{EventName: "AuthorizeSecurityGroupIngress", Principal: "arn:aws:iam::123456789012:user/jo", SourceIP: "192.0.2.1", Time: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)},
	}
}

func TestTheTextSaysWhatWhereWhoAndWhen(t *testing.T) {
	m := Render(notice())
	want := `REMEDIATED: security-group/sg-0a1b2c3d
account 123456789012, Region eu-west-1

FL101 (high) sg-0a1b2c3d lets port 24224 in from 0.0.0.0/0 to the FireLens router of service prod/web
  at ingress[tcp 0.0.0.0/0]
  - entry sgr-1: tcp 24224 0.0.0.0/0

What was changed:
  - sgr-1  tcp 24224 0.0.0.0/0

To know:
  established flows live on until they end

What set it off: AuthorizeSecurityGroupIngress by arn:aws:iam::123456789012:user/jo from 192.0.2.1 at 2026-11-23T12:00:00Z

remediation 20261123T120000.000-0a1b2c3d: its before-image is in the ledger
`
	if m.Text != want {
		t.Errorf("text:\n%s", m.Text)
	}
	if m.Subject != "FireWarden: remediated FL101 security-group/sg-0a1b2c3d (123456789012)" {
		t.Errorf("subject %q", m.Subject)
	}
	if m.Attributes["rule"] != `["FL101"]` || m.Attributes["severity"] != "high" || m.Attributes["status"] != "remediated" {
		t.Errorf("attributes %v", m.Attributes)
	}
	var back Notice
	if err := json.Unmarshal([]byte(m.JSON), &back); err != nil || back.Version != "1" || len(back.Findings) != 1 {
		t.Errorf("JSON %s, %v", m.JSON, err)
	}
}

// hostile are texts that somebody may have put into a name, a description or a tag.
var hostile = []string{
	"line\nbreak\r\nSubject: forged", "<script>alert(1)</script>", "`rm -rf /`", "bell\a\x00\x1b[31mred", "\u202eesrever\u2066", "\u2028\u2029",
	strings.Repeat("long ", 1000), "not \xff UTF-8", "ümläut 日本",
}

func TestWhatOthersWroteIsInert(t *testing.T) {
	for _, text := range hostile {
		n := notice()
		n.Findings[0].Message, n.Findings[0].Path, n.Findings[0].Evidence = text, text, []string{text}
		n.Reason, n.Resource, n.Changed, n.Notes, n.Diff = text, text, []string{text}, []string{text}, strconv.Quote(text)
		n.Origin.Principal, n.Origin.EventName, n.Origin.SourceIP = text, text, text
		m := Render(n)
		for _, r := range m.Text {
			if r != '\n' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || strings.ContainsRune("<>`", r)) {
				t.Errorf("%q leaves %U in the text", text, r)
			}
		}
		if strings.Contains(m.Text, "\nSubject: forged") {
			t.Errorf("%q makes a line of its own", text)
		}
		if len(m.Subject) > 100 || strings.ContainsFunc(m.Subject, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("subject %q", m.Subject)
		}
		if !json.Valid([]byte(m.JSON)) {
			t.Errorf("%q makes bad JSON", text)
		}
	}
}

// topic is SNS, which refuses what AWS refuses: messages over 256 KiB, attributes of another type.
type topic struct{ in *sns.PublishInput }

func (p *topic) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	p.in = in
	if len(*in.Message) > 256<<10 || len(*in.Subject) > 100 {
		return nil, fmt.Errorf("InvalidParameter: %d bytes, subject %d", len(*in.Message), len(*in.Subject))
	}
	return &sns.PublishOutput{}, nil
}

func TestAMessageFitsHoweverMuchThereIsToSay(t *testing.T) {
	n := notice()
	for range 3000 {
		f := n.Findings[0]
		f.Message, f.Evidence = strings.Repeat(`"\`, 500), []string{strings.Repeat(`"`, 4000), strings.Repeat("x", 4000)}
		n.Findings = append(n.Findings, f)
		n.Changed = append(n.Changed, strings.Repeat(`"`, 4000))
		n.Notes = append(n.Notes, strings.Repeat("y", 4000))
	}
	n.Diff = strings.Repeat("+ \"line\"\n", 100_000)
	to := &topic{}
	if err := (Publisher{Client: to, Topic: "arn:aws:sns:eu-west-1:123456789012:t"}).Publish(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	var forms map[string]string
	if err := json.Unmarshal([]byte(*to.in.Message), &forms); err != nil || !json.Valid([]byte(forms["default"])) || forms["email"] == "" {
		t.Errorf("the message's forms: %v", err)
	}
	if !strings.Contains(forms["email"], "the rest is in the ledger") {
		t.Error("the mail does not say that it was cut")
	}
}

func TestAttributesOfAMessage(t *testing.T) {
	to := &topic{}
	n := notice()
	n.Findings = append(n.Findings, rules.Finding{Rule: "FL105", Severity: rules.Low})
	if err := (Publisher{Client: to, Topic: "t"}).Publish(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	a := to.in.MessageAttributes
	if aws.ToString(a["rule"].DataType) != "String.Array" || aws.ToString(a["rule"].StringValue) != `["FL101","FL105"]` || aws.ToString(a["status"].DataType) != "String" {
		t.Errorf("attributes %v", a)
	}
}
