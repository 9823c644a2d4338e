package source_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

const corpus = "../../../shared/corpus"

// corpusFiles are all files below a folder of the corpus; the test is skipped where it is absent.
func corpusFiles(t testing.TB, folder string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(filepath.Join(corpus, folder), func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Skipf("the corpus is absent: %v", err)
	}
	return files
}

// TestCorpus reads other people's files: each is read or refused with a reason, and for each that is read, the file's own
// JSON and the corrected definition differ in planned paths only. With -v it prints a table of file and finding.
func TestCorpus(t *testing.T) {
	readable := 0
	for _, path := range corpusFiles(t, "taskdefs") {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		short := strings.TrimPrefix(path, corpus+"/taskdefs/")
		found, err := source.Read(path, data)
		if err != nil {
			if strings.HasPrefix(filepath.Base(path), "task-definition") && filepath.Base(filepath.Dir(path)) != "fluent-bit--dynatrace" {
				t.Errorf("%s: refused: %v", short, err)
			}
			t.Logf("%-110s refused: %v", short, err)
			continue
		}
		readable++
		judge(t, short, data, found[0])
	}
	if readable < 55 {
		t.Errorf("only %d definitions were read", readable)
	}
	t.Logf("%d definitions read", readable)
}

func judge(t *testing.T, short string, data []byte, r source.Resource) {
	t.Helper()
	d := r.Resource.(rules.Definition)
	onlyPlannedPathsDiffer(t, short, data, r)
	for _, p := range r.Unread {
		t.Logf("%-110s line %d: not read: %s", short, p.Line, p.Path)
	}
	for _, path := range slices.Sorted(maps.Keys(d.Unknown)) {
		t.Logf("%-110s unknown: %s (%s)", short, path, d.Unknown[path])
	}
	for _, f := range rules.Evaluate(rules.All(), d, rules.Params{}) {
		at := r.At(f.Path)
		if line := nthLine(data, at.Line); at.Line < 1 || line == "" {
			t.Errorf("%s: %s at line %d, which is empty", short, f.Path, at.Line)
		}
		t.Logf("%-110s line %-3d %s %s %s: %s", short, at.Line, f.Rule, f.Severity, f.Status, f.Message)
	}
}

// onlyPlannedPathsDiffer holds the corrected definition against the raw JSON. What was not read is allowed too: it is told.
func onlyPlannedPathsDiffer(t testing.TB, short string, data []byte, r source.Resource) {
	t.Helper()
	d := r.Resource.(rules.Definition)
	told := slices.Collect(maps.Keys(d.Unknown))
	for _, p := range r.Unread {
		told = append(told, p.Path)
	}
	raw := rawTree(t, data)
	if paths := differing(raw, plan.Tree(d), told); len(paths) > 0 {
		t.Errorf("%s: reading changed %q", short, paths)
	}
	fixed := corrected(d)
	for _, c := range plan.Compare(d, fixed) {
		told = append(told, c.Path)
	}
	if paths := differing(raw, plan.Tree(fixed), told); len(paths) > 0 {
		t.Errorf("%s: correction changed %q", short, paths)
	}
}

func nthLine(data []byte, n int) string {
	for line := range strings.Lines(string(data)) {
		if n--; n == 0 {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// TestFixturesLoseNothing is the same over the rule book's own fixtures.
func TestFixturesLoseNothing(t *testing.T) {
	files, err := filepath.Glob("../rules/testdata/FL[2-5]*/*/*.json")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d fixtures, error %v", len(files), err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found, err := source.Read(path, data)
		if err != nil {
			t.Fatal(err)
		}
		onlyPlannedPathsDiffer(t, path, data, found[0])
	}
}
