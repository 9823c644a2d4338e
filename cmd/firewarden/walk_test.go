package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// golden compares with a file of testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%s differs (error %v):\n%s", path, err, got)
	}
}

// The rules are named, so that a new one does not change what these two files show.
func TestScanOfATemplate(t *testing.T) {
	t.Setenv(policyVariable, `rules: {"*": off, FL101: remediate, FL104: along}`)
	for format, file := range map[string]string{"table": "shop.txt", "json": "shop.json"} {
		var out, talk bytes.Buffer
		code := run([]string{"scan", "--format", format, "testdata/shop.yaml"}, streams{nil, &out, &talk})
		golden(t, file, fmt.Sprintf("%s\nstderr:\n%s\nexit code %d\n", out.String(), talk.String(), code))
	}
}

// folder writes files, and links by what they lead to, below a new folder.
func folder(t *testing.T, files, links map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, data := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const cutShort = "Resources:\n  Task:\n    Type: [a,\n"

// A directory is walked once, whatever links lead around in it: what is broken is named with its place, what is something else is
// left out, and the rest is scanned.
func TestScanOfADirectory(t *testing.T) {
	t.Setenv(policyVariable, these)
	root := folder(t, map[string]string{
		"a/open.json": open, "a/b/cut.yaml": cutShort, "a/b/good.TEMPLATE": strings.Replace(open, "24224", "2020", 1), "package.json": `{"name": "x"}`,
		"values.yml": "image: {tag: 1}\n", "two.yaml": "a: 1\n---\nb: 2\n", "notes.txt": open, ".git/open.json": open, "node_modules/x/open.json": open, "binary.yaml": "\x7fELF\x02\x01\xff",
		"large.json": strings.Repeat(" ", 9<<20), "deep.json": strings.Repeat("[", 100) + strings.Repeat("]", 100),
	}, map[string]string{"a/b/up": "../..", "self": "self", "whole": ".", "linked.json": "a/open.json"})
	var out, talk bytes.Buffer
	if code := run([]string{"scan", root}, streams{nil, &out, &talk}); code != exitUnusable {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{
		"a/b/cut.yaml: not YAML: line 4, column 1: did not find expected node content\n", "binary.yaml: not text in UTF-8: line 1, column 7\n", "large.json: larger than 8 MiB\n",
		"deep.json: line 1: nested deeper than 64\n", "3 files in directories left out: neither a task definition nor a template\n",
		"6 files: 1 finding, 0 unknown, 4 not read\n",
	} {
		has(t, "stderr", talk.String(), want)
	}
	if strings.Count(out.String(), "FL103") != 1 {
		t.Errorf("stdout:\n%s", out.String())
	}
}

func TestADirectoryThatIsNamedByALinkIsRead(t *testing.T) {
	t.Setenv(policyVariable, these)
	root := folder(t, map[string]string{"a/open.json": open}, map[string]string{"link": "a"})
	var out, talk bytes.Buffer
	run([]string{"scan", filepath.Join(root, "link")}, streams{nil, &out, &talk})
	has(t, "stdout", out.String(), "link/open.json:3:21  FL103")
}

func TestADirectoryOfTooManyFiles(t *testing.T) {
	files := map[string]string{}
	for i := range maxFiles + 1 {
		files[fmt.Sprintf("%d/%d.json", i%100, i)] = "{}"
	}
	root := folder(t, files, nil)
	var out, talk bytes.Buffer
	if code := run([]string{"scan", root}, streams{nil, &out, &talk}); code != exitUnusable {
		t.Errorf("exit code %d", code)
	}
	has(t, "stderr", talk.String(), root+": more than 10000 files below: name some of its folders\n")
}
