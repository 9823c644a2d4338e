package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/rules"
)

// update is what `make generate` sets.
var update = flag.Bool("update", false, "write the files that are generated, and remove those that no longer are")

// docs is the folder that generated files are written to.
const docs = "../../docs"

// generated are the files that come from the rule book and the policy's keys, by their path in docs.
func generated(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	add := func(path string, text []byte, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		files[path] = string(text)
	}
	for _, r := range rules.All() {
		var b bytes.Buffer
		err := report.RulePage(&b, r)
		add("rules/"+r.ID+".md", b.Bytes(), err)
	}
	var b bytes.Buffer
	err := report.RulesIndex(&b, rules.All())
	add("rules/README.md", b.Bytes(), err)
	schema, err := policy.Schema()
	add("schema/policy.schema.json", schema, err)
	return files
}

// present are the files in docs that must all be generated ones.
func present(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob(docs + "/rules/*")
	if err != nil {
		t.Fatal(err)
	}
	found := []string{"schema/policy.schema.json"}
	for _, p := range pages {
		found = append(found, "rules/"+filepath.Base(p))
	}
	return found
}

func TestGeneratedFilesAreUpToDate(t *testing.T) {
	files := generated(t)
	if *update {
		write(t, files)
	}
	for path, want := range files {
		got, err := os.ReadFile(filepath.Join(docs, path))
		if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
			t.Errorf("docs/%s is stale (error %v): run make generate\n%s", path, err, diff)
		}
	}
	for _, path := range present(t) {
		if _, ok := files[path]; !ok {
			t.Errorf("docs/%s is of no rule: run make generate", path)
		}
	}
}

func write(t *testing.T, files map[string]string) {
	t.Helper()
	for path, text := range files {
		file := filepath.Join(docs, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range present(t) {
		if _, ok := files[path]; !ok {
			if err := os.Remove(filepath.Join(docs, path)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestEveryPageLinksToWhatItRestsOn wants a page of AWS's, or the documentation of the program that the rule is about.
func TestEveryPageLinksToWhatItRestsOn(t *testing.T) {
	sites := []string{"docs.aws.amazon.com/", "docs.fluentbit.io/", "docs.fluentd.org/", "github.com/aws/"}
	for _, r := range rules.All() {
		if !slices.ContainsFunc(r.Doc.Sources, func(s string) bool {
			return slices.ContainsFunc(sites, func(site string) bool { return strings.HasPrefix(s, "https://"+site) })
		}) {
			t.Errorf("%s links to no page: %q", r.ID, r.Doc.Sources)
		}
	}
}

// TestThePagesSayWhatExplainSays: one text, two forms.
func TestThePagesSayWhatExplainSays(t *testing.T) {
	files := generated(t)
	for _, r := range rules.All() {
		var out, talk bytes.Buffer
		if code := run([]string{"explain", r.ID}, streams{nil, &out, &talk}); code != 0 {
			t.Fatalf("%s: %s", r.ID, talk.String())
		}
		page := flat(strings.ReplaceAll(files["rules/"+r.ID+".md"], `\`, ""))
		for _, said := range strings.Split(out.String(), "\n\n")[1:] {
			_, said, _ = strings.Cut(said, "\n") // the heading
			for line := range strings.Lines(said) {
				if !strings.Contains(page, flat(strings.ReplaceAll(line, `\`, ""))) {
					t.Errorf("%s: the page does not say %q", r.ID, line)
				}
			}
		}
	}
}

func flat(text string) string { return strings.Join(strings.Fields(text), " ") }
