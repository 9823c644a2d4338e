package owner

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestTheTableIsDocumented: each trace that decides has a source, and the guide has them all.
func TestTheTableIsDocumented(t *testing.T) {
	guide, err := os.ReadFile("../../docs/owners.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range recognisers {
		if r.source == "" && r.writer != anyone || !strings.Contains(string(guide), r.source) {
			t.Errorf("row %d, %s: source %q is not in docs/owners.md", i, r.tool, r.source)
		}
		if _, ok := dialects[r.tool]; !ok || !strings.Contains(string(guide), "| "+string(r.tool)+" |") {
			t.Errorf("row %d: %s has no dialect, or no row in docs/owners.md", i, r.tool)
		}
	}
}

// TestConventionsComeLast: a hand-made tag never stands before what AWS recorded, and what stands on CloudFormation before it.
func TestConventionsComeLast(t *testing.T) {
	convention := func(r recogniser) bool { return r.writer == anyone }
	first := slices.IndexFunc(recognisers, convention)
	if slices.ContainsFunc(recognisers[first:], func(r recogniser) bool { return !convention(r) }) {
		t.Error("a trace that decides comes after a convention")
	}
	place := func(tool Tool) int {
		return slices.IndexFunc(recognisers, func(r recogniser) bool { return r.tool == tool })
	}
	if place(Copilot) > place(CDK) || place(CDK) > place(CloudFormation) {
		t.Error("CloudFormation comes before a tool that stands on it")
	}
}
