package owner_test

import (
	cmpx "cmp"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"go.yaml.in/yaml/v4"

	"github.com/firewarden/firewarden/pkg/owner"
	"github.com/firewarden/firewarden/pkg/plan"
)

var update = flag.Bool("update", false, "write the golden files")

// languages are the tools by the kind of file that their patches are.
var languages = map[owner.Tool]string{
	owner.CloudFormation: "yaml", owner.Copilot: "yaml", owner.CDK: "ts", owner.Terraform: "hcl", owner.Pulumi: "json", "": "json",
}

// parses says that a patch is of its language.
func parses(t *testing.T, tool owner.Tool, patch string) {
	t.Helper()
	switch languages[tool] {
	case "yaml":
		var v any
		if err := yaml.Unmarshal([]byte(patch), &v); err != nil {
			t.Errorf("not YAML: %v\n%s", err, patch)
		}
	case "json":
		var v any
		if text := uncommented(patch, "//"); text != "" && json.Unmarshal([]byte(text), &v) != nil {
			t.Errorf("not JSON:\n%s", patch)
		}
	case "hcl":
		if _, err := hclsyntax.ParseConfig([]byte(patch), "patch.tf", hcl.InitialPos); err.HasErrors() {
			t.Errorf("not HCL: %v\n%s", err, patch)
		}
	case "ts":
		balanced(t, patch)
	}
}

func uncommented(patch, mark string) string {
	lines := slices.DeleteFunc(strings.Split(patch, "\n"), func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), mark) })
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// balanced reads TypeScript as far as strings, comments and brackets go.
func balanced(t *testing.T, patch string) {
	t.Helper()
	var open []rune
	pairs := map[rune]rune{')': '(', ']': '[', '}': '{'}
	quoted, escaped := false, false
	for _, r := range uncommented(patch, "//") {
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = r == '\\', r != '"'
		case r == '"':
			quoted = true
		case strings.ContainsRune("([{", r):
			open = append(open, r)
		case pairs[r] != 0 && (len(open) == 0 || open[len(open)-1] != pairs[r]):
			t.Fatalf("unbalanced at %q:\n%s", r, patch)
		case pairs[r] != 0:
			open = open[:len(open)-1]
		case strings.ContainsRune("`'", r):
			t.Fatalf("a string of another kind:\n%s", patch)
		}
	}
	if quoted || len(open) > 0 {
		t.Errorf("left open:\n%s", patch)
	}
}

// golden compares with a file of testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

// TestPatches has one file a language, with every kind of change.
func TestPatches(t *testing.T) {
	for tool, language := range languages {
		var all strings.Builder
		for _, kind := range slices.Sorted(maps.Keys(kinds())) {
			patch := owner.Owner{Tool: tool}.Patch(revision(web(), kinds()[kind]))
			parses(t, tool, patch)
			if strings.Contains(patch, "hunter") {
				t.Errorf("%s shows a secret:\n%s", tool, patch)
			}
			all.WriteString("== " + kind + "\n" + patch)
		}
		golden(t, "patch-"+strings.ToLower(cmpx.Or(string(tool), "plain"))+"."+language+".txt", all.String())
	}
}

func TestAnEmptyPlanHasNoPatch(t *testing.T) {
	for tool := range languages {
		o := owner.Owner{Tool: tool}
		if got := o.Patch(plan.Revision{Current: web(), Desired: web()}) + o.PatchIngress(plan.Ingress{Group: "sg-1"}); got != "" {
			t.Errorf("%s: %s", tool, got)
		}
	}
}

func TestAnUnknownToolGetsPlainJSON(t *testing.T) {
	p := revision(web(), kinds()["essential"])
	if got := (owner.Owner{Tool: "Chef"}).Patch(p); got != (owner.Owner{}).Patch(p) {
		t.Error(got)
	}
}

func TestALongPatchIsCutAtALine(t *testing.T) {
	many := web()
	for i := range 400 {
		c := many.Task.ContainerDefinitions[1]
		c.Name = aws.String("router" + strconv.Itoa(i))
		many.Task.ContainerDefinitions = append(many.Task.ContainerDefinitions, c)
	}
	for tool := range languages {
		got := owner.Owner{Tool: tool}.Patch(revision(many, kinds()["everything"]))
		if len(got) > 17<<10 || !strings.HasSuffix(got, " cut: the patch is longer than what is shown\n") {
			t.Errorf("%s: %d bytes, ends with %q", tool, len(got), got[max(0, len(got)-80):])
		}
	}
}
