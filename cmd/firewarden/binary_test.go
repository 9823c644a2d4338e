package main

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBinary builds the command and looks at what a shell sees: exit codes, and data apart from talk.
func TestBinary(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "firewarden")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	files(t)
	for args, want := range map[string]int{
		"scan good.json": 0, "scan open.json": 1, "scan bare.json": 0, "scan open.json broken.json": 2, "scan nowhere.json": 2, "scan": 2,
		"rules": 0, "explain FL201": 0, "explain FL999": 2, "version": 0, "--bogus": 2,
	} {
		cmd := exec.Command(bin, strings.Fields(args)...)
		err := cmd.Run()
		var e *exec.ExitError
		if err != nil && !errors.As(err, &e) {
			t.Fatal(err)
		}
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: exit code %d, want %d", args, got, want)
		}
	}
	var doc struct {
		Version  string
		Findings []struct{ File string }
		Errors   []struct{ File string }
	}
	out, _ := exec.Command(bin, "scan", "--format", "json", "broken.json", "open.json").Output()
	if err := json.Unmarshal(out, &doc); err != nil || len(doc.Findings) != 1 || doc.Findings[0].File != "open.json" || len(doc.Errors) != 1 || doc.Errors[0].File != "broken.json" {
		t.Errorf("error %v, stdout %s", err, out)
	}
}
