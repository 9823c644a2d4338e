package notify

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestPicturesAreOfTheGoldenFiles draws them again: make pictures writes them.
func TestPicturesAreOfTheGoldenFiles(t *testing.T) {
	golden, err := filepath.Abs("testdata/golden")
	if err != nil {
		t.Fatal(err)
	}
	fresh := t.TempDir()
	if *update { // the golden files are: golden_test.go comes first
		if fresh, err = filepath.Abs("../../docs/pictures"); err != nil {
			t.Fatal(err)
		}
	}
	draw := exec.Command("go", "run", "./pictures", "-from", golden, "-to", fresh)
	draw.Dir = "../../tools"
	if out, err := draw.CombinedOutput(); err != nil {
		t.Fatalf("drawing: %v\n%s", err, out)
	}
	drawn, err := os.ReadDir(fresh)
	if err != nil || len(drawn) == 0 {
		t.Fatalf("%d pictures, %v", len(drawn), err)
	}
	for _, d := range drawn {
		now, err := os.ReadFile(filepath.Join(fresh, d.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if was, err := os.ReadFile(filepath.Join("../../docs/pictures", d.Name())); err != nil || string(was) != string(now) {
			t.Errorf("docs/pictures/%s is stale (%v): make pictures", d.Name(), err)
		}
	}
}
