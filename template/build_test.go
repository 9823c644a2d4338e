package template

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheBuilderCopiesOnlyItsFolder: sam copies CodeUri and runs make on the copy. What is there is a main and the makefile,
// and the makefile builds from where it lies, not from the copy.
func TestTheBuilderCopiesOnlyItsFolder(t *testing.T) {
	raw, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	for _, function := range sorted(folders) {
		folder := folders[function]
		if !strings.Contains(string(raw), "CodeUri: "+folder+"\n") {
			t.Errorf("%s is not built from %s", function, folder)
		}
		files, err := os.ReadDir("../" + folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if f.Name() != "Makefile" && filepath.Ext(f.Name()) != ".go" {
				t.Errorf("%s/%s is copied at every build", folder, f.Name())
			}
		}
		makefile, err := filepath.Abs("../" + folder + "/Makefile")
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("make", "--dry-run", "--makefile", makefile, "build-"+function)
		cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "ARTIFACTS_DIR=/artifacts", "MAKEFLAGS=")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", function, err, out)
		}
		root := filepath.Dir(filepath.Dir(filepath.Dir(makefile)))
		for _, part := range []string{"cd " + root + " ", "GOOS=linux GOARCH=arm64", "-o /artifacts/bootstrap ./" + folder + "\n"} {
			if !strings.Contains(string(out), part) {
				t.Errorf("%s is not built with %q:\n%s", function, part, out)
			}
		}
	}
}
