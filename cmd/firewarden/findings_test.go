package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
)

func TestFindings(t *testing.T) {
	s := newStand(t)
	contested := s.finding(s.ref(), "FL101", "ingress[tcp 0.0.0.0/0]", rules.High, ledger.Contested, "someone keeps undoing the remediation")
	s.contest(s.ref(), "FL101")
	s.finding("task-definition/web\u202e", "FL204", "containerDefinitions[log_router\x1b[2J].dependsOn", rules.Medium, ledger.Blocked, "quota")
	s.finding("security-group/sg-0gone", "FL101", "ingress[tcp ::/0]", rules.Critical, ledger.Resolved, "")
	out, talk := s.ok(0, "findings")
	lines := strings.Split(out, "\n")
	if len(lines) != 8 || !strings.HasPrefix(lines[0], "ID ") || !strings.HasPrefix(lines[1], contested+"  FL101  high      contested  "+s.ref()) {
		t.Errorf("the table:\n%s", out)
	}
	if !strings.Contains(lines[2], "first seen 2026-11-23T11:00:00Z, last seen 2026-11-23T12:00:00Z") || !strings.Contains(lines[3], "firewarden findings release "+contested) {
		t.Errorf("below the first finding:\n%s\n%s", lines[2], lines[3])
	}
	if strings.ContainsAny(out, "\x1b\u202e") || !strings.Contains(out, `log_router\x1b[2J`) || !strings.HasSuffix(strings.TrimSpace(lines[6]), "quota") {
		t.Errorf("untrusted names in the table, or no reason:\n%q", out)
	}
	has(t, "stderr", talk, "account 123456789012, eu-west-1: 2 findings, 1 not listed")
	for args, want := range map[string]int{
		"--all": 3, "--status resolved": 1, "--status blocked,contested": 2, "--status blocked --status resolved": 2, "--status held": 0,
	} {
		out, _ := s.ok(0, append([]string{"findings", "--format", "json"}, strings.Fields(args)...)...)
		var doc struct {
			Version, Account, Region string
			Findings                 []map[string]any
		}
		if err := json.Unmarshal([]byte(out), &doc); err != nil || doc.Findings == nil || len(doc.Findings) != want || doc.Version != "1" || doc.Account == "" || doc.Region != "eu-west-1" {
			t.Errorf("%s: %d findings, want %d: %v\n%s", args, len(doc.Findings), want, err, out)
		}
	}
}

func TestAFindingInJSONHasAllThatTheHelpPromises(t *testing.T) {
	s := newStand(t)
	id := s.finding(s.ref(), "FL101", "ingress[tcp 0.0.0.0/0]", rules.High, ledger.Held, "")
	known, err := s.ledger().Resource(t.Context(), s.ref())
	s.check(err)
	known.Hold(ledger.Hold{Rule: "FL101", Until: s.now.Add(time.Hour), Why: "remediation X was undone"}, s.now)
	s.check(s.ledger().PutResource(t.Context(), &known, nil))
	out, _ := s.ok(0, "findings", "--format", "json")
	var doc struct{ Findings []map[string]any }
	s.check(json.Unmarshal([]byte(out), &doc))
	same(t, "finding", doc.Findings, []map[string]any{{
		"id": id, "rule": "FL101", "severity": "high", "status": "held", "reason": "remediation X was undone", "resource": s.ref(),
		"path": "ingress[tcp 0.0.0.0/0]", "message": "24224 is let in", "evaluation": "noncompliant", "evidence": []any{}, "fixable": true,
		"first_seen": "2026-11-23T11:00:00Z", "last_seen": "2026-11-23T12:00:00Z", "remediation": "", "held_until": "2026-11-23T13:00:00Z",
	}})
	table, _ := s.ok(0, "findings")
	has(t, "stdout", table, "remediation X was undone; hands off until 2026-11-23T13:00:00Z")
}

func TestReleaseEndsAContest(t *testing.T) {
	s := newStand(t)
	id := s.finding(s.ref(), "FL101", "ingress[tcp 0.0.0.0/0]", rules.High, ledger.Contested, "someone keeps undoing the remediation")
	other := s.finding(s.ref(), "FL101", "ingress[tcp ::/0]", rules.High, ledger.Contested, "someone keeps undoing the remediation")
	blocked := s.finding(s.ref(), "FL105", "ingress[tcp ::/0]", rules.High, ledger.Blocked, "quota")
	s.contest(s.ref(), "FL101")
	conflicts := 0
	s.memory.Fail = func(op string, key ledger.Key) error {
		if op == "put" && key.Family == "resource" && conflicts < 2 { // somebody else writes in between, twice
			conflicts++
			return ledger.ErrConflict
		}
		return nil
	}
	out, talk := s.ok(0, "findings", "release", id)
	same(t, "stdout", out, "released FL101 on "+s.ref()+"\n")
	has(t, "stderr", talk, "The next event about it, or the next sweep, remediates it again")
	known, err := s.ledger().Resource(t.Context(), s.ref())
	s.check(err)
	same(t, "states", []ledger.Status{known.Findings[id].State, known.Findings[other].State, known.Findings[blocked].State}, []ledger.Status{ledger.Open, ledger.Open, ledger.Blocked})
	if conflicts != 2 || len(known.Contested) > 0 || len(known.History) > 0 {
		t.Errorf("%d conflicts, contested %v, history %v", conflicts, known.Contested, known.History)
	}
	_, talk = s.ok(1, "findings", "release", id)
	has(t, "stderr", talk, "FL101 is not contested on "+s.ref()+", the finding is open: there is nothing to release")
	_, talk = s.ok(1, "findings", "release", "no-such\x1b")
	has(t, "stderr", talk, `releasing no-such\x1b: the ledger has no such finding: 'firewarden findings --all' lists them`)
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	s := newStand(t)
	s.closed()
	s.memory.Fail = func(string, ledger.Key) error { return errors.New("the line is dead") }
	for _, args := range []string{"findings", "findings release x", "remediations", "remediations show " + closing, "undo " + closing} {
		out, talk := s.ok(2, strings.Fields(args)...)
		has(t, args, out, "-")
		has(t, args, talk, "firewarden: the line is dead\n")
	}
}

func TestUsageOfTheLedgerCommands(t *testing.T) {
	s := newStand(t)
	for args, want := range map[string]string{
		"findings --status closed":         `invalid argument "closed" for --status: it is one of open, reported`,
		"findings --status open --all":     "[all status]",
		"findings all":                     `unknown command "all"`,
		"findings --format xml":            "it is table or json",
		"findings release":                 "accepts 1 arg",
		"remediations 2026":                `unknown command "2026"`,
		"remediations show":                "accepts 1 arg",
		"remediations show x --format csv": "it is text or json",
		"undo":                             "accepts 1 arg",
		"undo x --hold -1h":                "it must be longer than nothing",
		"undo x --hold soon":               "invalid duration",
	} {
		out, talk := s.ok(2, strings.Fields(args)...)
		has(t, args, out, "-")
		has(t, args, talk, want)
	}
	same(t, "connections", len(s.dialed), 0)
	for args, want := range map[string]string{"findings --help": "held_until", "remediations --help": "event_id", "remediations show --help": "before and after", "undo --help": "a hold is written first", "findings release --help": "not contested"} {
		out, _ := s.ok(0, strings.Fields(args)...)
		has(t, args, out, want)
		has(t, args, out, "Exit codes: 0")
		has(t, args, out, "FIREWARDEN_STACK")
	}
}
