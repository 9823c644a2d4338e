package house

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/firewarden/firewarden/"

// floors are the packages of the house by floor; a package below one of these counts as its part.
var floors = map[string]int{
	"functions/": 4, "cmd/": 4,
	"pkg/reconcile": 3, "pkg/demo": 3,
	"pkg/ecstask": 2, "pkg/ec2sg": 2, "pkg/inventory": 2, "pkg/ledger": 2, "pkg/notify": 2, "pkg/local": 2, "pkg/report": 2,
	"pkg/pace": 2, "pkg/bus": 2, "pkg/iamrole": 2, "pkg/trail": 2, "pkg/owner": 2, "pkg/s3config": 2, "pkg/metrics": 2,
	"pkg/plan": 1, "pkg/trigger": 1, "pkg/source": 1, "pkg/policy": 1, "pkg/routerconf": 1, "pkg/iampolicy": 1,
	"pkg/rules": 0,
}

// outside are packages that belong to no floor: tests of the whole.
var outside = []string{"internal/house", "internal/benchsweep", "template", "e2e", "tools"}

// impure are standard packages that floors 0 and 1 must not import: no context, clock, environment or network.
var impure = []string{"context", "os", "net", "net/http", "time/tzdata", "log", "log/slog", "os/exec"}

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// packages are the module's packages with their direct imports and all that they depend on, tests left out.
func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-tags", "lambda.norpc", "-deps", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("go list: %s", exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.ImportPath, module) {
			all = append(all, p)
		}
	}
	if len(all) < len(floors)/2 {
		t.Fatalf("only %d packages listed", len(all))
	}
	return all
}

// room is a package's room and floor; the floor is -1 for what is outside, and the room "" for what nobody has placed.
func room(path string) (string, int) {
	rel := strings.TrimPrefix(path, module)
	for name, floor := range floors {
		if rel == strings.TrimSuffix(name, "/") || strings.HasPrefix(rel, strings.TrimSuffix(name, "/")+"/") {
			return name, floor
		}
	}
	for _, name := range outside {
		if rel == name || strings.HasPrefix(rel, name+"/") {
			return name, -1
		}
	}
	return "", -1
}

func TestEveryPackageHasARoom(t *testing.T) {
	for _, p := range packages(t) {
		if name, _ := room(p.ImportPath); name == "" {
			t.Errorf("%s is in no room: place it on a floor (DESIGN: imports point down only)", p.ImportPath)
		}
	}
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		from, floor := room(p.ImportPath)
		for _, imp := range p.Imports {
			to, below := room(imp)
			if !strings.HasPrefix(imp, module) || floor < 0 || from == to {
				continue
			}
			if below >= floor {
				t.Errorf("%s (floor %d) imports %s (floor %d): imports point down only, and rooms of one floor do not import each other", p.ImportPath, floor, imp, below)
			}
		}
	}
}

func TestLowerFloorsArePure(t *testing.T) {
	for _, p := range packages(t) {
		_, floor := room(p.ImportPath)
		if floor != 0 && floor != 1 {
			continue
		}
		for _, imp := range p.Imports {
			if slices.Contains(impure, imp) {
				t.Errorf("%s (floor %d) imports %s: floors 0 and 1 know no context, clock, environment or network", p.ImportPath, floor, imp)
			}
			if floor == 0 && strings.Contains(imp, ".") && !strings.HasSuffix(imp, "/types") {
				t.Errorf("%s (floor 0) imports %s: only the standard library and the SDK's types", p.ImportPath, imp)
			}
		}
	}
}

// TestFunctionsStaySmall keeps out of the functions what keeps the linker from dropping the SDK's unused operations.
func TestFunctionsStaySmall(t *testing.T) {
	heavy := []string{"text/template", "html/template", "github.com/spf13/cobra"}
	for _, p := range packages(t) {
		if !strings.HasPrefix(p.ImportPath, module+"functions/") {
			continue
		}
		for _, h := range heavy {
			if slices.Contains(p.Deps, h) {
				t.Errorf("%s depends on %s: calls of methods by name keep every operation of the SDK in the binary", p.ImportPath, h)
			}
		}
	}
}
