package source_test

import (
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

const written = `family: shop
networkMode: &mode bridge
containerDefinitions:
  - &router
    name: log_router
    image: example/router:1
    firelensConfiguration: {type: fluentbit}
  - <<: [*router, {cpu: 128}]
    name: app
    firelensConfiguration: ~
    logConfiguration: {logDriver: awsfirelens, options: {Name: stdout, "Näme": é, Time: 12:30}}
pidMode: !!str task
`

// A definition in YAML is read as one in JSON is, with anchors and merged keys.
func TestReadKnowsYAML(t *testing.T) {
	for name, data := range map[string]string{
		"as written": written, "windows line ends": strings.ReplaceAll(written, "\n", "\r\n"), "byte order mark": "\ufeff" + written, "marked": "---\n" + written + "...\n",
	} {
		t.Run(name, func(t *testing.T) {
			r, d := read(t, data)
			app, _ := d.Container("app")
			if d.Ref() != "task-definition/shop" || d.NetworkMode() != "bridge" || len(d.Routers()) != 1 || app.Cpu != 128 || *app.Image != "example/router:1" {
				t.Errorf("read %+v", app)
			}
			if o := app.LogConfiguration.Options; o["Näme"] != "é" || o["Time"] != "12:30" || len(d.Unknown) > 0 || len(r.Unread) > 0 {
				t.Errorf("options %v, unknown %v, unread %v", o, d.Unknown, r.Unread)
			}
		})
	}
}

// Numbers in quotes are coerced in templates only, and keys have the case of their format.
func TestAFormatHasItsOwnKeysAndTypes(t *testing.T) {
	_, d := read(t, strings.Replace(written, "cpu: 128", `cpu: "128"`, 1))
	if d.Why(rules.Path("app", "cpu")) == "" {
		t.Error("a number in quotes was taken outside a template")
	}
	template := "Resources:\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      family: a\n      NetworkMode: host\n      ContainerDefinitions: [{Name: app, image: b}]\n"
	r, d := read(t, template)
	if d.Task.NetworkMode != "host" || d.Ref() != "task-definition/Task" || len(r.Unread) != 2 || r.Unread[0].Path != "family" || r.Unread[1].Path != "containerDefinitions[app].image" {
		t.Errorf("read %s, not read %v", d.Ref(), r.Unread)
	}
}

// What is merged is read behind the keys that stand after it, and has its own place all the same.
func TestMergedKeysHaveTheirPlace(t *testing.T) {
	found, err := source.Read("merged", []byte("containerDefinitions: [{<<: {name: app, image: c}, cpu: 1}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if at, want := found[0].At("containerDefinitions[app].image"), (source.Position{Line: 1, Column: 41}); at != want {
		t.Errorf("at %v, want %v", at, want)
	}
}

// Columns count bytes, and lines are those of an editor: YAML has more line ends than that.
func TestPlacesInYAML(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want source.Position
	}{
		"plain":                    {"family: a\ncontainerDefinitions: [{name: é, image: b}, {name: app, image: c}]\n", source.Position{Line: 2, Column: 46}},
		"next line, as YAML calls": {"family: \"a\u0085 b\"\ncontainerDefinitions: [{name: app, image: c}]\n", source.Position{Line: 2, Column: 24}},
		"carriage return alone":    {"family: a\rcontainerDefinitions: [{name: app, image: c}]\n", source.Position{Line: 1, Column: 34}},
	} {
		found, err := source.Read(name, []byte(c.data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if at := found[0].At("containerDefinitions[app]"); at != c.want {
			t.Errorf("%s: at %v, want %v", name, at, c.want)
		}
	}
}
