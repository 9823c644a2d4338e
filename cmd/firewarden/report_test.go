package main

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// known fills the ledger: one of each way to stand, two remediations, two sweeps.
func (s *stand) known() {
	s.t.Helper()
	s.closed()
	s.contest(s.ref(), "FL101")
	s.finding(s.ref(), "FL105", "ingress[tcp ::/0]", rules.Low, ledger.Blocked, "quota")
	s.finding("task-definition/web", "FL204", "containerDefinitions[r].dependsOn", rules.Medium, ledger.Corrected, "not rolled out")
	s.finding("task-definition/api", "FL502", "containerDefinitions[r].essential", rules.Medium, ledger.Suppressed, "exempt by tag firewarden:exempt until 2027-01-31: =moves")
	s.finding("task-definition/job", "FL502", "containerDefinitions[r].essential", rules.Medium, ledger.Suppressed, "exempt by policy.yaml:3 until 2026-12-31: old (web)")
	s.change("task-definition/web", func(r *ledger.Resource) {
		r.Rollout = &plan.Rollout{Moves: map[string]plan.Move{"service prod/web": {State: plan.Left}}}
	})
	s.change(s.ref(), func(r *ledger.Resource) {
		for id, f := range r.Findings {
			f.Evidence = []string{"entry sgr-1: tcp 2020 ::/0", "service night/batch runs batch:7", "service prod/web runs web:3: it has a configuration file", "and 4 more"}
			r.Findings[id] = f
		}
	})
	for i, id := range []string{"20261120T000000.000-aaaaaaaa", "20260901T000000.000-bbbbbbbb"} {
		s.check(s.ledger().PutRemediation(s.t.Context(), &ledger.Remediation{
			ID: id, Resource: s.ref(), Rules: []string{"FL101", "FL102"}, Started: s.now.AddDate(0, 0, -3-80*i), Outcome: ledger.Blocked, Origin: trigger.Origin{},
		}, nil))
	}
	for i, id := range []string{"late", "early"} {
		body := raw(s.t, ledger.Sweep{ID: id, Started: s.now.Add(-time.Minute - time.Duration(i)*90*time.Minute)})
		s.check(s.memory.Put(s.t.Context(), ledger.Write{Key: ledger.Key{Family: "sweep", Name: id}, Body: body}))
	}
}

func (s *stand) change(ref string, edit func(*ledger.Resource)) {
	s.t.Helper()
	r, err := s.ledger().Resource(s.t.Context(), ref)
	s.check(err)
	edit(&r)
	s.check(s.ledger().PutResource(s.t.Context(), &r, nil))
}

type reportDoc struct {
	Version, Account, Region, At, Since string
	Totals                              struct {
		Findings, Standing, Suppressed, Unknown, Ended int
		ByStatus                                       []map[string]any `json:"by_status"`
		ByUser                                         []map[string]any `json:"by_user"`
		ByCluster                                      []map[string]any `json:"by_cluster"`
		ByFamily                                       []map[string]any `json:"by_family"`
	}
	Sweeps       []map[string]any
	Exemptions   []map[string]any
	Remediations struct {
		Count, Undone int
		ByOutcome     []map[string]any `json:"by_outcome"`
		ByRule        []map[string]any `json:"by_rule"`
		List          []map[string]any
	}
}

func (s *stand) report(args ...string) (doc reportDoc) {
	s.t.Helper()
	out, _ := s.ok(0, append([]string{"report", "--format", "json"}, args...)...)
	s.check(json.Unmarshal([]byte(out), &doc))
	return doc
}

// in are the values of one field, with one of the numbers.
func in(rows []map[string]any, field, number string) map[string]any {
	all := map[string]any{}
	for _, r := range rows {
		all[r[field].(string)] = r[number]
	}
	return all
}

func TestReport(t *testing.T) {
	s := newStand(t)
	s.known()
	t.Setenv(policyVariable, "exemptions:\n  - {rule: FL502, resource: job, reason: r, owner: o, until: 2027-01-31}\n  - {rule: FL1*, resource: x, reason: r, owner: o, until: 2026-01-31}\n")
	doc := s.report()
	same(t, "head", []string{doc.Version, doc.Account, doc.Region, doc.At, doc.Since}, []string{"1", "123456789012", "eu-west-1", "2026-11-23T12:00:00Z", "2026-10-24T12:00:00Z"})
	same(t, "totals", []int{doc.Totals.Findings, doc.Totals.Standing, doc.Totals.Suppressed, doc.Totals.Unknown, doc.Totals.Ended}, []int{5, 2, 2, 0, 1})
	same(t, "by status", in(doc.Totals.ByStatus, "status", "findings"), map[string]any{"remediated": 1., "blocked": 1., "corrected": 1., "suppressed": 2.})
	same(t, "by service", in(doc.Totals.ByUser, "name", "standing"), map[string]any{"batch": 1., "web": 2., "": 0.})
	same(t, "not known", doc.Totals.ByUser[0]["by"], any("not known"))
	same(t, "by cluster", in(doc.Totals.ByCluster, "cluster", "standing"), map[string]any{"night": 1., "prod": 2., "": 0.})
	same(t, "by family", in(doc.Totals.ByFamily, "family", "standing"), map[string]any{"batch": 1., "web": 2., "api": 0., "job": 0.})
	same(t, "sweeps", in(doc.Sweeps, "id", "seen"), map[string]any{"early": 5., "late": 5.})
	same(t, "new", in(doc.Sweeps, "id", "new"), map[string]any{"early": 5., "late": 0.})
	same(t, "remediations in sweeps", in(doc.Sweeps, "id", "remediations"), map[string]any{"early": 1., "late": 0.})
	same(t, "oldest first", doc.Sweeps[0]["id"], any("early"))
	same(t, "exemptions", in(doc.Exemptions, "resource", "state"), map[string]any{"job": "counts", "x": "ended", "task-definition/api": "elsewhere"})
	same(t, "suppressed by them", in(doc.Exemptions, "resource", "suppressed"), map[string]any{"job": 1., "x": 0., "task-definition/api": 1.})
	same(t, "by", doc.Exemptions[2]["by"], any("tag firewarden:exempt"))
	same(t, "until", doc.Exemptions[2]["until"], any("2027-01-31"))
	same(t, "remediations", []int{doc.Remediations.Count, doc.Remediations.Undone, len(doc.Remediations.List)}, []int{2, 0, 2})
	same(t, "outcomes", in(doc.Remediations.ByOutcome, "outcome", "count"), map[string]any{"remediated": 1., "blocked": 1.})
	same(t, "by rule", in(doc.Remediations.ByRule, "rule", "count"), map[string]any{"FL101": 2., "FL102": 1.})
	for since, want := range map[string]int{"200d": 3, "1h": 1, "2026-11-20": 2, "2026-11-24": 0} {
		same(t, since, s.report("--since", since).Remediations.Count, want)
	}
}

// TestTheIndexSaysWhereAFindingMatters: what the ledger's index tells counts before evidence, and what it does not name is nobody's.
func TestTheIndexSaysWhereAFindingMatters(t *testing.T) {
	s := newStand(t)
	s.known()
	for key, doc := range map[ledger.Key]any{
		{Family: "clusters", Name: "account"}: map[string]any{"names": []string{"prod"}},
		{Family: "place/prod", Name: "service shop"}: map[string]any{"by": "service", "name": "prod/shop", "runs": []any{
			map[string]any{"revision": "shop:4", "groups": []string{s.group}}, map[string]any{"revision": "api:1", "groups": []string{}},
		}},
		{Family: "place/" + inventory.Scheduled, Name: "schedule night/default/shop"}: map[string]any{"by": "schedule", "name": "night/default/shop", "runs": []any{
			map[string]any{"revision": "shop:4", "groups": []string{s.group}},
		}},
	} {
		s.check(s.memory.Put(t.Context(), ledger.Write{Key: key, Body: raw(t, doc)}))
	}
	doc := s.report()
	same(t, "by service", in(doc.Totals.ByUser, "name", "standing"), map[string]any{"shop": 1., "default/shop": 1., "": 1.})
	same(t, "by cluster", in(doc.Totals.ByCluster, "cluster", "standing"), map[string]any{"prod": 1., "night": 1., "": 1.})
	same(t, "nobody", doc.Totals.ByUser[0]["by"], any("nobody"))
	same(t, "by family", in(doc.Totals.ByFamily, "family", "standing"), map[string]any{"shop": 1., "api": 0., "web": 1., "job": 0.})
}

// TestAnOlderRevisionMattersToWhoRunsIt, and not to who runs the latest; its family is the one that it is a revision of.
func TestAnOlderRevisionMattersToWhoRunsIt(t *testing.T) {
	s := newStand(t)
	s.finding("task-definition/web", "FL103", "containerDefinitions[r].portMappings", rules.High, ledger.Reported, "")
	s.finding("task-definition/web:3", "FL103", "containerDefinitions[r].portMappings", rules.High, ledger.Reported, "an older revision")
	for key, doc := range map[ledger.Key]any{
		{Family: "clusters", Name: "account"}:       map[string]any{"names": []string{"prod"}},
		{Family: "place/prod", Name: "service old"}: map[string]any{"by": "service", "name": "prod/old", "runs": []any{map[string]any{"revision": "web:3"}}},
		{Family: "place/prod", Name: "service new"}: map[string]any{"by": "service", "name": "prod/new", "runs": []any{map[string]any{"revision": "web:4"}}},
	} {
		s.check(s.memory.Put(t.Context(), ledger.Write{Key: key, Body: raw(t, doc)}))
	}
	doc := s.report()
	same(t, "by service", in(doc.Totals.ByUser, "name", "standing"), map[string]any{"old": 2., "new": 1.})
	same(t, "by family", in(doc.Totals.ByFamily, "family", "standing"), map[string]any{"web": 2.})
}

func TestTheReportIsTheSameAgainAndInert(t *testing.T) {
	s := newStand(t)
	s.known()
	s.finding("task-definition/web\u202e\n", "FL204", "x", rules.Medium, ledger.Open, "")
	for _, format := range []string{"table", "json", "csv"} {
		out, talk := s.ok(0, "report", "--format", format)
		again, _ := s.ok(0, "report", "--format", format)
		same(t, format, again, out)
		has(t, "stderr", talk, "account 123456789012, eu-west-1: 6 findings, 3 standing; other Regions and accounts are not covered\n")
		if strings.Contains(out, "\u202e") {
			t.Errorf("%s is not inert", format)
		}
	}
	out, _ := s.ok(0, "report", "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	s.check(err)
	got := map[string]string{}
	for _, r := range rows {
		got[strings.Join(r[:4], "/")] = r[4]
	}
	for key, want := range map[string]string{
		"findings/all//standing": "3", "findings by rule/FL105/A security group lets the router's HTTP server on port 2020 in/standing": "1",
		"findings by user/service/prod/web/standing": "2", "sweep/late//seen": "6", "exemption/FL502/task-definition/api/until": "2027-01-31", "remediations/all//count": "2",
	} {
		same(t, key, got[key], want)
	}
	table, _ := s.ok(0, "report")
	for _, want := range []string{"\nFindings by status\nSTATUS ", "\nExemptions\nUNTIL ", "\n            =moves\n", "\nRemediations since 2026-10-24T12:00:00Z\nOUTCOME "} {
		has(t, "stdout", table, want)
	}
}

func TestAnEmptyLedgerIsReportedAsSuch(t *testing.T) {
	s := newStand(t)
	out, _ := s.ok(0, "report")
	same(t, "sections without rows", strings.Count(out, "\n(none)\n"), 9)
	raw, _ := s.ok(0, "report", "--format", "json")
	if strings.Contains(raw, "null") {
		t.Errorf("a list is null:\n%s", raw)
	}
}
