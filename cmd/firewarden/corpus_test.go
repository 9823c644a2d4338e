package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestScanOfTheCorpus scans other people's files in one call: every file that is no task definition is named in errors, and
// the others are scanned all the same.
func TestScanOfTheCorpus(t *testing.T) {
	args := []string{"scan", "--format", "json"}
	err := filepath.WalkDir("../../../shared/corpus/taskdefs", func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			args = append(args, path)
		}
		return err
	})
	if err != nil {
		t.Skipf("the corpus is absent: %v", err)
	}
	var out, talk bytes.Buffer
	if code := run(args, streams{nil, &out, &talk}); code != exitUnusable {
		t.Errorf("exit code %d", code)
	}
	var doc struct {
		Findings []struct {
			Rule, File string
			Line       int
		}
		Errors []struct{ File, Message string }
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	refused := map[string]string{}
	for _, e := range doc.Errors {
		refused[e.File] = e.Message
	}
	for _, file := range args[3:] {
		sure := strings.HasSuffix(file, ".conf") || strings.HasSuffix(file, ".yaml") || filepath.Base(file) == "permissions.json"
		if sure && refused[file] == "" || refused[file] == "" != !strings.Contains(talk.String(), file+": ") {
			t.Errorf("%s: error %q", file, refused[file])
		}
	}
	for _, f := range doc.Findings {
		if refused[f.File] != "" || f.Line < 2 {
			t.Errorf("finding %v in a file that was refused, or on no line", f)
		}
	}
	if read := len(args) - 3 - len(refused); read < 55 || len(doc.Findings) < 20 {
		t.Errorf("%d files read, %d findings", read, len(doc.Findings))
	}
}
