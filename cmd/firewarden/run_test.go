package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	open = `{"family": "web", "networkMode": "bridge", "containerDefinitions": [
  {"name": "log_router", "image": "r", "firelensConfiguration": {"type": "fluentbit"},
   "portMappings": [{"containerPort": 24224}]},
  {"name": "app", "image": "a", "dependsOn": [{"containerName": "log_router", "condition": "START"}],
   "logConfiguration": {"logDriver": "awsfirelens"}}]}`
	bare = `[{"name": "log_router", "image": "r", "firelensConfiguration": {"type": "fluentbit"}},
  {"name": "app", "image": "a", "logConfiguration": {"logDriver": "awsfirelens"}}]`
)

// these are the rules that the cases are about, whatever others there are.
const these = `rules: {"*": off, FL103: remediate, FL201: along, FL204: remediate}`

// files writes the files that the cases name, and enters their folder.
func files(t *testing.T) {
	t.Helper()
	t.Setenv(policyVariable, these)
	t.Chdir(t.TempDir())
	for name, data := range map[string]string{
		"open.json": open, "bare.json": bare, "good.json": strings.Replace(open, "24224", "2020", 1), "broken.json": "{\n  \"family\": ",
		"policy.json": `{"Statement": []}`, "new.json": strings.Replace(open, `"image": "a"`, `"image": "a", "newKey": 1`, 1),
	} {
		if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("loop", "loop"); err != nil {
		t.Fatal(err)
	}
}

func TestCommands(t *testing.T) {
	files(t)
	for name, c := range map[string]struct {
		args     string
		in       string
		code     int
		out, err string // what must be in them; "-" for nothing at all
	}{
		"nothing found":       {"scan good.json", "", 0, "-", "1 file: 0 findings, 0 unknown, 0 not read"},
		"a finding":           {"scan open.json", "", 1, "open.json:3:21  FL103  high", "1 file: 1 finding,"},
		"a finding, JSON":     {"scan --format json open.json", "", 1, `"line": 3,`, "1 finding"},
		"unknown only":        {"scan bare.json", "", 0, "FL201  unknown", "0 findings, 1 unknown"},
		"standard input":      {"scan -", open, 1, ":3:21  FL103", ""},
		"broken":              {"scan broken.json", "", 2, "-", "not JSON: line 2"},
		"broken and a find":   {"scan broken.json open.json", "", 2, "open.json:3:21 ", "2 files: 1 finding, 0 unknown, 1 not read"},
		"errors in JSON":      {"scan --format=json policy.json open.json", "", 2, `: an IAM policy"`, ""},
		"absent":              {"scan absent.json good.json", "", 2, "-", "absent.json: no such file or directory"},
		"a directory":         {"scan .", "", 2, "open.json:3:21 ", "1 file in directories left out: neither a task definition nor a template\n5 files: 2 findings, 1 unknown, 1 not read"},
		"a link to itself":    {"scan loop", "", 2, "-", "loop: too many levels of symbolic links"},
		"empty input":         {"scan -", "", 2, "-", "line 1, column 1: it ends"},
		"a key not read":      {"scan new.json", "", 1, "FL103", "new.json:4: not read: containerDefinitions[app].newKey"},
		"no file":             {"scan", "", 2, "-", "requires at least 1 arg"},
		"no such format":      {"scan --format xml open.json", "", 2, "-", "it is table or json"},
		"no such flag":        {"scan --deep open.json", "", 2, "-", "unknown flag: --deep"},
		"no such command":     {"scna open.json", "", 2, "-", "unknown command"},
		"help":                {"", "", 0, "Available Commands", "-"},
		"help of scan":        {"scan --help", "", 0, "2 wins over 1", "-"},
		"rules":               {"rules", "", 0, "FL204  medium    remediate", "-"},
		"rules, JSON":         {"rules --format json", "", 0, `"id": "FL201"`, "-"},
		"rules take none":     {"rules FL201", "", 2, "-", "unknown command"},
		"explain":             {"explain FL201", "", 0, "When the rule is silent", "-"},
		"explain, lower case": {"explain fl103", "", 0, "FL103 A port mapping", "-"},
		"explain, JSON":       {"explain FL201 --format json", "", 0, `"sources": [`, "-"},
		"explain what":        {"explain", "", 2, "-", "accepts 1 arg"},
		"no such rule":        {"explain FL24", "", 2, "-", `no rule "FL24": did you mean FL204?`},
		"a slip of the hand":  {"explain FL21", "", 2, "-", "did you mean FL201?"},
		"version":             {"version", "", 0, "firewarden ", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, talk bytes.Buffer
			code := run(strings.Fields(c.args), streams{strings.NewReader(c.in), &out, &talk})
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			has(t, "stdout", out.String(), c.out)
			has(t, "stderr", talk.String(), c.err)
		})
	}
}

func has(t *testing.T, stream, got, want string) {
	t.Helper()
	if want == "-" && got != "" || !strings.Contains(got, strings.TrimPrefix(want, "-")) {
		t.Errorf("%s is %q, want %q", stream, got, want)
	}
}

func TestTooLargeIsRefusedWithoutBeingRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "large.json")
	if err := os.WriteFile(name, bytes.Repeat([]byte(" "), 50<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, talk bytes.Buffer
	if code := run([]string{"scan", name}, streams{nil, &out, &talk}); code != 2 || !strings.Contains(talk.String(), "larger than 8 MiB") {
		t.Errorf("exit code %d, stderr %q", code, talk.String())
	}
}
