package source_test

import (
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

const definition = `{
  "family": "shop",
  "networkMode": "bridge",
  "tags": [{"key": "owner", "value": "platform"}],
  "containerDefinitions": [
    {
      "name": "log_router",
      "image": "example/router:1",
      "firelensConfiguration": {"type": "fluentbit", "options": {}},
      "portMappings": [
        {"containerPort": 8080},
        {"containerPort": 24224, "protocol": "udp"}
      ]
    },
    {"name": "app", "image": "example/app:1", "cpu": 128,
      "dependsOn": [
        {"containerName": "log_router", "condition": "START"}
      ],
      "logConfiguration": {"logDriver": "awsfirelens",
        "options": {"Name": "stdout"}}}
  ]
}`

func read(t *testing.T, data string) (source.Resource, rules.Definition) {
	t.Helper()
	found, err := source.Read("shop.json", []byte(data))
	if err != nil || len(found) != 1 {
		t.Fatalf("%d resources, error %v", len(found), err)
	}
	return found[0], found[0].Resource.(rules.Definition)
}

func TestReadKnowsTheFourForms(t *testing.T) {
	containers := definition[strings.Index(definition, `[
    {`) : len(definition)-1]
	described := strings.Replace(definition, `"family"`, `"revision": 7, "registeredAt": "2026-03-01T10:00:00.123000+01:00", "deregisteredAt": 1772355600.5, "family"`, 1)
	for name, c := range map[string]struct {
		data, ref string
		revision  int32
		tags      int
		unknown   string // a path that must be unknown
	}{
		"register input":     {definition, "task-definition/shop", 0, 1, ""},
		"describe output":    {described, "task-definition/shop", 7, 1, ""},
		"wrapped":            {`{"taskDefinition": ` + definition + `}`, "task-definition/shop", 0, 1, ""},
		"wrapped, tags":      {`{"taskDefinition": ` + described + `, "tags": [{"key": "a"}, {"key": "b"}]}`, "task-definition/shop", 7, 2, ""},
		"bare containers":    {containers, "task-definition/", 0, 0, "networkMode"},
		"byte order mark":    {"\ufeff" + definition, "task-definition/shop", 0, 1, ""},
		"windows line ends":  {strings.ReplaceAll(definition, "\n", "\r\n"), "task-definition/shop", 0, 1, ""},
		"bare, in no family": {containers, "task-definition/", 0, 0, "taskRoleArn"},
	} {
		t.Run(name, func(t *testing.T) {
			r, d := read(t, c.data)
			if d.Ref() != c.ref || d.Task.Revision != c.revision || len(d.Tags) != c.tags || len(d.Task.ContainerDefinitions) != 2 {
				t.Errorf("read %s, revision %d, %d tags, %d containers", d.Ref(), d.Task.Revision, len(d.Tags), len(d.Task.ContainerDefinitions))
			}
			if (d.Why("networkMode") != "") != (c.unknown != "") || c.unknown != "" && d.Why(c.unknown) == "" {
				t.Errorf("unknown: %v", d.Unknown)
			}
			if len(r.Unread) > 0 || r.File != "shop.json" {
				t.Errorf("file %q, unread %v", r.File, r.Unread)
			}
		})
	}
}

func TestPathsHaveLines(t *testing.T) {
	r, _ := read(t, definition)
	for path, want := range map[string]source.Position{
		"networkMode":                                          {Line: 3, Column: 3},
		"containerDefinitions[log_router]":                     {Line: 6, Column: 5},
		"containerDefinitions[log_router].portMappings":        {Line: 10, Column: 7},
		"containerDefinitions[log_router].dependsOn":           {Line: 6, Column: 5}, // absent: the container's
		"containerDefinitions[app].dependsOn":                  {Line: 16, Column: 7},
		"containerDefinitions[app].dependsOn[log_router]":      {Line: 17, Column: 9},
		"containerDefinitions[app].logConfiguration":           {Line: 19, Column: 7},
		"containerDefinitions[app].logConfiguration.options":   {Line: 20, Column: 9},
		"containerDefinitions[gone].image":                     {Line: 5, Column: 3},
		"ingress[tcp 10.0.0.0/8]":                              {Line: 1, Column: 1},
		"":                                                     {Line: 1, Column: 1},
		rules.Path("log_router", "portMappings[24224/udp]"):    {Line: 12, Column: 9},
		rules.Path("log_router", "portMappings[24224/tcp]"):    {Line: 10, Column: 7}, // no such mapping: the list's
		rules.Path("log_router", "firelensConfiguration.type"): {Line: 9, Column: 33},
	} {
		if got := r.At(path); got != want {
			t.Errorf("%q is at %v, want %v", path, got, want)
		}
	}
}

// What a file does not tell is unknown; what it tells is kept.
func TestUnknown(t *testing.T) {
	const app = "containerDefinitions[app]."
	for name, c := range map[string]struct {
		replace, by string
		unknown     []string
		reason      string
	}{
		"enumeration": {`"networkMode": "bridge"`, `"networkMode": "${mode}"`, []string{"networkMode"}, `line 3: "${mode}" is a placeholder`},
		"condition":   {`"condition": "START"`, `"condition": "<CONDITION>"`, []string{app + "dependsOn"}, "placeholder"},
		"list": {`"START"}
      ]`, `"START"}, "$$$MORE$$$"]`, []string{app + "dependsOn"}, "placeholder"},
		"number":                   {`"containerPort": 8080`, `"containerPort": "{{ must_env 'PORT' }}"`, []string{"containerDefinitions[log_router].portMappings"}, "placeholder"},
		"number in quotes":         {`"cpu": 128`, `"cpu": "128"`, []string{app + "cpu"}, "line 15: a string stands where a whole number belongs"},
		"number of another kind":   {`"cpu": 128`, `"cpu": 128.5`, []string{app + "cpu"}, "a whole number belongs"},
		"number too large":         {`"cpu": 128`, `"cpu": 99999999999`, []string{app + "cpu"}, "a whole number belongs"},
		"boolean for a string":     {`{"Name": "stdout"}`, `{"Name": true}`, []string{app + "logConfiguration.options.Name"}, "a boolean stands where a string belongs"},
		"object for a list":        {`[{"key": "owner", "value": "platform"}]`, `{"owner": "platform"}`, []string{"tags"}, "an object stands where a list belongs"},
		"string for an object":     {`{"type": "fluentbit", "options": {}}`, `"${firelens}"`, []string{"containerDefinitions[log_router].firelensConfiguration"}, "placeholder"},
		"a container":              {`{"name": "app"`, `null, "${sidecar}", {"name": "app"`, []string{"containerDefinitions[#1]", "containerDefinitions[#2]"}, ""},
		"plain string":             {`"example/app:1"`, `"${image}"`, []string{app + "image"}, "placeholder"},
		"family":                   {`"shop"`, `"@FAMILY@"`, []string{"family"}, "placeholder"},
		"name it depends on":       {`"containerName": "log_router"`, `"containerName": "${router}"`, []string{app + "dependsOn", app + "dependsOn[0].containerName"}, ""},
		"no shell's":               {`"cpu": 128`, `"command": ["echo ${HOME} <x>"], "environment": [{"name": "A", "value": "${B}"}]`, nil, ""},
		"no named group":           {`{"Name": "stdout"}`, `{"include-pattern": "^(?<level>info|warn) (?P<rest>.*)"}`, nil, ""},
		"null":                     {`"networkMode": "bridge"`, `"networkMode": null, "volumes": null, "pidMode": null`, nil, ""},
		"absent mode, placeholder": {`"networkMode": "bridge"`, `"requiresCompatibilities": ["${compatibility}"]`, []string{"networkMode", "requiresCompatibilities"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, d := read(t, strings.Replace(definition, c.replace, c.by, 1))
			if len(d.Unknown) != len(c.unknown) {
				t.Errorf("unknown: %v", d.Unknown)
			}
			for _, path := range c.unknown {
				if why := d.Unknown[path]; why == "" || !strings.Contains(why, c.reason) {
					t.Errorf("%s: reason %q, want %q", path, why, c.reason)
				}
			}
		})
	}
}

func TestPlaceholdersOfPlainStringsAreKept(t *testing.T) {
	_, d := read(t, strings.Replace(definition, "example/app:1", "${image}", 1))
	if c, _ := d.Container("app"); *c.Image != "${image}" {
		t.Errorf("image %q", *c.Image)
	}
}

func TestUnreadKeysAreNamed(t *testing.T) {
	r, _ := read(t, strings.Replace(definition, `"cpu": 128`, `"cpu": 128, "Image": "x", "newField": {"a": [1, 2]}`, 1))
	var paths []string
	for _, p := range r.Unread {
		if p.Line != 15 || p.Column < 5 {
			t.Errorf("%s is at %v", p.Path, p.Position)
		}
		paths = append(paths, p.Path)
	}
	if got := strings.Join(paths, " "); got != "containerDefinitions[app].Image containerDefinitions[app].newField" {
		t.Errorf("unread: %s", got)
	}
}

func TestTheUnionIsRead(t *testing.T) {
	shared := `"resourceRequirements": [{"type": "GPU", "sharingStrategy": {"nvidiaMps": {}}}]`
	_, d := read(t, strings.Replace(definition, `"cpu": 128`, shared, 1))
	if c, _ := d.Container("app"); len(c.ResourceRequirements) != 1 || c.ResourceRequirements[0].SharingStrategy == nil || len(d.Unknown) > 0 {
		t.Errorf("read %+v, unknown %v", c.ResourceRequirements, d.Unknown)
	}
	c := plan.Tree(d)["containerDefinitions"].([]any)[1].(map[string]any)["resourceRequirements"].([]any)[0].(map[string]any)
	if shared, ok := c["sharingStrategy"].(map[string]any); !ok || shared["nvidiaMps"] == nil {
		t.Errorf("the tree has %v", c)
	}
	_, d = read(t, strings.Replace(definition, `"cpu": 128`, strings.Replace(shared, "nvidiaMps", "timeSlicing", 1), 1))
	if d.Why("containerDefinitions[app].resourceRequirements") == "" {
		t.Errorf("a member that the SDK does not know passed: %v", d.Unknown)
	}
}
