package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ledger"
)

func TestUndoShowsAndChangesNothing(t *testing.T) {
	s := newStand(t)
	was := s.closed()
	before := s.entries()
	out, talk := s.ok(0, "undo", closing, "--stack", "blue", "--hold", "72h")
	has(t, "stdout", out, "undo of "+closing+" would make on "+s.ref()+":\n  + (new)  tcp 24224 10.0.0.0/8\n  ~ "+*was[0].SecurityGroupRuleId+
		"  tcp 24000-24223 0.0.0.0/0  becomes  tcp 24000-25000 0.0.0.0/0\n  - ")
	has(t, "stderr", talk, "Nothing was changed. To do it, and to have FL101 left alone there for 72h:\n  firewarden undo "+closing+" --apply --hold 72h --stack blue\n")
	same(t, "entries", string(raw(t, s.entries())), string(raw(t, before)))
	known, err := s.ledger().Resource(t.Context(), s.ref())
	s.check(err)
	same(t, "holds", len(known.Holds), 0)
	same(t, "the stack", s.dialed[0].stack, "blue")
	_, talk = s.ok(0, "undo", closing, "--table", "t1")
	has(t, "stderr", talk, "--apply --table t1\n")
}

func TestUndoAppliesAndHolds(t *testing.T) {
	s := newStand(t)
	was := s.closed()
	out, talk := s.ok(0, "undo", closing, "--apply", "--hold", "90m")
	has(t, "stdout", out, " made on "+s.ref()+":\n  + (new)  tcp 24224 10.0.0.0/8\n  ~ ")
	has(t, "stderr", talk, "Events and sweeps leave FL101 alone on "+s.ref()+" until 2026-11-23T13:30:00Z")
	now := s.entries()
	was[1].SecurityGroupRuleId, was[1].SecurityGroupRuleArn = now[1].SecurityGroupRuleId, now[1].SecurityGroupRuleArn // a revoked one has a new id
	same(t, "entries", string(raw(t, now)), string(raw(t, was)))
	known, err := s.ledger().Resource(t.Context(), s.ref())
	s.check(err)
	h, held := known.Held("FL101", s.now.Add(89*time.Minute))
	same(t, "held", held, true)
	has(t, "why", h.Why, closing)
	out, _ = s.ok(0, "findings")
	has(t, "findings", out, "held")
	out, _ = s.ok(0, "remediations")
	has(t, "remediations", out, "undone at 2026-11-23T12:00:00Z (firewarden undo)")
	_, talk = s.ok(1, "undo", closing, "--apply")
	has(t, "stderr", talk, "undoing "+closing+": it was undone already, at 2026-11-23T12:00:00Z")
}

func TestUndoRefuses(t *testing.T) {
	s := newStand(t)
	s.closed()
	for _, m := range []ledger.Remediation{
		{ID: "running", Resource: s.ref(), Started: s.now},
		{ID: "definition", Resource: "task-definition/web", Started: s.now, Finished: s.now},
		{ID: "nothing", Resource: s.ref(), Started: s.now, Finished: s.now, Before: raw(t, s.entries()), After: raw(t, s.entries())},
		{ID: "gone", Resource: "security-group/sg-0gone", Started: s.now, Finished: s.now, Before: raw(t, s.entries()), After: raw(t, s.entries())},
	} {
		s.check(s.ledger().PutRemediation(t.Context(), &m, nil))
	}
	_, err := s.ec2.Other().RevokeSecurityGroupIngress(t.Context(), &ec2.RevokeSecurityGroupIngressInput{
		GroupId: &s.group, SecurityGroupRuleIds: []string{aws.ToString(s.entries()[1].SecurityGroupRuleId)},
	})
	s.check(err)
	for id, want := range map[string]string{
		"no-such": "the ledger has no such remediation", "running": "not finished", "definition": "it registered nothing", "nothing": "it changed nothing",
		"gone": "sg-0gone", closing: "the state has moved on",
	} {
		for _, args := range [][]string{{"undo", id}, {"undo", id, "--apply"}} {
			out, talk := s.ok(1, args...)
			has(t, strings.Join(args, " "), out, "-")
			has(t, strings.Join(args, " "), talk, want)
		}
	}
	same(t, "entries", len(s.entries()), 1)
}

// revised registers two revisions, and says that the second one is our correction of the first.
func (s *stand) revised() (id string) {
	s.t.Helper()
	var images []json.RawMessage
	for range 2 {
		out, err := s.ecs.RegisterTaskDefinition(s.t.Context(), &ecs.RegisterTaskDefinitionInput{
			Family: aws.String("web"), ContainerDefinitions: []ecstypes.ContainerDefinition{{Name: aws.String("app"), Image: aws.String("example/app:1"), Memory: aws.Int32(64), Environment: []ecstypes.KeyValuePair{{Name: aws.String("DB_PASSWORD"), Value: aws.String("S3CRET")}}}},
		})
		s.check(err)
		images = append(images, raw(s.t, struct{ Task ecstypes.TaskDefinition }{*out.TaskDefinition}))
	}
	m := ledger.Remediation{
		ID: "revision", Resource: "task-definition/web", Rules: []string{"FL103"}, Started: s.now, Finished: s.now, Outcome: ledger.Corrected,
		Before: images[0], After: images[1],
	}
	s.check(s.ledger().PutRemediation(s.t.Context(), &m, nil))
	return m.ID
}

func TestUndoOfARevision(t *testing.T) {
	s := newStand(t)
	id := s.revised()
	out, talk := s.ok(0, "undo", id)
	has(t, "stdout", out, "undo of revision would make on task-definition/web:\n  deregister web:2; who names the family without a revision gets web:1 again\n")
	has(t, "stderr", talk, "firewarden undo revision --apply")
	same(t, "calls", s.ecs.Count("DeregisterTaskDefinition"), 0)
	out, talk = s.ok(0, "undo", id, "--apply")
	has(t, "stdout", out, "made on task-definition/web")
	has(t, "stderr", talk, "Events and sweeps leave FL103 alone on task-definition/web until 2026-11-24T12:00:00Z")
	same(t, "calls", s.ecs.Count("DeregisterTaskDefinition"), 1)
	_, talk = s.ok(1, "undo", id, "--apply")
	has(t, "stderr", talk, "it was undone already")
}

func TestABeforeImageHidesWhatMayBeSecret(t *testing.T) {
	s := newStand(t)
	id := s.revised()
	for _, args := range [][]string{{"remediations", "show", id}, {"remediations", "show", id, "--format", "json"}} {
		out, _ := s.ok(0, args...)
		has(t, "stdout", out, "DB_PASSWORD")
		if strings.Contains(out, "S3CRET") {
			t.Errorf("%v shows a secret:\n%s", args, out)
		}
		out, _ = s.ok(0, append(args, "--reveal")...)
		has(t, "stdout with --reveal", out, "S3CRET")
	}
}

func TestDurationsAreShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		24 * time.Hour: "24h", 90 * time.Minute: "1h30m", 10 * time.Minute: "10m", 10 * time.Second: "10s", time.Hour + time.Second: "1h0m1s",
	} {
		same(t, want, short(d), want)
	}
}
