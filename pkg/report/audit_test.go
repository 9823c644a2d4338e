package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/rules"
)

// malignAudit and malignReport are full of what a resource's author chose.
func malignAudit() report.Audit {
	f := report.AuditFinding{
		Region: "eu-west-1", ID: "0a", Rule: "FL101", Severity: rules.High, Evaluation: rules.Noncompliant, Resource: malign, Revisions: []string{malign},
		Users: []report.User{report.UserOf("service " + malign)}, Path: malign, Message: malign, Evidence: []string{malign}, Fixable: true,
	}
	return report.Audit{
		Account: "123456789012", Findings: []report.AuditFinding{f}, Suppressed: []report.SuppressedFinding{{AuditFinding: f, Reason: malign, Owner: malign, By: malign}},
		Totals: report.Total([]report.Counted{{Rule: malign, Severity: malign, Status: malign, Users: f.Users, Families: []string{malign}}}),
		Errors: []report.AuditError{{Resource: malign, Message: malign}},
	}
}

func malignReport() report.Compliance {
	return report.Compliance{
		Place: report.Place{Account: "123456789012", Region: "eu-west-1"}, Totals: malignAudit().Totals, Sweeps: []report.Sweep{{ID: malign}},
		Exemptions: []report.Exemption{{Rule: malign, Resource: malign, Reason: malign, Owner: malign, By: malign}},
		Remedied:   report.Remedy([]report.LedgerRemediation{{ID: malign, Resource: malign, Rules: []string{malign}, Outcome: malign}}),
	}
}

func TestAuditAndReportAreInert(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer) error{
		"audit": func(b *bytes.Buffer) error { return report.AuditText(b, malignAudit()) }, "audit, JSON": func(b *bytes.Buffer) error { return report.AuditJSON(b, malignAudit()) },
		"audit, CSV": func(b *bytes.Buffer) error { return report.AuditCSV(b, malignAudit()) }, "report": func(b *bytes.Buffer) error { return report.ComplianceText(b, malignReport()) },
		"report, JSON": func(b *bytes.Buffer) error { return report.ComplianceJSON(b, malignReport()) }, "report, CSV": func(b *bytes.Buffer) error { return report.ComplianceCSV(b, malignReport()) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if strings.ContainsAny(b.String(), "\x1b\x07\u202e") || !utf8.Valid(b.Bytes()) || strings.Contains(b.String(), "\n<b>") || b.Len() == 0 {
			t.Errorf("%s: not inert: %q", name, b.String())
		}
		if strings.HasSuffix(name, "JSON") && !json.Valid(b.Bytes()) {
			t.Errorf("%s: no JSON: %s", name, b.String())
		}
	}
}

// TestNoCellIsAFormula: a spreadsheet computes what begins so.
func TestNoCellIsAFormula(t *testing.T) {
	for _, text := range []string{"=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1"} {
		a := malignAudit()
		a.Findings[0].Message, a.Findings[0].Path = text, "in the middle"+text
		var b bytes.Buffer
		if err := report.AuditCSV(&b, a); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(rows) != 3 {
			t.Fatal(err, len(rows))
		}
		if cell := rows[1][10]; strings.ContainsAny(cell[:1], "=+-@ ") {
			t.Errorf("%q is written as %q", text, cell)
		}
		if cell := rows[1][9]; !strings.HasPrefix(cell, "in the middle") {
			t.Errorf("the path is written as %q", cell)
		}
	}
}

func TestEachFindingCountsOnceForEachUserClusterAndFamily(t *testing.T) {
	web, api, lone := report.UserOf("service prod/web"), report.UserOf("service prod/api"), report.UserOf("task 0123")
	night, api2 := report.UserOf("container instance night/i-0a"), report.UserOf("task prod/api") // a task that is named as a service is
	totals := report.Total([]report.Counted{
		{Tally: report.Tally{Standing: 1}, Rule: "FL102", Severity: rules.Low, Status: "open", Users: []report.User{web, api, night}, Families: []string{"web", "api"}},
		{Tally: report.Tally{Suppressed: 1}, Rule: "FL101", Severity: rules.High, Status: "suppressed", Users: []report.User{web}, Families: []string{"web"}},
		{Tally: report.Tally{Ended: 1}, Rule: "FL101", Severity: rules.High, Status: "resolved", Users: []report.User{lone}},
		{Tally: report.Tally{Unknown: 1}, Rule: "FL402", Severity: rules.Low, Status: "open", Users: []report.User{api, api2}, Families: []string{"api"}},
		{Tally: report.Tally{Unknown: 1}, Rule: "FL402", Severity: rules.Low, Status: "open", Users: []report.User{api}, Families: []string{"api"}},
	})
	if totals.Findings != 5 || totals.Tally != (report.Tally{Standing: 1, Suppressed: 1, Unknown: 2, Ended: 1}) {
		t.Errorf("totals %+v", totals)
	}
	for _, c := range []struct {
		got  any
		want string
	}{
		{totals.ByStatus, `[{"status":"open","findings":3},{"status":"resolved","findings":1},{"status":"suppressed","findings":1}]`},
		{totals.BySeverity, `[{"severity":"high",0101},{"severity":"low",1020}]`},
		{totals.ByCluster, `[{"cluster":"",0001},{"cluster":"night",1000},{"cluster":"prod",1120}]`},
		{totals.ByUser, `[{"by":"task","cluster":"","name":"0123",0001},{"by":"container instance","cluster":"night","name":"i-0a",1000},` +
			`{"by":"service","cluster":"prod","name":"api",1020},{"by":"service","cluster":"prod","name":"web",1100},` +
			`{"by":"task","cluster":"prod","name":"api",0010}]`},
		{totals.ByFamily, `[{"family":"",0001},{"family":"api",1020},{"family":"web",1100}]`},
	} {
		raw, err := json.Marshal(c.got)
		numbers := strings.NewReplacer(`"standing":`, "", `,"suppressed":`, "", `,"unknown":`, "", `,"ended":`, "")
		if got := numbers.Replace(string(raw)); err != nil || got != c.want {
			t.Errorf("%v, %s, want %s", err, got, c.want)
		}
	}
	if len(totals.ByRule) != 3 || totals.ByRule[0].Rule != "FL101" || !strings.Contains(totals.ByRule[0].Title, "awsvpc") {
		t.Errorf("by rule %+v", totals.ByRule)
	}
}

func TestUsersReadWhatTheyPrint(t *testing.T) {
	for _, text := range []string{"service prod/web", "task 0123", "container instance prod/i-0a"} {
		if got := report.UserOf(text).String(); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

// TestALargeAccountsTablesAreCut, and say so; the JSON has all.
func TestALargeAccountsTablesAreCut(t *testing.T) {
	var all []report.Counted
	for i := range 100 {
		all = append(all, report.Counted{Tally: report.Tally{Standing: 1}, Families: []string{fmt.Sprintf("family-%03d", i)}})
	}
	c := report.Compliance{Totals: report.Total(all), At: time.Unix(0, 0)}
	var text, doc bytes.Buffer
	if err := errors.Join(report.ComplianceText(&text, c), report.ComplianceJSON(&doc, c)); err != nil {
		t.Fatal(err)
	}
	if strings.Count(text.String(), "family-") != 40 || !strings.Contains(text.String(), "and 60 more: --format json has all") || strings.Count(doc.String(), "family-") != 100 {
		t.Errorf("the table:\n%s", text.String())
	}
}

func TestReportsReturnWriteErrors(t *testing.T) {
	for name, err := range map[string]error{
		"audit": report.AuditText(broken{}, malignAudit()), "audit, JSON": report.AuditJSON(broken{}, malignAudit()), "audit, CSV": report.AuditCSV(broken{}, malignAudit()),
		"report": report.ComplianceText(broken{}, malignReport()), "report, JSON": report.ComplianceJSON(broken{}, malignReport()), "report, CSV": report.ComplianceCSV(broken{}, malignReport()),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
