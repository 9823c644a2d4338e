package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

const (
	python = "../.venv/bin/python"
	source = "../template.yaml"
)

func wantPython(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(python); errors.Is(err, fs.ErrNotExist) {
		t.Fatal("the project's Python environment is missing: run `make venv`, then the tests again")
	}
}

// run runs a script in the project's Python environment and decodes what it prints.
func run(t *testing.T, out any, stdin []byte, script string, args ...string) {
	t.Helper()
	wantPython(t)
	cmd := exec.Command(python, append([]string{script}, args...)...)
	cmd.Env = append(os.Environ(), "AWS_DEFAULT_REGION=us-east-1", "PYTHONWARNINGS=ignore", "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stdin = bytes.NewReader(stdin)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	printed, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, complaint.String())
	}
	if err := json.Unmarshal(printed, out); err != nil {
		t.Fatalf("%s: %v", script, err)
	}
}

var translated struct {
	once sync.Once
	json []byte
}

// translate returns the template as SAM translates it: a fresh copy at every call, to be edited at will.
func translate(t *testing.T) document {
	t.Helper()
	wantPython(t)
	translated.once.Do(func() {
		var raw json.RawMessage
		run(t, &raw, nil, "../pkg/local/cloud/translate.py", source)
		translated.json = raw
	})
	var d document
	if err := json.Unmarshal(translated.json, &d); err != nil {
		t.Fatal("the template could not be translated: see the first failing test")
	}
	return d
}
