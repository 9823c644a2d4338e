package source_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

// A placeholder that stands where a number or a list belongs is no JSON; it is what the file does not tell, and the rest is read,
// with every place as the file has it.
func TestPlaceholdersWithoutQuotes(t *testing.T) {
	const text = `{"family": "shop", "cpu": ${cpu}, "memory": "512", "networkMode": "bridge",
 "containerDefinitions": [
  {"name": "app", "image": "x:{{ v }}", "memory": {{ .Mem }}, "secrets": ${jsonencode([for k, v in s : {"name" = "a\b"}])}, "environment": [],
   "portMappings": [{"containerPort": ${port}, "protocol": "tcp"}, {"containerPort": 24224}]}, {"name": "two", "image": "y"}
 ]}`
	found, err := source.Read("x.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	d := found[0].Resource.(rules.Definition)
	for path, want := range map[string]string{
		"cpu": `line 1: "${cpu}"`, rules.Path("app", "memory"): `line 3: "{{ .Mem }}"`, rules.Path("app", "image"): `line 3: "{{ v }}"`,
		rules.Path("app", "secrets"): `line 3: "${jsonencode([for k, v in s : {`, rules.Path("app", "portMappings"): `line 4: "${port}"`,
	} {
		if why := d.Why(path); !strings.HasPrefix(why, want) {
			t.Errorf("%s: %q", path, why)
		}
	}
	for path, want := range map[string]string{
		"networkMode": `"networkMode"`, rules.Path("app", "environment"): `"environment"`, rules.Path("two", "image"): `"image": "y"`,
	} {
		if at := found[0].At(path); !strings.HasPrefix(strings.Split(text, "\n")[at.Line-1][at.Column-1:], want) {
			t.Errorf("%s at %v", path, at)
		}
	}
	if d.Task.ContainerDefinitions[0].PortMappings[1].ContainerPort == nil || *d.Task.Memory != "512" {
		t.Errorf("%+v", d.Task)
	}
}

// What is no JSON with its placeholders filled in either has the error of the file as it is.
func TestWhatPlaceholdersDoNotMend(t *testing.T) {
	for text, want := range map[string]string{
		"{\"a\": ${x},\n}":                           `line 1, column 7: invalid character '$'`,
		"{\"a\": 1${x}}":                             `line 1, column 8: invalid character '$'`,
		"{\"a\": ${x\n}}":                            `line 1, column 7: invalid character '$'`,
		"{% if x %}\n{\"a\": {{b}}":                  `line 1, column 2: invalid character '%'`,
		"{\"a\": \"${x}":                             "unexpected end",
		"{\"a\": " + strings.Repeat("${", 2_000_000): `line 1, column 7: invalid character '$'`,
		"{\"a\": {{{{{{{{":                           "line 1, column 8: invalid character '{'",
	} {
		if _, err := source.Read("x.json", []byte(text)); err == nil || errors.Is(err, source.ErrOther) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A file of containers that are placeholders themselves tells what it can.
func TestPlaceholdersForContainers(t *testing.T) {
	found, err := source.Read("x.json", []byte(`{"family": "shop", "containerDefinitions": [{"name": "app", "image": "x"}, ${sidecar}]}`))
	if err != nil {
		t.Fatal(err)
	}
	d := found[0].Resource.(rules.Definition)
	if n := len(d.Task.ContainerDefinitions); n != 1 || !strings.Contains(d.Unknown["containerDefinitions[#1]"], "${sidecar}") {
		t.Errorf("%d containers, %q", n, d.Unknown)
	}
}
