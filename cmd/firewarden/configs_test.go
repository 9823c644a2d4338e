package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// found is what a scan says in JSON, as "rule status path" and errors as "file: message".
func found(t *testing.T, args ...string) (findings, faults []string, code int, talk string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(append([]string{"scan", "--format", "json"}, args...), streams{nil, &out, &errs})
	var said []string
	var doc struct {
		Findings []struct{ Rule, Status, Path, Message string }
		Errors   []struct{ File, Message string }
	}
	if out.Len() > 0 {
		if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
			t.Fatalf("%v: %s", err, out.String())
		}
	}
	for _, f := range doc.Findings {
		findings = append(findings, f.Rule+" "+f.Status+" "+f.Path[strings.LastIndex(f.Path, "].")+2:])
		said = append(said, f.Message)
	}
	for _, e := range doc.Errors {
		faults = append(faults, e.File+": "+e.Message)
	}
	return findings, faults, code, strings.Join(append(said, errs.String()), "\n")
}

// definitionOf is a task definition of an example of the corpus with a router, "" where it has none.
func definitionOf(t *testing.T, example string) string {
	t.Helper()
	first := ""
	err := filepath.WalkDir(example, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || first != "" || filepath.Ext(path) != ".json" || strings.Contains(path, "runtask") {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("firelensConfiguration")) {
			first = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return first
}

// TestScanReadsEveryConfigurationOfTheCorpus scans each configuration file of the corpus with its own definition: by the folder
// where the definition names it, as the image's own where it does not.
func TestScanReadsEveryConfigurationOfTheCorpus(t *testing.T) {
	const examples = "../../../shared/corpus/taskdefs/aws-firelens-examples"
	if _, err := os.Stat(examples); err != nil {
		t.Skipf("the corpus is absent: %v", err)
	}
	t.Setenv(policyVariable, `rules: {"*": off, FL106: report}`)
	byFolder, byFile, opening := 0, 0, []string{}
	err := filepath.WalkDir(examples, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".conf" {
			return err
		}
		short, _ := filepath.Rel(examples, path)
		definition := definitionOf(t, filepath.Join(examples, strings.Split(filepath.ToSlash(short), "/")[0]))
		if definition == "" { // one example has none
			definition = definitionOf(t, examples)
		}
		args := []string{"--config-dir", filepath.Dir(path), definition}
		text, err := os.ReadFile(definition)
		if err != nil {
			return err
		}
		if named := bytes.Contains(text, []byte("/"+filepath.Base(path)+`"`)); named {
			byFolder++
		} else {
			byFile++
			args = append([]string{"--config-file", "*=" + path}, args...)
		}
		findings, faults, _, talk := found(t, args...)
		if len(faults) > 0 {
			t.Errorf("%s: %v", short, faults)
		}
		for _, f := range findings {
			at, listens := strings.CutPrefix(f, "FL106 noncompliant firelensConfiguration.")
			switch {
			case listens && strings.Contains(talk, filepath.Base(path)+":"):
				opening = append(opening, filepath.ToSlash(short)+" "+at)
			case strings.HasPrefix(f, "FL106 unknown ") && !strings.Contains(talk, filepath.Base(path)): // another file, which the example lacks
			default:
				t.Errorf("%s with %s: %s\n%s", short, definition, f, talk)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"fluent-bit--oomkill-prevention/firelens-full-filesystem-example/fluent-bit-image/extra.conf forward[0.0.0.0:24224]",
		"fluent-bit--oomkill-prevention/firelens-full-memory-example/fluent-bit-image/extra.conf forward[0.0.0.0:24224]",
	}
	if slices.Sort(opening); !slices.Equal(opening, want) {
		t.Errorf("listeners found: %q, want %q", opening, want)
	}
	t.Logf("%d by the folder, %d as the image's own", byFolder, byFile)
	if byFolder < 12 || byFolder+byFile != 30 {
		t.Errorf("%d files by the folder, %d as the image's own", byFolder, byFile)
	}
}

// shop is a definition whose router names a file, as people write it; OPTIONS and MORE are filled in.
const shop = `{"family": "shop", "networkMode": "awsvpc", "containerDefinitions": [
  {"name": "log_router", "image": "amazon/aws-for-fluent-bit:3.4.16", "memoryReservation": 100,
   "firelensConfiguration": {"type": "fluentbit"OPTIONS}MORE},
  {"name": "app", "image": "nginx:1.29", "logConfiguration": {"logDriver": "awsfirelens"}}]}`

func shopWith(options, more string) string {
	return strings.NewReplacer("OPTIONS", options, "MORE", more).Replace(shop)
}

func optionFile(kind, value string) string {
	return `, "options": {"config-file-type": "` + kind + `", "config-file-value": "` + value + `"}`
}

// laidOut writes files into a new folder, and enters it.
func laidOut(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	listening = "[INPUT]\n  Name forward\n  Listen 0.0.0.0\n  Port 24224\n"
	sending   = "[OUTPUT]\n  Name stdout\n  Match *\n"
)

func TestConfigurationFiles(t *testing.T) {
	t.Setenv(policyVariable, `rules: {"*": off, FL106: report, FL308: report}`)
	const opens, drops = "FL106 noncompliant firelensConfiguration.forward[0.0.0.0:24224]", "FL308 noncompliant logConfiguration.options"
	const maybe, maybeDrops = "FL106 unknown firelensConfiguration.forward", "FL308 unknown logConfiguration.options"
	init := `, "environment": [{"name": "aws_fluent_bit_init_s3_1", "value": "arn:aws:s3:::b/k/init.conf"}]`
	for name, c := range map[string]struct {
		definition string
		files      map[string]string
		args       string
		code       int
		want       []string
		says       string
	}{
		"not asked for":             {shopWith(optionFile("file", "/etc/own.conf"), ""), nil, "", 0, nil, "1 file: 0 findings, 0 unknown"},
		"by the container's path":   {shopWith(optionFile("file", "/etc/own.conf"), ""), map[string]string{"d/etc/own.conf": listening + sending}, "--config-dir d", 1, []string{opens}, "on 0.0.0.0:24224 (/etc/own.conf:1)"},
		"by its name":               {shopWith(optionFile("file", "/etc/own.conf"), ""), map[string]string{"d/own.conf": listening + sending}, "--config-dir d", 1, []string{opens}, ""},
		"an object, by its name":    {shopWith(optionFile("s3", "arn:aws:s3:::b/k/own.conf"), ""), map[string]string{"d/own.conf": sending}, "--config-dir d", 0, nil, "0 findings, 0 unknown"},
		"the init process's object": {strings.Replace(shopWith("", init), "bit:3", "bit:init-3", 1), map[string]string{"d/init.conf": listening + sending}, "--config-dir d", 1, []string{opens}, "arn:aws:s3:::b/k/init.conf:1"},
		"an include, by its name":   {shopWith(optionFile("file", "/own.conf"), ""), map[string]string{"d/own.conf": "@INCLUDE /far/away/in.conf\n" + sending, "d/in.conf": listening}, "--config-dir d", 1, []string{opens}, "/far/away/in.conf:1"},
		"absent":                    {shopWith(optionFile("file", "/own.conf"), ""), map[string]string{"d/other.conf": sending}, "--config-dir d", 0, []string{maybe, maybeDrops}, "config-file-value: it is not there"},
		"without an output":         {shopWith(optionFile("file", "/own.conf"), ""), map[string]string{"d/own.conf": "[SERVICE]\n  Flush 1\n"}, "--config-dir d", 1, []string{drops}, "has no output in its own configuration"},
		"outside the folder":        {shopWith(optionFile("file", "/../secret.conf"), ""), map[string]string{"secret.conf": listening, "d/x": ""}, "--config-dir d", 0, []string{maybe, maybeDrops}, "it is not there"},
		"the image's own":           {shopWith("", ""), map[string]string{"own.conf": listening + sending}, "--config-file shop=own.conf", 1, []string{opens}, "own.conf:1"},
		"the image's own, YAML":     {shopWith("", ""), map[string]string{"own.yaml": "pipeline:\n  inputs:\n    - name: forward\n  outputs:\n    - {name: stdout, match: '*'}\n"}, "--config-file sh*=own.yaml", 1, []string{opens}, "own.yaml:3"},
		"a script's":                {shopWith("", `, "entryPoint": ["/start.sh"]`), map[string]string{"own.conf": sending}, "--config-file *=own.conf", 0, nil, "0 unknown"},
		"both":                      {shopWith(optionFile("file", "/own.conf"), ""), map[string]string{"d/own.conf": listening, "i.conf": sending}, "--config-dir d --config-file shop=i.conf", 1, []string{opens}, ""},
		"no such family":            {shopWith("", ""), map[string]string{"own.conf": sending}, "--config-file shpo=own.conf", 2, []string{drops}, "--config-file shpo=own.conf: no router of that family was scanned"},
		"no configuration":          {shopWith(optionFile("file", "/own.conf"), ""), map[string]string{"d/own.conf": sending + "x\x00"}, "--config-dir d", 2, []string{maybe, maybeDrops}, "x.json: /own.conf:4: not text"},
		"no section":                {shopWith(optionFile("file", "/own.conf"), ""), map[string]string{"d/own.conf": listening + "[BROKEN\n"}, "--config-dir d", 2, []string{opens, maybe, maybeDrops}, "x.json: /own.conf:5: "},
		"no folder":                 {shopWith("", ""), nil, "--config-dir none", 2, nil, "opening folder none: no such file or directory"},
		"no file":                   {shopWith("", ""), nil, "--config-file shop=none", 2, nil, "not a file that can be read"},
		"no family":                 {shopWith("", ""), nil, "--config-file own.conf", 2, nil, "want FAMILY=PATH"},
		"no pattern":                {shopWith("", ""), map[string]string{"own.conf": ""}, "--config-file [=own.conf", 2, nil, "want FAMILY=PATH"},
	} {
		t.Run(name, func(t *testing.T) {
			laidOut(t, c.files)
			if err := os.WriteFile("x.json", []byte(c.definition), 0o600); err != nil {
				t.Fatal(err)
			}
			findings, _, code, talk := found(t, append(strings.Fields(c.args), "x.json")...)
			if slices.Sort(findings); code != c.code || !slices.Equal(findings, c.want) || !strings.Contains(talk, c.says) {
				t.Errorf("exit code %d, findings %q\n%s", code, findings, talk)
			}
		})
	}
}

// TestConfigurationFilesThatAreTraps: a link out of the folder, a link to itself, a pipe nobody writes to and 50 MB are each said,
// and the definition is judged all the same.
func TestConfigurationFilesThatAreTraps(t *testing.T) {
	t.Setenv(policyVariable, `rules: {"*": off, FL106: report}`)
	laidOut(t, map[string]string{"x.json": shopWith(optionFile("file", "/own.conf"), ""), "secret.conf": listening, "d/large": strings.Repeat("[SERVICE]\n", 5_000_000)})
	for name, c := range map[string]struct {
		trap func() error
		says string
		code int
	}{
		"a link out":       {func() error { return os.Symlink("../secret.conf", "d/own.conf") }, "it could not be opened", 2},
		"a link to itself": {func() error { return os.Symlink("own.conf", "d/own.conf") }, "it could not be opened", 2},
		"a pipe":           {func() error { return syscall.Mkfifo("d/own.conf", 0o600) }, "it is not a file", 2},
		"a folder":         {func() error { return os.Mkdir("d/own.conf", 0o700) }, "it is not a file", 2},
		"50 MB":            {func() error { return os.Rename("d/large", "d/own.conf") }, "/own.conf: larger than 4 MiB", 2},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.trap(); err != nil {
				t.Fatal(err)
			}
			defer os.Remove("d/own.conf")
			findings, _, code, talk := found(t, "--config-dir", "d", "x.json")
			if code != c.code || !slices.Equal(findings, []string{"FL106 unknown firelensConfiguration.forward"}) || !strings.Contains(talk, c.says) {
				t.Errorf("exit code %d, findings %q\n%s", code, findings, talk)
			}
		})
	}
}
