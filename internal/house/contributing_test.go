package house

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

// TestTheTableOfFloorsIsTheHouses holds CONTRIBUTING.md against the floors that are tested.
func TestTheTableOfFloorsIsTheHouses(t *testing.T) {
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| ([0-4]) \\| (`[^|]*) \\|").FindAllStringSubmatch(string(text), -1) {
		for _, path := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[2], -1) {
			name, floor := room(module + path[1])
			if told[name] = true; strconv.Itoa(floor) != row[1] {
				t.Errorf("CONTRIBUTING.md has %s on floor %s: it is on %d", path[1], row[1], floor)
			}
		}
	}
	for name := range floors {
		if !told[name] {
			t.Errorf("CONTRIBUTING.md has no %s", name)
		}
	}
}
