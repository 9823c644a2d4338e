package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/rules"
)

func result() report.Result {
	return report.Result{
		Findings: []report.Finding{
			{File: "a/web.json", Line: 12, Finding: rules.Finding{
				Rule: "FL103", Severity: rules.High, Status: rules.Noncompliant, Resource: "task-definition/web",
				Path: "containerDefinitions[r].portMappings[24224/tcp]", Message: "container r publishes <24224>",
				Evidence: []string{"networkMode is absent"}, Fixable: true,
			}},
			{File: "b.json", Finding: rules.Finding{
				Rule: "FL201", Severity: rules.Info, Status: rules.Unknown, Resource: "task-definition/", Path: "networkMode", Message: "cannot tell",
			}},
		},
		Suppressed: []report.Suppressed{{
			Finding: report.Finding{File: "d.json", Line: 3, Finding: rules.Finding{
				Rule: "FL204", Severity: rules.Medium, Status: rules.Noncompliant, Resource: "task-definition/d", Path: "containerDefinitions[r].dependsOn", Message: "m", Fixable: true,
			}},
			Reason: "moves away", Owner: "web", Until: "2027-01-31", By: "policy.yaml:12",
		}},
		Errors: []report.Error{{File: "c.json", Message: "not JSON"}},
	}
}

func TestJSONHasExactlyThisShape(t *testing.T) {
	const want = `{
  "version": "1",
  "findings": [
    {
      "rule": "FL103",
      "severity": "high",
      "status": "noncompliant",
      "file": "a/web.json",
      "line": 12,
      "resource": "task-definition/web",
      "path": "containerDefinitions[r].portMappings[24224/tcp]",
      "message": "container r publishes <24224>",
      "fixable": true
    },
    {
      "rule": "FL201",
      "severity": "info",
      "status": "unknown",
      "file": "b.json",
      "line": 0,
      "resource": "task-definition/",
      "path": "networkMode",
      "message": "cannot tell",
      "fixable": false
    }
  ],
  "suppressed": [
    {
      "rule": "FL204",
      "severity": "medium",
      "status": "noncompliant",
      "file": "d.json",
      "line": 3,
      "resource": "task-definition/d",
      "path": "containerDefinitions[r].dependsOn",
      "message": "m",
      "fixable": true,
      "reason": "moves away",
      "owner": "web",
      "until": "2027-01-31",
      "by": "policy.yaml:12"
    }
  ],
  "errors": [
    {
      "file": "c.json",
      "message": "not JSON"
    }
  ]
}
`
	var b bytes.Buffer
	if err := report.JSON(&b, result()); err != nil || b.String() != want {
		t.Errorf("error %v, got\n%s", err, b.String())
	}
}

func TestListsAreNeverNull(t *testing.T) {
	var b bytes.Buffer
	if err := report.JSON(&b, report.Result{}); err != nil || b.String() != "{\n  \"version\": \"1\",\n  \"findings\": [],\n  \"suppressed\": [],\n  \"errors\": []\n}\n" {
		t.Errorf("error %v, got %s", err, b.String())
	}
}

func TestTable(t *testing.T) {
	const want = `a/web.json:12  FL103  high      container r publishes <24224> (fixable)
               web: containerDefinitions[r].portMappings[24224/tcp]
               networkMode is absent
b.json         FL201  unknown   cannot tell
               networkMode
`
	var b bytes.Buffer
	if err := report.Table(&b, result()); err != nil || b.String() != want {
		t.Errorf("error %v, got\n%s", err, b.String())
	}
}

// hostile are strings that would end a line, move the cursor, colour, hide or turn text.
var hostile = []string{
	"a\nb", "a\r\x1b[2K\x1b[1A", "\x1b]8;;http://x\x07", "\u009b31m", "\u202ertl\u202c", "\u2066\u2069", "\u200b\ufeff", "\u2028\u2029", "tab\there", "\x7f\x00", "bad\xffutf8", "\U000e0041",
}

func TestHostileNamesAreInert(t *testing.T) {
	r := result()
	f := r.Findings[0]
	f.File, f.Message, f.Path, f.Resource, f.Evidence = strings.Join(hostile, ""), strings.Join(hostile, ""), strings.Join(hostile, ""), strings.Join(hostile, ""), hostile
	r.Findings = []report.Finding{f}
	for name, render := range map[string]func(*bytes.Buffer) error{
		"table": func(b *bytes.Buffer) error { return report.Table(b, r) },
		"json":  func(b *bytes.Buffer) error { return report.JSON(b, r) },
	} {
		var b bytes.Buffer
		if err := render(&b); err != nil {
			t.Fatal(err)
		}
		for _, c := range b.String() {
			if c != '\n' && !unicode.IsPrint(c) {
				t.Errorf("%s: prints %q", name, c)
			}
		}
		if name == "table" && strings.Count(b.String(), "\n") != 2+len(hostile) {
			t.Errorf("table: a name made a line of its own:\n%s", b.String())
		}
		if name == "json" {
			sameStrings(t, b.Bytes(), f)
		}
	}
}

// sameStrings: what is escaped for the eye is the same value for machines, invalid UTF-8 apart.
func sameStrings(t *testing.T, doc []byte, f report.Finding) {
	t.Helper()
	var got struct {
		Findings []struct{ Message, Path string }
	}
	if err := json.Unmarshal(doc, &got); err != nil {
		t.Fatal(err)
	}
	if want := strings.ToValidUTF8(f.Message, "\ufffd"); got.Findings[0].Message != want || got.Findings[0].Path != want {
		t.Errorf("%q is not %q", got.Findings[0].Message, want)
	}
}

func TestInert(t *testing.T) {
	for in, want := range map[string]string{
		"plain ü 漢 😀": "plain ü 漢 😀", "a\nb": `a\nb`, "\x1b[2K": `\x1b[2K`, "\u202e": `\u202e`, "\xff": `\xff`, "\ufffd": "\ufffd", "\u00a0": `\u00a0`,
		strings.Repeat("é", 500): strings.Repeat("é", 400) + "…",
	} {
		if got := report.Inert(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestRulesAndExplainFitTheTerminal(t *testing.T) {
	var list bytes.Buffer
	if err := report.Rules(&list, rules.All()); err != nil {
		t.Fatal(err)
	}
	fits(t, list.String())
	for _, r := range rules.All() {
		if !strings.Contains(list.String(), r.ID+"  "+string(r.Severity)) {
			t.Errorf("%s is not listed", r.ID)
		}
		var b bytes.Buffer
		if err := report.Explain(&b, r, report.Explained{}); err != nil {
			t.Fatal(err)
		}
		prose, examples, found := strings.Cut(b.String(), "\nBefore\n")
		if !found { // a rule without a fix needs no example
			prose, examples, _ = strings.Cut(b.String(), "\nSources\n")
		}
		fits(t, prose)
		words := strings.Join(strings.Fields(prose), " ")
		for _, text := range []string{r.Title, r.Doc.What, r.Doc.Why, r.Doc.Fix, r.Doc.Silent} {
			if !strings.Contains(words, strings.Join(strings.Fields(text), " ")) {
				t.Errorf("%s: lacks %q", r.ID, text)
			}
		}
		for _, s := range append([]string{strings.ReplaceAll(r.Doc.Before, "\n", "\n  ")}, r.Doc.Sources...) {
			if !strings.Contains(examples, s) {
				t.Errorf("%s: lacks %q", r.ID, s)
			}
		}
	}
}

func fits(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 100 || strings.HasSuffix(line, " \n") {
			t.Errorf("%d columns: %q", n, line)
		}
	}
}

func TestRulesAndExplainAsJSON(t *testing.T) {
	rule, _ := rules.Find("FL103")
	var list, one bytes.Buffer
	if err := errors.Join(report.RulesJSON(&list, rules.All()), report.ExplainJSON(&one, rule)); err != nil {
		t.Fatal(err)
	}
	var all struct {
		Version string
		Rules   []map[string]any
	}
	var explained struct {
		Version string
		Rule    struct {
			ID, Title, Mode string
			Fixable         bool
			Doc             rules.Doc
		}
	}
	if err := errors.Join(json.Unmarshal(list.Bytes(), &all), json.Unmarshal(one.Bytes(), &explained)); err != nil {
		t.Fatal(err)
	}
	if all.Version != "1" || len(all.Rules) != len(rules.All()) || all.Rules[0]["id"] != "FL101" || all.Rules[0]["doc"] != nil {
		t.Errorf("rules: %v", all)
	}
	if r := explained.Rule; r.ID != "FL103" || !r.Fixable || r.Mode != "remediate" || r.Doc.Why != rule.Doc.Why || len(r.Doc.Sources) != len(rule.Doc.Sources) {
		t.Errorf("explained: %+v", r)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteErrorsAreReturned(t *testing.T) {
	for name, err := range map[string]error{
		"table": report.Table(broken{}, result()), "json": report.JSON(broken{}, result()), "rules": report.Rules(broken{}, rules.All()),
		"explain": report.Explain(broken{}, rules.All()[0], report.Explained{}), "rules json": report.RulesJSON(broken{}, nil),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestColourMarksHeadingsOnly(t *testing.T) {
	rule, _ := rules.Find("FL204")
	var plain, colour bytes.Buffer
	if err := errors.Join(report.Explain(&plain, rule, report.Explained{}), report.Explain(&colour, rule, report.Explained{Mode: rules.Off, Colour: true})); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(colour.String(), "\n\x1b[1mWhat is wrong\x1b[0m\n  ") || !strings.Contains(colour.String(), ", under this policy: off, ") {
		t.Errorf("got %q", colour.String())
	}
	without := strings.NewReplacer("\x1b[1m", "", "\x1b[2m", "", "\x1b[0m", "", ", under this policy: off", "").Replace(colour.String())
	if without != plain.String() {
		t.Errorf("without its colours it is %q", without)
	}
}

func TestTheIndexHasEveryRuleOnce(t *testing.T) {
	stranger := rules.All()[0]
	stranger.ID, stranger.Title = "FL901", "A title with a | and a *star*"
	var b bytes.Buffer
	if err := report.RulesIndex(&b, append(rules.All(), stranger)); err != nil {
		t.Fatal(err)
	}
	for _, r := range append(rules.All(), stranger) {
		if n := strings.Count(b.String(), "| ["+r.ID+"]("+r.ID+".md) | "); n != 1 {
			t.Errorf("%s stands there %d times", r.ID, n)
		}
	}
	if !strings.Contains(b.String(), `A title with a \| and a \*star\*`) {
		t.Errorf("the title is not inert:\n%s", b.String())
	}
}
