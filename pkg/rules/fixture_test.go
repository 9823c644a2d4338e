package rules_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/routerconf"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

// A fixture is testdata/RULE/{bad,good}/NAME.json: a task definition as people write it, or a security group with its entries
// and users. NAME.want beside it lists the findings of RULE, one a line, as "severity fixable|reported|unknown path";
// NAME.loss.want those under allow_protocol_loss; NAME.bindings holds the services that name its containers, NAME.params the
// policy's parameters under which it is judged, NAME.roles what IAM says of its roles.
type fixture struct {
	rule string
	good bool
	path string // without ".json"
}

func (f fixture) String() string { return strings.TrimPrefix(f.path, "testdata/") }

// fixtures lists all fixtures of definitions and groups.
func fixtures(t testing.TB) []fixture {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*/*.json")
	if err != nil || len(files) < 90 {
		t.Fatalf("%d fixtures, error %v", len(files), err)
	}
	var all []fixture
	for _, file := range files {
		parts := strings.Split(filepath.ToSlash(file), "/")
		all = append(all, fixture{rule: parts[1], good: parts[2] == "good", path: strings.TrimSuffix(file, ".json")})
	}
	return all
}

// load reads a fixture afresh, so that two loads share no memory.
func (f fixture) load(t testing.TB) rules.Resource {
	t.Helper()
	data := read(t, f.path+".json")
	if r, _ := rules.Find(f.rule); r.Kind == rules.KindGroup {
		return group(t, data)
	}
	d := definition(t, data)
	if bound := read(t, f.path+".bindings"); bound != nil {
		decode(t, bound, &d.Bindings)
	}
	if said := read(t, f.path+".roles"); said != nil {
		d.Roles = permitted(t, said)
	}
	if conf := read(t, f.path+".conf"); conf != nil {
		d.Config = configured(t, d, conf)
	}
	return d
}

// want are the expected findings, as lines.
func (f fixture) want(t testing.TB, suffix string) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(string(read(t, f.path+suffix))) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// params are the fixture's own parameters; those of the default policy where it has none.
func (f fixture) params(t testing.TB) rules.Params {
	t.Helper()
	var p rules.Params
	if data := read(t, f.path+".params"); data != nil {
		decode(t, data, &p)
	}
	return p
}

// read returns a file's bytes, nil where it does not exist.
func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return data
}

func decode(t testing.TB, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func definition(t testing.TB, data []byte) rules.Definition {
	t.Helper()
	found, err := source.Read("fixture", data)
	if err != nil {
		t.Fatal(err)
	}
	if unread := found[0].Unread; len(unread) > 0 {
		t.Fatalf("keys that the API does not know: %v", unread)
	}
	return found[0].Resource.(rules.Definition)
}

// permitted is what IAM says of the roles: lines of "task" or "execution", then "gone", "unasked" with a reason, or a decision
// ("allowed", "implicit", "denied", or the condition keys that it hangs on) with an action and a resource.
func permitted(t testing.TB, said []byte) *rules.RolePermissions {
	t.Helper()
	p := rules.RolePermissions{Task: rules.RoleAnswers{Decisions: map[rules.Question]rules.Decision{}}, Execution: rules.RoleAnswers{Decisions: map[rules.Question]rules.Decision{}}}
	for line := range strings.Lines(string(said)) {
		if line = strings.TrimSpace(line); line == "" {
			continue // asked, and nothing was said
		}
		role, decision, _ := strings.Cut(line, " ")
		answers := map[string]*rules.RoleAnswers{"task": &p.Task, "execution": &p.Execution}[role]
		if answers == nil {
			t.Fatalf("%q is about neither role", line)
		}
		decision, of, _ := strings.Cut(decision, " ")
		action, resource, _ := strings.Cut(of, " ")
		q := rules.Question{Action: action, Resource: resource}
		switch decision {
		case "gone":
			answers.Gone = true
		case "unasked":
			answers.Why = of
		case "allowed", "implicit", "denied":
			answers.Decisions[q] = rules.Decision{Allowed: decision == "allowed", Denied: decision == "denied"}
		default:
			answers.Decisions[q] = rules.Decision{Missing: strings.Split(decision, ",")}
		}
	}
	return &p
}

// configured is what a router's configuration says, in the form of its first router.
func configured(t testing.TB, d rules.Definition, conf []byte) *rules.RouterConfig {
	t.Helper()
	router := d.Routers()[0]
	around := routerconf.Around{Env: routerconf.Environment(router)}
	c, err := routerconf.Parse("own.conf", conf, router.FirelensConfiguration.Type, around)
	if err != nil {
		t.Fatal(err)
	}
	return &c
}

func group(t testing.TB, data []byte) rules.Group {
	t.Helper()
	var raw struct {
		ID, Name, VPC, Owner string
		Entries              []types.SecurityGroupRule
		Users                []struct {
			By, Name   string
			Definition json.RawMessage
		}
	}
	decode(t, data, &raw)
	g := rules.Group{ID: raw.ID, Name: raw.Name, VPC: raw.VPC, Owner: raw.Owner, Entries: raw.Entries}
	for _, u := range raw.Users {
		g.Users = append(g.Users, rules.User{By: u.By, Name: u.Name, Definition: definition(t, u.Definition)})
	}
	return g
}

// line is a finding as a want file has it.
func line(f rules.Finding) string {
	verdict := "reported"
	switch {
	case f.Status == rules.Unknown:
		verdict = "unknown"
	case f.Fixable:
		verdict = "fixable"
	}
	return string(f.Severity) + " " + verdict + " " + f.Path
}

func lines(found []rules.Finding) []string {
	var all []string
	for _, f := range found {
		all = append(all, line(f))
	}
	return all
}
