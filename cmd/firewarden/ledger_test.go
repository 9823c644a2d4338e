package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/iamrole"
	"github.com/firewarden/firewarden/pkg/iamrole/iamfake"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/inventory/eventsfake"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/s3config"
	"github.com/firewarden/firewarden/pkg/s3config/s3fake"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// stand is a deployed stack without AWS: a ledger in memory and a strict EC2.
type stand struct {
	t      *testing.T
	now    time.Time
	memory ledger.Memory
	ec2    *ec2fake.Cloud
	ecs    *ecsfake.Cloud
	iam    iamfake.Cloud
	s3     s3fake.Cloud
	events *eventsfake.Cloud
	group  string
	mu     sync.Mutex
	dialed []connection
	down   map[string]error // Regions that do not answer
}

func newStand(t *testing.T) *stand {
	t.Setenv("FIREWARDEN_STACK", "")
	s := &stand{t: t, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), ec2: ec2fake.New(ec2fake.Settings{}), ecs: ecsfake.New(), events: eventsfake.New()}
	out, err := s.ec2.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{
		GroupName: aws.String("web"), Description: aws.String("test"), VpcId: aws.String(ec2fake.DefaultVPC),
	})
	s.check(err)
	s.group = *out.GroupId
	return s
}

func (s *stand) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stand) ledger() ledger.Ledger { return ledger.Ledger{Store: &s.memory} }

func (s *stand) ref() string { return "security-group/" + s.group }

// run runs a command line on the stand, and returns the exit code and what went to stdout and stderr.
func (s *stand) run(args ...string) (code int, out, talk string) {
	s.t.Helper()
	var o, e bytes.Buffer
	connect := func(_ context.Context, c connection) (site, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.dialed = append(s.dialed, c)
		tasks := ecstask.Store{API: s.ecs}
		here := site{
			place:  report.Place{Account: ec2fake.Owner, Region: cmp.Or(c.region, "eu-west-1")},
			ledger: s.ledger(), groups: ec2sg.Store{API: s.ec2}, tasks: tasks, families: tasks,
			roles: iamrole.Simulator{Client: &s.iam}, now: func() time.Time { return s.now },
		}
		here.describe(c, tasks, s3config.Store{API: &s.s3})
		here.users = inventory.Reader{
			ECS: s.ecs, EC2: s.ecs.Network, Events: s.events, Schedules: s.events, Definitions: here.known.Describe, NotFound: ecstask.IsNotFound,
		}
		return here, s.down[c.region]
	}
	code = runOn(connect, args, streams{strings.NewReader(""), &o, &e})
	return code, o.String(), e.String()
}

// ok runs a command line that must end with that code, and returns stdout and stderr.
func (s *stand) ok(code int, args ...string) (out, talk string) {
	s.t.Helper()
	got, out, talk := s.run(args...)
	if got != code {
		s.t.Fatalf("%v: exit code %d, want %d\n%s%s", args, got, code, out, talk)
	}
	return out, talk
}

// finding puts a finding into the ledger's document of its resource, and returns its id.
func (s *stand) finding(ref, rule, path string, severity rules.Severity, state ledger.Status, reason string) string {
	s.t.Helper()
	known, err := s.ledger().Resource(s.t.Context(), ref)
	s.check(err)
	f := rules.Finding{Rule: rule, Severity: severity, Status: rules.Noncompliant, Resource: ref, Path: path, Message: "24224 is let in", Fixable: true}
	known.Findings[f.Fingerprint()] = ledger.Finding{Finding: f, State: state, Reason: reason, FirstSeen: s.now.Add(-time.Hour), LastSeen: s.now}
	s.check(s.ledger().PutResource(s.t.Context(), &known, nil))
	return f.Fingerprint()
}

func (s *stand) contest(ref, rule string) {
	s.t.Helper()
	known, err := s.ledger().Resource(s.t.Context(), ref)
	s.check(err)
	known.Contested = map[string]time.Time{rule: s.now}
	known.History = map[string][]ledger.Mend{rule: {{
		Remediation: "20261123T110000.000-aaaaaaaa", At: s.now.Add(-time.Hour), UndoneAt: s.now,
		Undone: &trigger.Origin{EventName: "AuthorizeSecurityGroupIngress", Principal: "arn:aws:iam::123456789012:user/jo", Time: s.now.Add(-time.Minute)},
	}}}
	s.check(s.ledger().PutResource(s.t.Context(), &known, nil))
}

func (s *stand) entries() []types.SecurityGroupRule {
	s.t.Helper()
	g, err := ec2sg.Store{API: s.ec2.Other()}.Group(s.t.Context(), s.group)
	s.check(err)
	return g.Entries
}

func raw(t *testing.T, v any) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const closing = "20261123T113000.000-9f86d081"

// closed opens the group for 24000-25000 and for 24224, closes both as the remediator does, and records that as closing.
func (s *stand) closed() (was []types.SecurityGroupRule) {
	s.t.Helper()
	store, ctx := ec2sg.Store{API: s.ec2}, s.t.Context()
	for _, e := range []types.SecurityGroupRule{
		{FromPort: aws.Int32(24000), ToPort: aws.Int32(25000), CidrIpv4: aws.String("0.0.0.0/0"), Description: aws.String("logs")},
		{FromPort: aws.Int32(24224), ToPort: aws.Int32(24224), CidrIpv4: aws.String("10.0.0.0/8"), Description: aws.String("mesh")},
	} {
		e.IpProtocol, e.Tags = aws.String("tcp"), []types.Tag{{Key: aws.String("team"), Value: aws.String("payments")}}
		s.check(store.Apply(ctx, s.group, plan.Step{Op: plan.Authorize, After: &e}))
	}
	was = s.entries()
	upper, lower := was[0], was[0]
	upper.FromPort, lower.ToPort = aws.Int32(24225), aws.Int32(24223)
	for _, step := range []plan.Step{
		{Op: plan.Authorize, After: &upper}, {Op: plan.Modify, Before: &was[0], After: &lower}, {Op: plan.Revoke, Before: &was[1]},
	} {
		s.check(store.Apply(ctx, s.group, step))
	}
	id := s.finding(s.ref(), "FL101", "ingress[tcp 0.0.0.0/0]", rules.High, ledger.Remediated, "")
	s.check(s.ledger().PutRemediation(ctx, &ledger.Remediation{
		ID: closing, Resource: s.ref(), Rules: []string{"FL101"}, Findings: []string{id}, Outcome: ledger.Remediated, Plan: "- sgr-1  tcp 24224 10.0.0.0/8\n",
		Started: s.now.Add(-30 * time.Minute), Finished: s.now.Add(-29 * time.Minute), Before: raw(s.t, was), After: raw(s.t, s.entries()),
		Notes:  []string{"established flows live on"},
		Origin: trigger.Origin{EventName: "AuthorizeSecurityGroupIngress", Principal: "arn:aws:iam::123456789012:user/jo\x1b[2J", Time: s.now},
	}, nil))
	return was
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}
