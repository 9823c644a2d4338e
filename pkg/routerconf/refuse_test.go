package routerconf_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/routerconf"
	"github.com/firewarden/firewarden/pkg/rules"
)

func jsonOf(v any) (string, error) {
	data, err := json.Marshal(v)
	return string(data), err
}

// What is no configuration, or too much of one, is an error that says where.
func TestRefused(t *testing.T) {
	deep := strings.Repeat("<a>\n", 40)
	for _, c := range []struct {
		what, name string
		kind       types.FirelensConfigurationType
		text, want string
	}{
		{"binary", "x.conf", fluentBit, "[INPUT]\n\x00", "x.conf:2: not text"},
		{"gzip", "x.conf", fluentd, "\x1f\x8b\x08", "x.conf:1: not text"},
		{"classic: cut in a header", "x.conf", fluentBit, "[INPUT]\n Name a\n[OUT", "x.conf:3: a header that is not [NAME]"},
		{"classic: cut in an option", "x.conf", fluentBit, "[INPUT]\n Name", "x.conf:2: an option without a value"},
		{"classic: cut in an include", "x.conf", fluentBit, "@INCLUDE ", "x.conf:1: a command without a value"},
		{"classic: an option without indentation", "x.conf", fluentBit, "[INPUT]\nName a\n", "x.conf:2: neither a section nor a command"},
		{"classic: an option without a section", "x.conf", fluentBit, " Name a\n", "x.conf:1: an option before the first section"},
		{"classic: all of it indented", "x.conf", fluentBit, "# from a page\n  [OUTPUT]\n    Name null\n", "x.conf:2: a section's header must not be indented"},
		{"classic: what an include holds is broken", "x.conf", fluentBit, "@INCLUDE broken.conf\n", "/etc/broken.conf:3: a header"},
		{"classic: JSON", "x.conf", fluentBit, "{\"a\": 1}\n", "x.conf:1: neither"},
		{"YAML: cut", "x.yaml", fluentBit, "pipeline:\n  inputs: [\n", "x.yaml:"},
		{"YAML: an alias", "x.yaml", fluentBit, "service: &a {x: 1}\npipeline:\n  inputs:\n    - name: *a\n", "x.yaml:4: an alias"},
		{"YAML: an unknown alias", "x.yaml", fluentBit, "service: *a\n", "x.yaml:1: not YAML"},
		{"YAML: a list above", "x.yaml", fluentBit, "- a\n", "x.yaml:1: keys and values belong here"},
		{"YAML: text for a list", "x.yaml", fluentBit, "includes: a\n", "x.yaml:1: a list belongs here"},
		{"YAML: behind another line end", "x.yaml", fluentBit, "# a\r# b\u2028# c\nincludes: a\n", "x.yaml:2: a list belongs here"},
		{"YAML: cut behind another line end", "x.yaml", fluentBit, "# a\r# b\r\n# c\na: [}\n", "x.yaml:3: not YAML"},
		{"YAML: nested", "x.yaml", fluentBit, "a: " + strings.Repeat("[", 40) + strings.Repeat("]", 40), "x.yaml:1: "},
		{"YAML: nested further", "x.yaml", fluentBit, "a: " + strings.Repeat("{a: ", 9_000) + strings.Repeat("}", 9_000), "x.yaml:1: nested deeper"},
		{"YAML: nested too far for its parser", "x.yaml", fluentBit, "a: " + strings.Repeat("[", 200_000), "x.yaml:"},
		{"Fluentd: cut in an element", "x.conf", fluentd, "<source>\n  @type forward\n", "x.conf:3: the file ends before </source>, opened in line 2"},
		{"Fluentd: cut in a tag", "x.conf", fluentd, "<sour", "x.conf:1: a tag without"},
		{"Fluentd: cut in a text", "x.conf", fluentd, "<a>\nb \"c\n\n", "x.conf:2: a quoted value that does not end"},
		{"Fluentd: cut behind an escape", "x.conf", fluentd, "b 'c\\", "x.conf:1: a quoted value that does not end"},
		{"Fluentd: cut in Ruby", "x.conf", fluentd, "b \"#{c", "x.conf:1: Ruby"},
		{"Fluentd: cut in a list", "x.conf", fluentd, "b [1,\n", "x.conf:1: a list or an object"},
		{"Fluentd: another end", "x.conf", fluentd, "<a>\n</b>\n", "x.conf:2: an end tag that ends no element here"},
		{"Fluentd: an end alone", "x.conf", fluentd, "</a>\n", "x.conf:1: an end tag that ends no element here"},
		{"Fluentd: text behind a tag", "x.conf", fluentd, "<a> b c\n</a>", "x.conf:1: text behind a tag"},
		{"Fluentd: text behind a value", "x.conf", fluentd, "a 'b' c\n", "x.conf:1: text behind a value"},
		{"Fluentd: an include of nothing", "x.conf", fluentd, "@include\n", "x.conf:1: an include without a file"},
		{"Fluentd: nested", "x.conf", fluentd, deep, "nested deeper than"},
		{"another type", "x.conf", "logstash", "", "x.conf: a router is of type fluentbit or fluentd"},
		{"50 MB", "x.conf", fluentBit, strings.Repeat("#", 50<<20), "x.conf: larger than 4 MiB"},
		{"too much YAML", "x.yaml", fluentBit, strings.Repeat("#", 2<<20), "x.yaml:1: a YAML file larger than 1 MiB"},
		{"too many sections", "x.conf", fluentBit, strings.Repeat("[A]\n", 10_001), "x.conf:10001: more than 10000 sections"},
		{"too many options", "x.conf", fluentd, strings.Repeat("a\n", 100_001), "x.conf:100001: more than 100000 options"},
		{"too many includes", "x.conf", fluentBit, strings.Repeat("@INCLUDE gone\n", 1001), "x.conf:1001: more than 1000 includes"},
	} {
		_, err := routerconf.Parse(c.name, []byte(c.text), c.kind, routerconf.Around{Files: beside, At: "/etc/" + c.name})
		if err == nil || !strings.HasPrefix(err.Error(), c.name) && !strings.HasPrefix(err.Error(), "/etc/") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
}

// Files that include each other, larger and larger, end at a bound.
func TestIncludesAreBounded(t *testing.T) {
	files := fstest.MapFS{}
	for i := range 30 {
		files[fmt.Sprintf("%d.conf", i)] = &fstest.MapFile{Data: []byte(fmt.Sprintf("@INCLUDE %d.conf\n", i+1))}
	}
	_, err := routerconf.Parse("0.conf", files["0.conf"].Data, fluentBit, routerconf.Around{Files: files})
	if err == nil || !strings.Contains(err.Error(), "included deeper than 16 files") {
		t.Errorf("a chain: %v", err)
	}
	files = fstest.MapFS{"big": &fstest.MapFile{Data: []byte(strings.Repeat("#\n", 1<<20))}}
	_, err = routerconf.Parse("x.conf", []byte(strings.Repeat("@include big\n", 3)), fluentd, routerconf.Around{Files: files})
	if err == nil || !strings.Contains(err.Error(), "larger than 4 MiB, with the files before it") {
		t.Errorf("thrice 2 MiB: %v", err)
	}
}

// A pattern looks through so many names, and no file as if it were a folder.
func TestPatternsAreBounded(t *testing.T) {
	files := fstest.MapFS{}
	for i := range 300 {
		files[fmt.Sprintf("many/%d.conf", i)] = &fstest.MapFile{}
		files[fmt.Sprintf("d%d/x/y.conf", i)] = &fstest.MapFile{}
	}
	opened := counting{files, new(int)}
	got, err := routerconf.Parse("x.conf", []byte("@INCLUDE many/*/*/*.conf\n@INCLUDE /d?/*/y.conf\n"), fluentBit, routerconf.Around{Files: opened})
	if err != nil || len(got.Files) != 11 || *opened.n > 50 {
		t.Errorf("%d files, %d opened, %v", len(got.Files), *opened.n, err)
	}
	_, err = routerconf.Parse("x.conf", []byte(strings.Repeat("@INCLUDE many/none*\n", 100)), fluentBit, routerconf.Around{Files: files})
	if err == nil || err.Error() != `x.conf:67: it includes "many/none*": more than 20000 names to look through` {
		t.Errorf("the same folder a hundred times: %v", err)
	}
}

// counting counts what is opened.
type counting struct {
	fstest.MapFS
	n *int
}

func (c counting) Open(name string) (fs.File, error) { *c.n++; return c.MapFS.Open(name) }

// A variable that is set to much and used often does not fill the memory.
func TestVariablesAreBounded(t *testing.T) {
	text := "@SET A=" + strings.Repeat("a", 1<<16) + "\n[INPUT]\n x " + strings.Repeat("${A}", 1<<16) + "\n Name tail\n"
	got, err := routerconf.Parse("x.conf", []byte(text), fluentBit, routerconf.Around{})
	if err != nil {
		t.Fatal(err)
	}
	if o, _ := got.Sections[0].Option("x"); o.Unknown == "" || len(o.Value) > 1<<20 {
		t.Errorf("%d bytes, unknown because %q", len(o.Value), o.Unknown)
	}
	if got.Inputs()[0].Plugin != "tail" {
		t.Errorf("%v", &got)
	}
}

// What is unknown is listed to a bound.
func TestGapsAreBounded(t *testing.T) {
	got, err := routerconf.Parse("x.conf", []byte(strings.Repeat("@INCLUDE gone\n", 1000)), fluentBit, routerconf.Around{})
	if last := len(got.Unknown) - 1; err != nil || last != 100 || got.Unknown[last] != (rules.ConfigGap{Why: "and more that is not listed"}) {
		t.Errorf("%d, %v", last, err)
	}
}
