package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/firewarden/firewarden/pkg/report"
)

// malign is what a name may be when its author means ill.
const malign = "web\x1b]0;x\x07\u202e\n<b>\xff"

func TestTheLedgersTextsAreInert(t *testing.T) {
	record := report.LedgerRecord{
		LedgerRemediation: report.LedgerRemediation{
			ID: malign, Resource: malign, Rules: []string{malign}, Outcome: malign, Reason: malign, Undone: &report.Cause{By: malign, Event: malign},
		},
		Plan: malign, Notes: []string{malign}, Cause: report.Cause{By: malign, SourceIP: malign}, Before: json.RawMessage(`["` + "\u202e\x7f" + `"]`),
	}
	group := record
	group.Resource, group.Before = "security-group/sg-0a", json.RawMessage(`[{"Description":"\u001b\u202e","Tags":[{"Key":"\u001b","Value":"\u202e"}]}]`)
	finding := report.LedgerFinding{ID: malign, Rule: malign, Status: malign, Reason: malign, Resource: malign, Path: malign, Message: malign, HeldUntil: time.Unix(0, 0)}
	at := report.Place{Account: malign, Region: malign}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"findings":       func(b *bytes.Buffer) error { return report.LedgerFindings(b, []report.LedgerFinding{finding}) },
		"findings, JSON": func(b *bytes.Buffer) error { return report.LedgerFindingsJSON(b, at, []report.LedgerFinding{finding}) },
		"remediations": func(b *bytes.Buffer) error {
			return report.LedgerRemediations(b, []report.LedgerRemediation{record.LedgerRemediation})
		},
		"remediations, JSON": func(b *bytes.Buffer) error {
			return report.LedgerRemediationsJSON(b, at, []report.LedgerRemediation{record.LedgerRemediation})
		},
		"a definition's": func(b *bytes.Buffer) error { return report.LedgerRecordText(b, record) },
		"a group's":      func(b *bytes.Buffer) error { return report.LedgerRecordText(b, group) },
		"a record, JSON": func(b *bytes.Buffer) error { return report.LedgerRecordJSON(b, at, record) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if strings.ContainsAny(b.String(), "\x1b\x07\u202e\x7f") || !utf8.Valid(b.Bytes()) || strings.Contains(b.String(), "\n<b>") {
			t.Errorf("%s: not inert: %q", name, b.String())
		}
		if strings.HasSuffix(name, "JSON") && !json.Valid(b.Bytes()) {
			t.Errorf("%s: no JSON: %s", name, b.String())
		}
	}
}

func TestALongCellPushesItsOwnLineOnly(t *testing.T) {
	long := strings.Repeat("x", 80)
	var b bytes.Buffer
	if err := report.LedgerFindings(&b, []report.LedgerFinding{{ID: "a", Resource: long, Path: "p"}, {ID: "b", Resource: "short", Path: "q"}}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if strings.Index(lines[0], "PATH") != strings.Index(lines[3], "q") || !strings.HasSuffix(lines[1], long+"  p") || !strings.Contains(lines[2], "first seen -, last seen -") {
		t.Errorf("the table:\n%s", b.String())
	}
}

func TestARemediationWithoutAnEvent(t *testing.T) {
	var b bytes.Buffer
	if err := report.LedgerRecordText(&b, report.LedgerRecord{}); err != nil {
		t.Fatal(err)
	}
	if want := "cause     no event: a sweep found it\n"; !strings.Contains(b.String(), want) {
		t.Errorf("want %q in %s", want, b.String())
	}
}
