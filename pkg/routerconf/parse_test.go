package routerconf_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/routerconf"
	"github.com/firewarden/firewarden/pkg/rules"
)

const (
	fluentBit = types.FirelensConfigurationTypeFluentbit
	fluentd   = types.FirelensConfigurationTypeFluentd
)

// told is what a configuration says, a line each: sections with their options as "kind(arg) plugin: key=value", nested ones
// behind a dash, and what is unknown behind a question mark.
func told(c rules.RouterConfig) string {
	var b strings.Builder
	var tell func([]rules.ConfigSection, string)
	tell = func(all []rules.ConfigSection, indent string) {
		for _, s := range all {
			arg := ""
			if s.Arg != "" {
				arg = "(" + s.Arg + ")"
			}
			fmt.Fprintf(&b, "%s%s%s %s @%s", indent, s.Kind, arg, s.Plugin, s.Place)
			for _, o := range s.Options {
				value := o.Value
				if o.Unknown != "" {
					value = "?" + o.Value
				}
				fmt.Fprintf(&b, " %s=%s", o.Key, value)
			}
			b.WriteByte('\n')
			tell(s.Sections, indent+"- ")
		}
	}
	tell(c.Sections, "")
	for _, g := range c.Unknown {
		fmt.Fprintf(&b, "? %s\n", g)
	}
	return b.String()
}

// beside are files that includes may name.
var beside = fstest.MapFS{
	"top.conf":             {Data: []byte("[OUTPUT]\n  Name null\n")},
	"etc/part.conf":        {Data: []byte("[INPUT]\n  Name tail\n@SET place=here\n")},
	"etc/names.conf":       {Data: []byte("# a folder\n@INCLUDE folder\n")},
	"etc/many/folder/x":    {Data: []byte("[INPUT]\n  Name cpu\n")},
	"etc/many/.b.conf.swp": {Data: []byte("\x00")},
	"etc/many/b.conf":      {Data: []byte("[OUTPUT]\n  Name null\n")},
	"etc/many/a.conf":      {Data: []byte("[OUTPUT]\n  Name stdout\n")},
	"etc/round.conf":       {Data: []byte("[FILTER]\n  Name grep\n@INCLUDE round.conf\n")},
	"etc/sub/in.yaml":      {Data: []byte("pipeline:\n  inputs:\n    - name: tail\nincludes: [deep.yaml]\n")},
	"etc/sub/deep.yaml":    {Data: []byte("service: {flush: 1}\n")},
	"etc/sub/in.conf":      {Data: []byte("@include deep.conf\n<match a>\n  @type null\n</match>\n")},
	"etc/sub/deep.conf":    {Data: []byte("<match b>\n  @type stdout\n</match>\n")},
	"etc/sub/params.conf":  {Data: []byte("port 1\n<buffer>\n</buffer>\n")},
	"etc/broken.conf":      {Data: []byte("[OUTPUT]\n  Name null\n[OUT")},
	"etc/folder/some.conf": {Data: []byte("")},
}

func TestForms(t *testing.T) {
	env := map[string]string{"REGION": "eu-central-1", "ADDRESS": "127.0.0.1"}
	for _, c := range forms {
		t.Run(c.what, func(t *testing.T) {
			got, err := routerconf.Parse(c.name, []byte(c.text), c.kind, routerconf.Around{Files: beside, Env: env, At: "/etc/" + c.name})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimLeft(c.want, "\n"), told(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Without files, an include is unknown, in each form.
func TestIncludeWithoutFiles(t *testing.T) {
	for _, c := range []struct {
		name, text string
		kind       types.FirelensConfigurationType
	}{
		{"x.conf", "\n@INCLUDE y.conf\n", fluentBit},
		{"x.yaml", "\nincludes: [y.yaml]\n", fluentBit},
		{"x.conf", "\n@include y.conf\n", fluentd},
	} {
		got, err := routerconf.Parse(c.name, []byte(c.text), c.kind, routerconf.Around{})
		if err != nil || len(got.Unknown) != 1 || got.Unknown[0].Place.Line != 2 || got.Unknown[0].Kind != "" {
			t.Errorf("%s as %s: %v, %v", c.name, c.kind, got.Unknown, err)
		}
	}
}

// denied is a file system that lets nothing be read.
type denied struct{}

func (denied) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func TestIncludeWithoutAccess(t *testing.T) {
	got, err := routerconf.Parse("x.conf", []byte("@INCLUDE y.conf\n"), fluentBit, routerconf.Around{Files: denied{}})
	if err != nil || len(got.Unknown) != 1 || !strings.Contains(got.Unknown[0].Why, "access denied") {
		t.Errorf("%v, %v", got.Unknown, err)
	}
}

// A link that leads to itself is no file.
func TestIncludeOfALinkToItself(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("y.conf", filepath.Join(dir, "y.conf")); err != nil {
		t.Fatal(err)
	}
	got, err := routerconf.Parse("x.conf", []byte("@INCLUDE y.conf\n@INCLUDE *.conf\n"), fluentBit, routerconf.Around{Files: os.DirFS(dir)})
	if err != nil || len(got.Unknown) != 2 || !strings.Contains(got.Unknown[0].Why, "it could not be opened") {
		t.Errorf("%v, %v", got.Unknown, err)
	}
}

// No error, and no text of a configuration, shows a value.
func TestValuesStaySecret(t *testing.T) {
	const secret = "hunter2"
	for _, c := range []struct {
		name, text string
		kind       types.FirelensConfigurationType
	}{
		{"x.conf", "[OUTPUT]\n  Name datadog\n  apikey hunter2\n", fluentBit},
		{"x.conf", "[OUTPUT]\n  hunter2\n", fluentBit},
		{"x.conf", "hunter2\n", fluentBit},
		{"x.conf", "[OUTPUT]\n  Name ${PLUGIN}\n  apikey hunter2${X}\n", fluentBit},
		{"x.yaml", "pipeline:\n  outputs:\n    - name: datadog\n      apikey: hunter2\n", fluentBit},
		{"x.yaml", "pipeline:\n  outputs:\n    - apikey: *hunter2\n", fluentBit},
		{"x.yaml", "pipeline:\n  outputs:\n    - apikey: 'hunter2\n", fluentBit},
		{"x.yaml", "pipeline:\n  outputs: hunter2\n", fluentBit},
		{"x.conf", "<match **>\n  @type http\n  token hunter2\n</match>\n", fluentd},
		{"x.conf", "<match **>\n  token \"hunter2\n</match>\n", fluentd},
		{"x.conf", "<match **>\n  token \"a\" hunter2\n</match>\n", fluentd},
		{"x.conf", "<match **>\n  @type \"#{hunter2}\"\n  token \"#{hunter2}\"\n</match>\n", fluentd},
	} {
		got, err := routerconf.Parse(c.name, []byte(c.text), c.kind, routerconf.Around{Env: map[string]string{"X": secret}})
		marshalled, _ := jsonOf(got)
		shown := fmt.Sprint(err) + fmt.Sprintf("%v %+v %s %#v", &got, got, &got, got.Sections) + marshalled
		if strings.Contains(shown, secret) {
			t.Errorf("%q shows its value: %s", c.text, shown)
		}
	}
}
