package rules_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/firewarden/firewarden/pkg/iampolicy"
	"github.com/firewarden/firewarden/pkg/routerconf"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

// incomplete are the differences between what the examples of others grant and what their definitions need of the task role, by
// example; "+" is needed and not granted, "-" granted and not needed.
var incomplete = map[string]struct {
	differences []string
	why         string
}{
	"fluent-bit--amazon-managed-service-for-prometheus": {
		[]string{"-s3:PutObject"},
		"Its policy lets the role write to the bucket that holds the configuration; neither the definition nor that file writes to S3.",
	},
	"fluent-bit--send-to-multiple-destinations": {
		[]string{"+logs:CreateLogGroup", "+logs:CreateLogStream", "+logs:PutLogEvents"},
		"Its configuration file writes to CloudWatch Logs too, which the example forgets.",
	},
	"fluent-bit--cloudwatchlogs/task-definition-cloudwatch_logs.json": {[]string{"-logs:DescribeLogStreams"}, describes},
	"fluent-bit--filter-multiline":                                    {[]string{"-logs:DescribeLogStreams"}, describes},
	"fluent-bit--filter-multiline-partial-message-mode":               {[]string{"-logs:DescribeLogStreams"}, describes},
	"fluent-bit--ecs-log-collection/task-definition-tail.json":        {allOfLogs, inS3},
	"fluent-bit--ecs-log-collection/task-definition-tcp.json":         {allOfLogs, inS3},
	"fluent-bit--ecs-log-deletion/take-definition-tail.json":          {allOfLogs, inS3},
}

const (
	describes = "One policy is given for both plugins; the one in C does not describe streams."
	inS3      = "Its only output is in a configuration file in S3 that the example does not hold: FL401 says unknown, and --config-dir would tell."
)

var allOfLogs = []string{"-logs:CreateLogGroup", "-logs:CreateLogStream", "-logs:DescribeLogStreams", "-logs:PutLogEvents"}

func TestActionsOfTheCorpus(t *testing.T) {
	files, err := filepath.Glob("../../../shared/corpus/taskdefs/*/*/permissions.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no corpus beside this project")
	}
	seen := map[string]bool{}
	for _, file := range files {
		granted := grants(t, file)
		definitions, err := filepath.Glob(filepath.Join(filepath.Dir(file), "ta*-definition*.json"))
		if err != nil || len(definitions) == 0 {
			t.Errorf("%s: no definition beside it (%v)", file, err)
		}
		for _, name := range definitions {
			example := filepath.Base(filepath.Dir(file))
			if filepath.Base(name) != "task-definition.json" {
				example += "/" + filepath.Base(name)
			}
			seen[example] = true
			want := incomplete[example]
			if diff := cmp.Diff(want.differences, differences(needed(t, name), granted), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: needed against granted (-want +got), %q:\n%s", example, want.why, diff)
			}
		}
	}
	for example, c := range incomplete {
		if !seen[example] || (len(c.differences) > 0) != (c.why != "") {
			t.Errorf("%s: not there, or without a reason", example)
		}
	}
}

// grants are the actions that a policy allows.
func grants(t *testing.T, file string) []string {
	t.Helper()
	var p struct {
		Statement []struct {
			Effect string
			Action any
		}
	}
	decode(t, read(t, file), &p)
	var all []string
	for _, s := range p.Statement {
		if s.Effect != "Allow" {
			t.Errorf("%s: effect %s", file, s.Effect)
		}
		switch action := s.Action.(type) {
		case string:
			all = append(all, action)
		case []any:
			for _, a := range action {
				all = append(all, a.(string))
			}
		}
	}
	return all
}

// needed are the actions of a definition's task role, with the configuration files beside it, each by its name.
func needed(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	resources, err := source.Read(file, data)
	if err != nil {
		t.Fatal(err)
	}
	d := resources[0].Resource.(rules.Definition)
	d.Config = besides(t, d, filepath.Dir(file))
	var all []string
	for _, a := range d.TaskActions() {
		all = append(all, a.Name)
	}
	if _, err := iampolicy.Parse(rules.NeededPolicy(d.Owned(d.TaskRole(), d.TaskActions())).String()); len(all) > 0 && err != nil {
		t.Errorf("%s: IAM would refuse the policy: %v", file, err)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// besides is what the files beside a definition say, nil where none of those that it names is there.
func besides(t *testing.T, d rules.Definition, dir string) *rules.RouterConfig {
	t.Helper()
	found := false
	config, err := routerconf.Read(d, func(s routerconf.Source) ([]byte, error) {
		for _, place := range []string{".", "config-files"} {
			if data := read(t, filepath.Join(dir, place, path.Base(s.Name))); data != nil {
				found = true
				return data, nil
			}
		}
		return nil, fs.ErrNotExist
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !found {
		return nil
	}
	return config
}

// differences are what is needed and not granted, then what is granted and not needed. "es:*" grants all that begins so.
func differences(needed, granted []string) []string {
	covers := func(g, n string) bool {
		prefix, wild := strings.CutSuffix(g, "*")
		return g == n || wild && strings.HasPrefix(n, prefix)
	}
	var all []string
	for _, n := range needed {
		if !slices.ContainsFunc(granted, func(g string) bool { return covers(g, n) }) {
			all = append(all, "+"+n)
		}
	}
	for _, g := range granted {
		if !slices.ContainsFunc(needed, func(n string) bool { return covers(g, n) }) {
			all = append(all, "-"+g)
		}
	}
	slices.Sort(all)
	return all
}
