package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
)

func TestRemediations(t *testing.T) {
	s := newStand(t)
	out, talk := s.ok(0, "remediations")
	has(t, "stdout", out, "-")
	has(t, "stderr", talk, "0 remediations")
	s.closed()
	s.contest(s.ref(), "FL101")
	for _, m := range []ledger.Remediation{
		{ID: "20261123T110000.000-aaaaaaaa", Resource: s.ref(), Rules: []string{"FL101", "FL102"}, Started: s.now.Add(-time.Hour), Finished: s.now, Outcome: ledger.Blocked, Reason: "quota"},
		{ID: "20261123T120000.000-bbbbbbbb", Resource: "task-definition/web", Rules: []string{"FL204"}, Started: s.now},
	} {
		s.check(s.ledger().PutRemediation(t.Context(), &m, nil))
	}
	out, talk = s.ok(0, "remediations")
	has(t, "stderr", talk, "3 remediations")
	lines := strings.Split(out, "\n")
	for i, want := range []string{
		"ID  ", "20261123T120000.000-bbbbbbbb  2026-11-23T12:00:00Z  task-definition/web ", closing, "20261123T110000.000-aaaaaaaa", "  ", "  ", "",
	} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d of\n%s", i, out)
		}
	}
	has(t, "the first", lines[1], "  FL204        pending")
	has(t, "the reason", lines[4], "  quota")
	has(t, "who undid it", lines[5], "undone at 2026-11-23T11:59:00Z by arn:aws:iam::123456789012:user/jo (AuthorizeSecurityGroupIngress)")
	out, _ = s.ok(0, "remediations", "--format=json")
	var doc struct {
		Version      string
		Remediations []map[string]any
	}
	s.check(json.Unmarshal([]byte(out), &doc))
	same(t, "version", doc.Version, "1")
	same(t, "remediations", []any{doc.Remediations[0], doc.Remediations[2]}, []any{
		map[string]any{
			"id": "20261123T120000.000-bbbbbbbb", "resource": "task-definition/web", "rules": []any{"FL204"}, "findings": []any{},
			"started": "2026-11-23T12:00:00Z", "outcome": "pending", "reason": "", "undone": nil,
		},
		map[string]any{
			"id": "20261123T110000.000-aaaaaaaa", "resource": s.ref(), "rules": []any{"FL101", "FL102"}, "findings": []any{},
			"started": "2026-11-23T11:00:00Z", "finished": "2026-11-23T12:00:00Z", "outcome": "blocked", "reason": "quota",
			"undone": map[string]any{
				"at": "2026-11-23T11:59:00Z", "by": "arn:aws:iam::123456789012:user/jo", "event": "AuthorizeSecurityGroupIngress", "event_id": "", "source_ip": "",
			},
		},
	})
}

func TestShowHasThePlanAndTheBeforeImage(t *testing.T) {
	s := newStand(t)
	was := s.closed()
	out, _ := s.ok(0, "remediations", "show", closing)
	for _, want := range []string{
		closing + "\n  resource  " + s.ref() + "\n", "  outcome   remediated\n", "  undone    no\n",
		`by arn:aws:iam::123456789012:user/jo\x1b[2J (AuthorizeSecurityGroupIngress)`,
		"\nPlan\n  - sgr-1  tcp 24224 10.0.0.0/8\n", "\nNotes\n  established flows live on\n",
		"\nBefore\n  " + *was[0].SecurityGroupRuleId + `  tcp 24000-25000 0.0.0.0/0  "logs"  team=payments` + "\n",
	} {
		has(t, "stdout", out, want)
	}
	if strings.Contains(out, "\x1b") {
		t.Errorf("an escape in %q", out)
	}
	out, _ = s.ok(0, "remediations", "show", closing, "--format", "json")
	var doc struct {
		Version     string
		Remediation struct {
			ID, Plan, Outcome string
			Notes             []string
			Cause             struct{ By, Event string }
			Before, After     []map[string]any
		}
	}
	s.check(json.Unmarshal([]byte(out), &doc))
	m := doc.Remediation
	if doc.Version != "1" || m.ID != closing || m.Outcome != "remediated" || len(m.Notes) != 1 || m.Cause.Event == "" || len(m.Before) != 2 || len(m.After) != 2 ||
		m.Before[0]["SecurityGroupRuleId"] != *was[0].SecurityGroupRuleId {
		t.Errorf("the JSON:\n%s", out)
	}
	_, talk := s.ok(1, "remediations", "show", "no-such")
	has(t, "stderr", talk, "showing no-such: the ledger has no such remediation")
}

func TestShowOfADefinitionIsJSONWithoutNulls(t *testing.T) {
	s := newStand(t)
	s.check(s.ledger().PutRemediation(t.Context(), &ledger.Remediation{
		ID: "x", Resource: "task-definition/web", Started: s.now, Before: json.RawMessage(`{"Task":{"Family":"web\u001b","Cpu":null},"Tags":[{"Key":"a","Value":null}]}`),
	}, nil))
	out, _ := s.ok(0, "remediations", "show", "x")
	has(t, "stdout", out, `"Family": "web\u001b"`)
	if strings.Contains(out, "null") || !strings.Contains(out, "\nPlan\n  (nothing)\n") || !strings.Contains(out, "outcome   pending") {
		t.Errorf("the text:\n%s", out)
	}
}
