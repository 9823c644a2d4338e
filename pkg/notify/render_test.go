package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/rules"
)

func TestAStatusThatNobodyThoughtOfIsTold(t *testing.T) {
	n := narrowed()
	n.Status = "100% odd"
	m := Render(n)
	if !strings.HasPrefix(m.Text, "security group sg-0a1b2c3d4e5f60718: 100% odd.\n") || m.Attributes["status"] != "100% odd" || n.Undo != "" {
		t.Errorf("text:\n%s", m.Text)
	}
}

// TestCommandsAreComplete: whoever pastes one reaches the ledger that the notice is of.
func TestCommandsAreComplete(t *testing.T) {
	for _, c := range []struct {
		sentence string
		n        Notice
		want     []string
	}{
		{"a remediation can be undone", narrowed(), []string{"AWS_REGION=eu-west-1 firewarden undo 20261123T120000.000-0a1b2c3d --stack firewarden --apply"}},
		{"a correction too", fixed("corrected", ""), []string{"AWS_REGION=eu-west-1 firewarden undo 20261123T120000.000-9f86d081 --stack firewarden --apply"}},
		{"also while it is rolled out", fixed("rolling out", ""), []string{"AWS_REGION=eu-west-1 firewarden undo 20261123T120000.000-9f86d081 --stack firewarden --apply"}},
		{"also where that failed", fixed("rollout failed", ""), []string{"AWS_REGION=eu-west-1 firewarden undo 20261123T120000.000-9f86d081 --stack firewarden --apply"}},
		{"what was only reported cannot", ownedByTerraform(), nil},
		{"nor what was blocked", overQuota(), nil},
		{"a contest is ended by a release", contested(), []string{"AWS_REGION=eu-west-1 firewarden findings release " + contested().Findings[0].Fingerprint() + " --stack firewarden"}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			var got []string
			for l := range strings.Lines(Render(c.n).Text) {
				if strings.Contains(l, "firewarden ") && strings.HasPrefix(l, "  AWS") {
					got = append(got, strings.TrimSpace(l))
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if text := Render(c.n).Text; strings.Count(text, "firewarden undo ")+strings.Count(text, "firewarden findings ") > len(c.want) {
				t.Errorf("a command is said twice:\n%s", text)
			}
		})
	}
}

func TestNoCommandOfWordsThatAShellWouldTakeApart(t *testing.T) {
	for _, words := range [][3]string{{"fire warden", "eu-west-1", "x"}, {"firewarden", "$(reboot)", "x"}, {"firewarden", "eu-west-1", "x;y"}, {"", "eu-west-1", "x"}, {"firewarden", "eu-west-1", "--x y"}} {
		if got := Command(words[0], words[1], "undo", words[2]); got != "" {
			t.Errorf("%q makes %q", words, got)
		}
	}
}

func TestNoExemptionOfANameThatIsAPattern(t *testing.T) {
	for _, name := range []string{"security-group/sg-*", "task-definition/[a-z]", `task-definition/a"b`} {
		n := narrowed()
		n.Resource = name
		if strings.Contains(Render(n).Text, "exemptions:") {
			t.Errorf("%s is exempted", name)
		}
	}
}

func TestFlowsAreSaidToLiveOnOnce(t *testing.T) {
	for _, notes := range [][]string{nil, {flows}} {
		n := revoked()
		n.Notes = notes
		if got := strings.Count(Render(n).Text, "established flows"); got != 1 {
			t.Errorf("with notes %q: %d times", notes, got)
		}
	}
}

// topic is SNS, which refuses what AWS refuses: messages over 256 KiB, attributes of another type.
type topic struct {
	in     *sns.PublishInput // the last but those to a chat topic
	chats  []*sns.PublishInput
	refuse string // an ARN
}

func (p *topic) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	size := len(*in.Message)
	for name, a := range in.MessageAttributes {
		if size += len(name) + len(*a.DataType) + len(*a.StringValue); *a.StringValue == "" {
			return nil, fmt.Errorf("InvalidParameterValue: attribute %s is empty", name)
		}
	}
	switch {
	case *in.TopicArn == p.refuse:
		return nil, errors.New("NotFound: Topic does not exist")
	case size > 256<<10 || len(*in.Subject) > 100:
		return nil, fmt.Errorf("InvalidParameter: %d bytes, subject %d", size, len(*in.Subject))
	case strings.HasSuffix(*in.TopicArn, ":chat"):
		p.chats = append(p.chats, in)
	default:
		p.in = in
	}
	return &sns.PublishOutput{}, nil
}

func TestAMessageFitsHoweverMuchThereIsToSay(t *testing.T) {
	n := narrowed()
	for range 3000 {
		f := n.Findings[0]
		f.Message, f.Evidence = strings.Repeat(`"\&`, 500), []string{strings.Repeat(`"`, 4000), strings.Repeat("x", 4000)}
		n.Findings = append(n.Findings, f)
		n.Changed = append(n.Changed, strings.Repeat(`"`, 4000))
		n.Notes = append(n.Notes, strings.Repeat("&", 4000))
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

// TestAMessageFitsWhateverItIsMadeOf: JSON within JSON quotes some characters twice, and would write others with six.
func TestAMessageFitsWhateverItIsMadeOf(t *testing.T) {
	for _, of := range []string{"&", `"`, `\`, "<", "é", "\u2028", "x"} {
		n := fixed("corrected", "")
		n.Findings = nil
		for range 200 {
			n.Notes = append(n.Notes, strings.Repeat("x", 1000))
		}
		n.Diff, n.SourcePatch = strings.Repeat(strings.Repeat(of, 200)+"\n", 1000), strings.Repeat("x\n", 6000)
		if err := (Publisher{Client: &topic{}, Topic: "t", ChatTopic: "c:chat"}).Publish(t.Context(), n); err != nil {
			t.Errorf("%q: %v", of, err)
		}
	}
}

func TestAttributesOfAMessage(t *testing.T) {
	to := &topic{}
	n := narrowed()
	n.Findings = append(n.Findings, rules.Finding{Rule: "FL105", Severity: rules.Low})
	if err := (Publisher{Client: to, Topic: "t"}).Publish(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	a := to.in.MessageAttributes
	if aws.ToString(a["rule"].DataType) != "String.Array" || aws.ToString(a["rule"].StringValue) != `["FL101","FL105"]` || aws.ToString(a["status"].DataType) != "String" {
		t.Errorf("attributes %v", a)
	}
}

func TestAChatTopicGetsTheChatForm(t *testing.T) {
	to := &topic{}
	p := Publisher{Client: to, Topic: "arn:aws:sns:eu-west-1:123456789012:notices", ChatTopic: "arn:aws:sns:eu-west-1:123456789012:chat"}
	if err := p.Publish(t.Context(), narrowed()); err != nil {
		t.Fatal(err)
	}
	if err := p.PublishDigest(t.Context(), largeDigest()); err != nil {
		t.Fatal(err)
	}
	if len(to.chats) != 2 || *to.chats[0].Message != Chat(narrowed()) || *to.chats[1].Message != RenderDigest(largeDigest()).Chat {
		t.Fatalf("%d messages to the chat topic", len(to.chats))
	}
	if to.chats[0].MessageStructure != nil || *to.chats[0].MessageAttributes["severity"].StringValue != "high" {
		t.Error("the chat form is no plain message with attributes")
	}
	var forms map[string]string
	if err := json.Unmarshal([]byte(*to.in.Message), &forms); err != nil || forms["default"] != RenderDigest(largeDigest()).JSON {
		t.Errorf("the digest's forms: %v", err)
	}
}

func TestNoticesOfOneResourceAreOneThread(t *testing.T) {
	threadOf := func(m Message) string {
		var c custom
		if err := json.Unmarshal([]byte(m.Chat), &c); err != nil {
			t.Fatal(err)
		}
		return c.Metadata.ThreadID + " " + c.ID
	}
	a, b := strings.Fields(threadOf(Render(narrowed()))), strings.Fields(threadOf(Render(contested())))
	other := strings.Fields(threadOf(Render(fixed("corrected", ""))))
	if a[0] != b[0] || a[1] == b[1] || a[0] == other[0] {
		t.Errorf("threads and ids: %v %v %v", a, b, other)
	}
	if again := strings.Fields(threadOf(Render(narrowed()))); again[1] != a[1] {
		t.Error("the same notice has another id when it is sent again")
	}
}

func TestATopicThatIsGoneIsAnError(t *testing.T) {
	for _, arn := range []string{"t", "c:chat"} {
		p := Publisher{Client: &topic{refuse: arn}, Topic: "t", ChatTopic: "c:chat"}
		if err := p.Publish(t.Context(), narrowed()); err == nil || !strings.Contains(err.Error(), groupRef) {
			t.Errorf("%s: %v", arn, err)
		}
	}
}

func TestADigestFitsHoweverMuchThereIsToSay(t *testing.T) {
	d := largeDigest()
	for i := range d.Open {
		d.Open[i].Message, d.Open[i].Resource = strings.Repeat(`"\&`, 2000), strings.Repeat("x", 4000)
		d.Open[i].Rule = fmt.Sprintf("FL%d", i)
		d.NotCovered = append(d.NotCovered, strings.Repeat("&", 4000))
		d.Remediated = append(d.Remediated, Remediated{Rules: strings.Fields(strings.Repeat("FL101 ", 1000)), Resource: strings.Repeat(`"`, 4000)})
		d.Exemptions = append(d.Exemptions, Exemption{Resource: strings.Repeat(`"`, 4000), Reason: strings.Repeat("r", 4000)})
	}
	to := &topic{}
	if err := (Publisher{Client: to, Topic: "t", ChatTopic: "c:chat"}).PublishDigest(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	var back Digest
	if err := json.Unmarshal([]byte(RenderDigest(d).JSON), &back); err != nil || back.Total != 3000 || len(back.Open) == 0 {
		t.Errorf("%d open of %d, %v", len(back.Open), back.Total, err)
	}
}
