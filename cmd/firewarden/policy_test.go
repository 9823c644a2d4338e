package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

const exemptAll = "exemptions:\n  - {rule: FL103, resource: web, reason: moves away, owner: web, until: 2099-01-31}\n"

// policyFiles writes the policies that the cases name, beside the files to scan.
func policyFiles(t *testing.T) {
	t.Helper()
	files(t)
	for name, text := range map[string]string{
		"report.yaml": "mode: report\nrules: {FL105: off}\n", "these.yaml": these, "off.yaml": "rules:\n  FL103: off\n", "exempt.yaml": exemptAll,
		"ended.yaml":  "exemptions:\n  - {rule: FL103, resource: web, reason: r, owner: o, until: 2020-01-31}\n",
		"bad.yaml":    "mode: report\nexemptions:\n  - {rule: FL103, resource: web, reason: r, owner: o}\nmod: x\n",
		"tag.yaml":    "tag_exemptions: true\n",
		"escape.yaml": "\"mod\\e[2J\": x\n",
		"large.yaml":  strings.Repeat("#", policyBytes+1),
		"tagged.json": strings.Replace(open, `{"family"`, `{"tags": [{"key": "firewarden:exempt", "value": "FL103 until=2020-01-31 reason=r"}], "family"`, 1),
		"untag.json":  strings.Replace(open, `{"family"`, `{"tags": [{"key": "firewarden:exempt", "value": "FL103 reason=r"}], "family"`, 1),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPolicyCommands(t *testing.T) {
	policyFiles(t)
	const beyond = "exempt.yaml:2: exemption from FL103 on web ends only on 2099-01-31: it counts, and nobody looks at it again for long\n"
	for name, c := range map[string]struct {
		args, env string
		code      int
		out, err  string
	}{
		"valid":                       {"policy validate report.yaml", "", 0, "-", "valid: 0 exemptions"},
		"the default":                 {"policy validate", "", 0, "-", "valid: 0 exemptions"},
		"far":                         {"policy validate exempt.yaml", "", 0, "-", beyond + "valid: 1 exemption\n"},
		"ended":                       {"policy validate ended.yaml", "", 0, "-", "ended.yaml:2: exemption from FL103 on web ended on 2020-01-31: it counts no longer\n"},
		"invalid":                     {"policy validate bad.yaml", "", 2, "-", "\nbad.yaml:3: exemption needs `until`\nbad.yaml:4: unknown key \"mod\" (did you mean \"mode\"?)\n"},
		"two invalid":                 {"policy validate bad.yaml", "rules: 5", 2, "-", "\nFIREWARDEN_POLICY:1: rules must be a mapping\n"},
		"escapes are inert":           {"policy validate escape.yaml", "", 2, "-", `unknown key "mod\x1b[2J"`},
		"absent":                      {"policy validate absent.yaml", "", 2, "-", "reading policy absent.yaml: no such file or directory"},
		"a directory":                 {"policy validate .", "", 2, "-", "reading policy .: is a directory"},
		"too large":                   {"policy validate large.yaml", "", 2, "-", "reading policy large.yaml: larger than 1 MiB"},
		"show":                        {"policy show report.yaml", "", 0, "mode: report # report.yaml:1\n", "-"},
		"show, the default":           {"policy show", "", 0, "mode: remediate # default\n", "-"},
		"show, over each other":       {"policy show report.yaml off.yaml", "mode: remediate", 0, "mode: remediate # FIREWARDEN_POLICY:1\nrules:\n  FL103: off # off.yaml:2\n  FL105: off # report.yaml:2\n", "-"},
		"show, invalid":               {"policy show off.yaml bad.yaml", "", 2, "-", "bad.yaml:4:"},
		"show, by the flag":           {"policy show --policy report.yaml", "", 0, "mode: report # report.yaml:1\n", "-"},
		"invalid, by the flag":        {"policy validate --policy bad.yaml", "", 2, "-", "bad.yaml:3:"},
		"schema":                      {"policy schema", "", 0, `"title": "FireWarden's policy"`, "-"},
		"schema takes none":           {"policy schema x", "", 2, "-", "unknown command"},
		"help":                        {"policy", "", 0, "Available Commands", "-"},
		"no such command":             {"policy check", "", 2, "-", "unknown command"},
		"rules":                       {"rules --policy off.yaml", "", 0, "FL103  high      off  ", "-"},
		"rules under the cap":         {"rules", "mode: report", 0, "FL101  medium    report", "-"},
		"rules, invalid":              {"rules --policy bad.yaml", "", 2, "-", "bad.yaml:4:"},
		"scan, off":                   {"scan --policy these.yaml --policy off.yaml open.json", "", 0, "-", "0 findings"},
		"scan, off by the variable":   {"scan --policy these.yaml open.json", "rules: {FL103: off}", 0, "-", "0 findings"},
		"scan, exempt":                {"scan --policy these.yaml --policy exempt.yaml open.json", "", 0, "-", "open.json:3: FL103 is suppressed until 2099-01-31 by exempt.yaml:2: moves away\n1 file: 0 findings, 0 unknown, 1 suppressed, 0 not read\n"},
		"scan, exempt no longer":      {"scan --policy these.yaml --policy ended.yaml open.json", "", 1, "FL103", "ended.yaml:2: exemption from FL103 on web ended on 2020-01-31: it counts no longer\n1 file: 1 finding,"},
		"scan, tag not let":           {"scan --policy these.yaml untag.json", "", 1, "FL103", "1 file: 1 finding, 0 unknown, 0 not read"},
		"scan, tag malformed":         {"scan --policy these.yaml --policy tag.yaml untag.json", "", 1, "FL103", "untag.json: tag firewarden:exempt: exemption needs `until`: write"},
		"scan, tag ended":             {"scan --policy these.yaml --policy tag.yaml tagged.json", "", 1, "FL103", "1 file: 1 finding, 0 unknown, 0 not read"},
		"scan, invalid: nothing done": {"scan --policy these.yaml --policy bad.yaml open.json", "", 2, "-", "the policy is invalid:\nbad.yaml:3:"},
		"scan, help":                  {"scan --help", "", 0, "The policy is the default one", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(policyVariable, c.env)
			var out, talk bytes.Buffer
			if code := run(strings.Fields(c.args), streams{strings.NewReader(""), &out, &talk}); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			has(t, "stdout", out.String(), c.out)
			has(t, "stderr", talk.String(), c.err)
		})
	}
}

func TestSuppressedFindingsAreInTheJSON(t *testing.T) {
	policyFiles(t)
	var out, talk bytes.Buffer
	same(t, "exit code", run(strings.Fields("scan --policy these.yaml --policy exempt.yaml --format json open.json"), streams{nil, &out, &talk}), 0)
	var doc struct {
		Findings   []any
		Suppressed []struct{ Rule, File, Reason, Owner, Until, By string }
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	same(t, "findings", len(doc.Findings), 0)
	same(t, "suppressed", doc.Suppressed, []struct{ Rule, File, Reason, Owner, Until, By string }{
		{"FL103", "open.json", "moves away", "web", "2099-01-31", "exempt.yaml:2"},
	})
}

// TestATagExemptsInAFile: the tag's end must be within a year of today.
func TestATagExemptsInAFile(t *testing.T) {
	policyFiles(t)
	until := time.Now().AddDate(0, 0, 1).UTC().Format(time.DateOnly)
	if err := os.WriteFile("mine.json", []byte(strings.Replace(open, `{"family"`, `{"tags": [{"key": "firewarden:exempt", "value": "FL103 until=`+until+` reason=moves away"}], "family"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, talk bytes.Buffer
	same(t, "exit code", run(strings.Fields("scan --policy these.yaml --policy tag.yaml mine.json"), streams{nil, &out, &talk}), 0)
	has(t, "stderr", talk.String(), "mine.json:3: FL103 is suppressed until "+until+" by tag firewarden:exempt: moves away\n")
}
