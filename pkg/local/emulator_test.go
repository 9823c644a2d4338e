package local

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const projectRoot = "../.."

func TestEmulatorAnswersAndEnds(t *testing.T) {
	e := startEmulator(t)
	if err := e.control(t.Context(), http.MethodGet, "/moto-api/data.json", ""); err != nil {
		t.Fatal(err)
	}
	pid := e.proc.PID()
	e.Stop()
	if err := syscall.Kill(-pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process group %d after Stop: %v, want none", pid, err)
	}
}

func TestPortInUseIsNamed(t *testing.T) {
	l, err := listen(0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := portOf(l)
	_, err = StartEmulatorOn(t.Context(), "/no/python", port, nil)
	if inUse := (*PortInUse)(nil); !errors.As(err, &inUse) || inUse.Port != port {
		t.Errorf("error %v, want port %d in use", err, port)
	}
}

func TestEmulatorThatCannotStartSaysWhy(t *testing.T) {
	script := filepath.Join(t.TempDir(), "python")
	writeExecutable(t, script, "#!/bin/sh\necho ImportError: no module named werkzeug >&2\nexit 1\n")
	_, err := StartEmulator(t.Context(), script, nil)
	if err == nil || !strings.Contains(err.Error(), "no module named werkzeug") {
		t.Errorf("error %v, want the server's own words", err)
	}
}

func TestPythonErrorsSayWhatToDo(t *testing.T) {
	working, err := filepath.Abs(python(t))
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		path  string // content of a python3 on the only PATH, "" for none
		venv  string // content of .venv/bin/python, "" for none
		wants []string
	}{
		"no python3":        {wants: []string{"python3 is not installed", "python3-venv", "make venv"}},
		"no venv module":    {path: "#!/bin/sh\nexit 1\n", wants: []string{"apt install python3-venv"}},
		"no environment":    {path: "#!/bin/sh\nexit 0\n", wants: []string{"not there: run `make venv`"}},
		"dangling":          {venv: "#!/no/such/interpreter\n", wants: []string{"broken", "rm -rf", "make venv"}},
		"nothing installed": {venv: "#!/bin/sh\nexec " + working + " -S -I \"$@\"\n", wants: []string{"broken", "not installed: moto"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			root, bin := t.TempDir(), t.TempDir()
			if c.path != "" {
				writeExecutable(t, filepath.Join(bin, "python3"), c.path)
			}
			if c.venv != "" {
				writeExecutable(t, filepath.Join(root, ".venv/bin/python"), c.venv)
			}
			t.Setenv("PATH", bin)
			_, err := Python(root)
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range c.wants {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
		})
	}
}

// startEmulator is how the tests of this package get a moto server of their own.
func startEmulator(t *testing.T) *Emulator {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	e, err := StartEmulator(ctx, python(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	return e
}

func python(t *testing.T) string {
	t.Helper()
	p, err := Python(projectRoot)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func writeExecutable(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}
