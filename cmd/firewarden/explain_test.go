package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// none is an environment without variables.
func none(string) string { return "" }

func TestColourIsForTerminalsThatWantIt(t *testing.T) {
	pipe, other, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	defer other.Close()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("this system has no pseudo-terminal: %v", err)
	}
	defer terminal.Close()
	env := func(name, value string) func(string) string {
		return func(asked string) string { return map[string]string{name: value}[asked] }
	}
	for name, c := range map[string]struct {
		got, want bool
	}{
		"a terminal":               {colourful(terminal, none), true},
		"a terminal of some name":  {colourful(terminal, env("TERM", "xterm-256color")), true},
		"NO_COLOR":                 {colourful(terminal, env("NO_COLOR", "1")), false},
		"NO_COLOR, empty":          {colourful(terminal, env("NO_COLOR", "")), true},
		"a dumb terminal":          {colourful(terminal, env("TERM", "dumb")), false},
		"a pipe":                   {colourful(other, none), false},
		"what is no file":          {colourful(&bytes.Buffer{}, none), false},
		"a file that is no device": {colourful(regular(t), none), false},
	} {
		if c.got != c.want {
			t.Errorf("%s: colour %t", name, c.got)
		}
	}
}

func regular(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestExplainIsPlainWhenPiped(t *testing.T) {
	var out, talk bytes.Buffer
	if code := run([]string{"explain", "FL204"}, streams{nil, &out, &talk}); code != 0 || strings.Contains(out.String(), "\x1b") {
		t.Errorf("exit code %d, %q", code, out.String())
	}
}

func TestExplainSaysTheModeUnderThePolicy(t *testing.T) {
	t.Setenv(policyVariable, "rules: {FL204: off}")
	var out, talk bytes.Buffer
	same(t, "exit code", run([]string{"explain", "FL204"}, streams{nil, &out, &talk}), 0)
	has(t, "stdout", out.String(), "medium, by default: remediate, under this policy: off, looks at a task-definition\n")
}
