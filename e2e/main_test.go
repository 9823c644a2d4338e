package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/local/cloud"
)

const root = ".."

// TestMain builds the functions as `make build` does, so that the tests never run on old ones.
func TestMain(m *testing.M) {
	for _, name := range []string{"audit", "remediate"} {
		cmd := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", "bin/"+name+"/bootstrap", "./functions/"+name)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building %s: %v\n%s", name, err, out)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// up starts a local cloud that ends with the test, and shows the functions' logs where the test fails. Sweeps send no digest there, so
// that notices can be counted.
func up(t *testing.T, edit func(*cloud.Options)) *cloud.Cloud {
	t.Helper()
	var log lockedBuffer
	o := cloud.Options{Root: root, Region: "eu-west-1", Log: &log, Warn: t.Logf, Parameters: map[string]string{"Policy": "digest: never"}}
	if edit != nil {
		edit(&o)
	}
	c, err := cloud.Up(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if t.Failed() {
			t.Logf("the functions' logs:\n%s", log.String())
		}
	})
	return c
}

// replaced is an edit of the template that replaces one text, which must be there.
func replaced(old, with string) func(string) string {
	return func(template string) string { return strings.Replace(template, old, with, 1) }
}
