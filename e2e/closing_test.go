package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/local/cloud"
	"github.com/firewarden/firewarden/pkg/local/cloudtrail"
	"github.com/firewarden/firewarden/pkg/pace"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// isOpen says whether a group lets 24224 in.
func (s *site) isOpen(t *testing.T, group string) bool {
	t.Helper()
	out := must(s.ec2.DescribeSecurityGroupRules(t.Context(), &ec2.DescribeSecurityGroupRulesInput{
		Filters: []ec2types.Filter{{Name: aws.String("group-id"), Values: []string{group}}},
	}))(t)
	for _, e := range out.SecurityGroupRules {
		if !aws.ToBool(e.IsEgress) && rules.Covers(e, "tcp", rules.Port) {
			return true
		}
	}
	return false
}

// openAgain opens exactly 24224, from one source.
func (s *site) openAgain(t *testing.T, group string) {
	t.Helper()
	must(s.ec2.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &group, IpProtocol: aws.String("tcp"), FromPort: aws.Int32(24224), ToPort: aws.Int32(24224), CidrIp: aws.String("0.0.0.0/0"),
	}))(t)
}

// TestAScriptThatReopensThePortIsContested reopens it after each remediation: three, then hands off, one notice, no fourth.
func TestAScriptThatReopensThePortIsContested(t *testing.T) {
	s := newSite(t, up(t, nil))
	group := s.service(t, "web")
	for range 3 {
		s.openAgain(t, group)
		s.idle(t)
		if s.isOpen(t, group) {
			t.Fatal("it was not closed")
		}
	}
	s.openAgain(t, group)
	s.idle(t)
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.idle(t)
	if !s.isOpen(t, group) {
		t.Error("it was closed a fourth time")
	}
	known := must(s.ledger().Resource(t.Context(), "security-group/"+group))(t)
	if len(known.Contested) != 1 || len(known.Findings) != 1 {
		t.Errorf("the ledger says %+v", known)
	}
	// Three remediations, one contest, and that the emulator has no trail.
	if n := s.notices(); n != 5 {
		t.Errorf("%d notices, want 5", n)
	}
}

// TestTwoProcessesAtOnceOnOneGroup gives two processes of the remediator the same findings at the same moment.
func TestTwoProcessesAtOnceOnOneGroup(t *testing.T) {
	s := newSite(t, up(t, func(o *cloud.Options) { o.Concurrent = true }))
	group := s.service(t, "web")
	s.idle(t)
	direct := ec2.NewFromConfig(s.Direct())
	must(direct.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &group, IpProtocol: aws.String("tcp"), FromPort: aws.Int32(24000), ToPort: aws.Int32(25000), CidrIp: aws.String("0.0.0.0/0"),
	}))(t)
	m := must(trigger.FindingMessage(finding("security-group/"+group), trigger.Origin{EventName: "test"}, ""))(t)
	batch := events.SQSEvent{Records: []events.SQSMessage{{MessageId: "m-1", Body: m.Body(), EventSource: "aws:sqs"}}}
	answers := must(s.InvokeAtOnce(t.Context(), "RemediateFunction", batch))(t)
	if len(answers) < 2 {
		t.Fatalf("%d processes, want two", len(answers))
	}
	s.idle(t)
	all := must(s.ledger().Remediations(t.Context()))(t)
	if len(all) != 1 || all[0].Outcome != ledger.Remediated || s.isOpen(t, group) || s.notices() != 1 {
		t.Errorf("%d remediations, %d notices, open %v", len(all), s.notices(), s.isOpen(t, group))
	}
}

func finding(ref string) rules.Finding {
	return rules.Finding{
		Rule: "FL101", Severity: rules.High, Status: rules.Noncompliant, Resource: ref, Path: "ingress[tcp 0.0.0.0/0]", Message: "told", Fixable: true,
	}
}

// TestForgedFindingsOnTheBus are about a clean group and one that does not exist.
func TestForgedFindingsOnTheBus(t *testing.T) {
	s := newSite(t, up(t, nil))
	group := s.service(t, "web")
	s.idle(t)
	before := time.Now()
	for _, ref := range []string{"security-group/" + group, "security-group/sg-0123456789abcdef0"} {
		m := must(trigger.FindingMessage(finding(ref), trigger.Origin{EventName: "forged"}, ""))(t)
		out := must(eventbridge.NewFromConfig(s.Config()).PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{{
			EventBusName: aws.String(s.Physical("FindingBus")), Source: aws.String(trigger.Source), DetailType: &m.DetailType, Detail: &m.Detail,
		}}}))(t)
		if out.FailedEntryCount > 0 {
			t.Fatalf("the bus refused it: %+v", out.Entries)
		}
	}
	s.idle(t) // queues and dead-letter queues are empty: no retry loop
	reads := s.Trail.Calls(cloudtrail.Actions("DescribeSecurityGroups"), cloudtrail.Since(before))
	if len(reads) < 2 {
		t.Errorf("%d groups were read: the findings did not reach the remediator", len(reads))
	}
	if changes := s.Mutations(before); len(changes) > 0 || s.notices() > 0 {
		t.Errorf("changes %v, %d notices", changes, s.notices())
	}
}

// TestABurst sends 500 events about 20 groups, shuffled and doubled, to the audit queue (the emulator's PutEvents takes 86 ms each):
// every group is closed, one notice each, dead-letter queues empty, no API called faster than AWS allows.
func TestABurst(t *testing.T) {
	s := newSite(t, up(t, nil))
	if err := s.Sweep(t.Context()); err != nil { // lifts the brake of before the first sweep
		t.Fatal(err)
	}
	s.idle(t)
	told := s.notices()
	direct := ec2.NewFromConfig(s.Direct())
	var groups, bodies []string
	for i := range 20 {
		group := s.service(t, fmt.Sprintf("web%02d", i))
		groups = append(groups, group)
	}
	s.idle(t)
	for _, group := range groups {
		must(direct.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
			GroupId: &group, IpProtocol: aws.String("tcp"), FromPort: aws.Int32(24000), ToPort: aws.Int32(25000), CidrIp: aws.String("0.0.0.0/0"),
		}))(t)
		for n := range 25 {
			bodies = append(bodies, opening(t, group, n/2)) // each event twice
		}
	}
	rand.Shuffle(len(bodies), func(i, j int) { bodies[i], bodies[j] = bodies[j], bodies[i] })
	since := time.Now()
	for _, body := range bodies {
		if err := s.Send(t.Context(), "AuditQueue", body); err != nil {
			t.Fatal(err)
		}
	}
	s.idle(t)
	for _, group := range groups {
		if s.isOpen(t, group) {
			t.Errorf("%s is open", group)
		}
	}
	if n := s.notices() - told; n != len(groups) {
		t.Errorf("%d notices, want %d", n, len(groups))
	}
	t.Logf("%d events about %d groups in %.1f s", len(bodies), len(groups), time.Since(since).Seconds())
	for action, bucket := range buckets(t) {
		calls := s.Trail.Calls(cloudtrail.Actions(action), cloudtrail.Since(since))
		least := bucket.least(calls)
		t.Logf("%-32s %4d calls, at most %d a second, bucket never below %.0f of %.0f", action, len(calls), cloudtrail.Peak(calls, time.Second), least, bucket.burst)
		if least < 0 {
			t.Errorf("%s runs its bucket dry by %.0f calls", action, -least)
		}
	}
}

// bucket is a token bucket of AWS's, per account and Region: its burst, and what is refilled a second.
type bucket struct{ burst, refill float64 }

// buckets are those of the calls that the functions make: of reads as the pace has them, of changes as the EC2 developer guide does.
func buckets(t *testing.T) map[string]bucket {
	t.Helper()
	all := map[string]bucket{"AuthorizeSecurityGroupIngress": {50, 5}, "ModifySecurityGroupRules": {50, 5}, "RevokeSecurityGroupIngress": {50, 5}}
	for service, reads := range map[string][]string{
		"EC2": {"DescribeSecurityGroups", "DescribeSecurityGroupRules", "DescribeNetworkInterfaces"},
		"ECS": {"DescribeTaskDefinition", "ListClusters", "ListServices", "DescribeServices", "ListTasks"},
	} {
		for _, read := range reads {
			b, ok := pace.Of(service, read)
			if !ok {
				t.Fatalf("no rate of %s is known", read)
			}
			all[read] = bucket{float64(b.Burst), float64(b.Refill)}
		}
	}
	return all
}

// least is the fewest tokens that the bucket ever held while these calls came.
func (b bucket) least(calls []cloudtrail.Call) float64 {
	tokens, least := b.burst, b.burst
	for i, c := range calls {
		if i > 0 {
			tokens = min(b.burst, tokens+b.refill*c.Time.Sub(calls[i-1].Time).Seconds())
		}
		tokens--
		least = min(least, tokens)
	}
	return least
}

// opening is the record of a call that opened a group.
func opening(t *testing.T, group string, n int) string {
	t.Helper()
	return string(must(json.Marshal(map[string]any{
		"version": "0", "id": fmt.Sprintf("5a1f7f3e-0000-4000-8000-%012d", n), "detail-type": "AWS API Call via CloudTrail", "source": "aws.ec2",
		"account": cloud.Account, "time": "2026-11-23T12:00:00Z", "region": "eu-west-1", "detail": map[string]any{
			"eventSource": "ec2.amazonaws.com", "eventName": "AuthorizeSecurityGroupIngress", "eventTime": "2026-11-23T12:00:00Z",
			"userIdentity":      map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/jo"},
			"requestParameters": map[string]any{"groupId": group, "ipPermissions": map[string]any{}, "ipProtocol": "tcp", "fromPort": 24000, "toPort": 25000, "cidrIp": "0.0.0.0/0"},
		},
	}))(t))
}
