package main

import (
	"encoding/json"
	"fmt"
	gofmt "go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// proof is a test that is laid beside the worked example.
const proof = `package rules

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func TestTheWorkedExample(t *testing.T) {
	if err := Validate(All()); err != nil {
		t.Fatal(err)
	}
	rule, ok := Find("FL511")
	if !ok {
		t.Fatal("it is not in the catalogue")
	}
	d := Definition{
		Task: types.TaskDefinition{ContainerDefinitions: []types.ContainerDefinition{{FirelensConfiguration: &types.FirelensConfiguration{Type: types.FirelensConfigurationTypeFluentbit}}}},
		Tags: []types.Tag{{Key: aws.String("temporary")}, {Key: aws.String("team")}},
	}
	for forbidden, want := range map[string]int{"temporary": 1, "sandbox": 0} {
		if got := Evaluate([]Rule{rule}, d, Params{Lists: map[string][]string{"forbidden_tags": {forbidden}}}); len(got) != want {
			t.Errorf("%s: %v", forbidden, got)
		}
	}
}
`

// TestTheWorkedExampleOfARuleHolds lays the example of CONTRIBUTING.md over the tree: the rule's file, one word in the catalogue, and
// nothing else.
func TestTheWorkedExampleOfARuleHolds(t *testing.T) {
	manual, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(manual), "```go\n")
	example, _, found := strings.Cut(rest, "```\n")
	if formatted, err := gofmt.Source([]byte(example)); !found || err != nil || string(formatted) != example {
		t.Fatalf("the example is not as gofmt would have it: %v", err)
	}
	if said := fmt.Sprintf("`pkg/rules/fl511.go`, %d lines:", strings.Count(example, "\n")); !strings.Contains(string(manual), said) {
		t.Errorf("CONTRIBUTING.md does not say %q", said)
	}
	catalogue, err := os.ReadFile("../../pkg/rules/catalogue.go")
	if err != nil {
		t.Fatal(err)
	}
	entered := strings.Replace(string(catalogue), "fl510(),", "fl510(), fl511(),", 1)
	overlaid := overlay(t, map[string]string{"fl511.go": example, "catalogue.go": entered, "fl511_test.go": proof})
	if out, err := exec.Command("go", "test", "-overlay", overlaid, "-run", "TestTheWorkedExample$", "../../pkg/rules").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// overlay is a file for go test's flag -overlay, by which files of pkg/rules are read from elsewhere.
func overlay(t *testing.T, files map[string]string) string {
	t.Helper()
	room, err := filepath.Abs("../../pkg/rules")
	if err != nil {
		t.Fatal(err)
	}
	dir, replace := t.TempDir(), map[string]string{}
	put := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, text := range files {
		replace[filepath.Join(room, name)] = put(name, []byte(text))
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	return put("overlay.json", data)
}
