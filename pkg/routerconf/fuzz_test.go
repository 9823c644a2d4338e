package routerconf_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/routerconf"
	"github.com/firewarden/firewarden/pkg/rules"
)

func FuzzFluentBit(f *testing.F)     { fuzz(f, "x.conf", fluentBit) }
func FuzzFluentBitYAML(f *testing.F) { fuzz(f, "x.yaml", fluentBit) }
func FuzzFluentd(f *testing.F)       { fuzz(f, "x.conf", fluentd) }

// fuzz holds a form over whatever is given: no panic, an error with its file, every section and option on a line of its file, and
// the same answer twice.
func fuzz(f *testing.F, name string, kind types.FirelensConfigurationType) {
	f.Helper()
	for _, form := range forms {
		if form.kind == kind && filepath.Ext(form.name) == filepath.Ext(name) {
			f.Add([]byte(form.text))
		}
	}
	for _, text := range []string{
		strings.Repeat("${A}", 10), "a: &x [*x]\n", "# a\r# b\nservice: {x: 1}\n", "env: {A: ${A}}\npipeline: {inputs: [{name: forward, listen: '${A}', port: 1}]}\n",
		"[INPUT]\n Name forward\n Listen ${A}${B}\n@SET B=\n", "<source>\n@type forward\nbind \"#{ENV['A']}\"\n</source>\n",
	} {
		f.Add([]byte(text))
	}
	around := routerconf.Around{Files: beside, Env: map[string]string{"A": "b"}, At: "/etc/" + name}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := routerconf.Parse(name, text, kind, around)
		if err != nil && !strings.HasPrefix(err.Error(), name) && !strings.HasPrefix(err.Error(), "/") {
			t.Errorf("an error without a place: %v", err)
		}
		onLines(t, got.Sections, map[string]int{name: 1 + strings.Count(string(text), "\n")})
		again, _ := routerconf.Parse(name, text, kind, around)
		if told(got) != told(again) {
			t.Errorf("another answer:\n%s\n%s", told(got), told(again))
		}
		judge(t, got)
	})
}

func onLines(t *testing.T, all []rules.ConfigSection, last map[string]int) {
	t.Helper()
	for _, s := range all {
		end, mine := last[s.Place.File]
		if s.Place.Line < 1 || mine && s.Place.Line > end {
			t.Errorf("%s of %d lines", s.Place, end)
		}
		for _, o := range s.Options {
			if o.Line < 1 {
				t.Errorf("%s: an option in line %d", s.Place, o.Line)
			}
		}
		onLines(t, s.Sections, last)
	}
}

// judge asks the rules about a router with that configuration.
func judge(t *testing.T, c rules.RouterConfig) []rules.Finding {
	t.Helper()
	rule, ok := rules.Find("FL106")
	if !ok {
		t.Fatal("FL106 is not in the catalogue")
	}
	router := "log_router"
	return rules.Evaluate([]rules.Rule{rule}, rules.Definition{Config: &c, Task: types.TaskDefinition{
		NetworkMode: types.NetworkModeAwsvpc, ContainerDefinitions: []types.ContainerDefinition{
			{Name: &router, FirelensConfiguration: &types.FirelensConfiguration{Type: fluentBit}},
		},
	}}, rules.Params{})
}

const corpus = "../../../shared/corpus/taskdefs"

// corpusFiles are the configuration files of the corpus; the test is skipped where it is absent.
func corpusFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	if _, err := os.Stat(corpus); err != nil {
		t.Skipf("the corpus is absent: %v", err)
	}
	err := filepath.WalkDir(corpus, func(path string, _ os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".conf" {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
