package source_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/source"
)

// Every file that is no task definition is refused with what it is, or where it ends to be JSON.
func TestReadRefuses(t *testing.T) {
	container := `{"name": "a", "image": "b"}`
	for name, c := range map[string]struct{ data, want string }{
		"empty":               {"", "line 1, column 1: it ends, and nothing stands before"},
		"white space":         {" \n\t\n", "line 3, column 1: it ends, and nothing stands before"},
		"cut short":           {"{\n \"family\": \"a\",", "not JSON: line 2"},
		"missing comma":       {"{\n  \"a\": 1\n  \"b\": 2}", "not JSON: line 3, column 3: invalid character '\"'"},
		"trailing comma":      {`{"containerDefinitions": [` + container + `,]}`, "not JSON: line 1"},
		"two documents":       {`{"containerDefinitions": []} {}`, "not JSON: line 1, column 30"},
		"configuration":       {"[SERVICE]\n    Flush 1\n", "not JSON: line 1, column 2"},
		"compose":             {"services:\n  app:\n    image: a\n", "a Compose file"},
		"YAML cut short":      {"services:\n  app: [a,\n", "not YAML: line 3, column 1: did not find expected node content"},
		"YAML, a tab":         {"a:\n\tb: 1\n", "not YAML: line 2, column 1: found character that cannot start any token"},
		"YAML, dedented":      {"a:\n  b: 1\n c: 2\n", "not YAML: line 3, column 2: did not find expected key (while parsing a block mapping that begins in line 1)"},
		"YAML, a late tab":    {"a: 1\nb: 2\n\tc: 3\n", "not YAML: line 3, column 1: found a tab character that violates indentation"},
		"YAML, in bytes":      {"a: {b: дом, c: [}\n", "not YAML: line 1, column 20: did not find expected node content"},
		"YAML, other breaks":  {"# a\u2028# b\n# c\na: }\n", "not YAML: line 3, column 4: did not find expected node content"},
		"YAML, twice":         {"a: 1\n---\nb: 2\n", "neither a task definition nor a template: several documents of YAML"},
		"YAML, a second cut":  {"a: 1\n---\nb: [\n", "not YAML: line 4, column 1: did not find"},
		"YAML, no document":   {"# nothing\n", "no document, only comments"},
		"YAML, a key twice":   {"a: 1\nb:\n  c: 1\n  c: 2\n", `line 4: key "c" stands twice`},
		"YAML, a list as key": {"a:\n  ? [b]\n  : c\n", "line 2: a key that is no string"},
		"YAML, merged text":   {"a:\n  <<: b\n", "line 2: a string is merged, where an object belongs"},
		"YAML, no anchor":     {"a: *hunter2\n", "not YAML: line 1, column 4: unknown anchor"},
		"YAML, itself":        {"a: &a [*a]\n", "nested deeper than 64"},
		"YAML, deep":          {strings.Repeat("- ", 5000) + "a", "nested deeper than 64"},
		"YAML, deeper":        {"a: " + strings.Repeat("[", 1<<19), "not YAML: line 1, column 10004: exceeded max depth"},
		"YAML, a bomb":        {bomb(), "more than 100000 values, aliases expanded"},
		"YAML, huge":          {strings.Repeat("a: b\n", 1<<18), "YAML larger than 1 MiB"},
		"control characters":  {"a: b\nc: \x00\n", "not text: line 2, column 4: a control character"},
		"binary":              {"\x7fELF\x02\x01\xff\xfe", "not text in UTF-8: line 1, column 7"},
		"UTF-16":              {"\xff\xfe{\x00}\x00", "not text in UTF-8: line 1, column 1"},
		"Latin-1":             {"a: b\n# caf\xe9\n", "not text in UTF-8: line 2, column 6"},
		"a string":            {`"web"`, "neither a task definition nor a template: a string, where an object or a list belongs"},
		"a key twice":         {"{\"containerDefinitions\": [],\n\"containerDefinitions\": []}", `line 2: key "containerDefinitions" stands twice`},
		"run task":            {`{"cluster": "c", "taskDefinition": "web:4", "launchType": "FARGATE"}`, "the input of RunTask or CreateService"},
		"batch":               {`{"jobDefinitionName": "j", "containerProperties": {"image": "a"}}`, "an AWS Batch job definition"},
		"policy":              {`{"Version": "2012-10-17", "Statement": []}`, "an IAM policy"},
		"template, a list":    {"AWSTemplateFormatVersion: 2010-09-09\nResources: []", "line 2: Resources is a list, where an object belongs"},
		"no template":         {`{"Resources": []}`, "neither a task definition nor a template: its Resources are no object"},
		"template, no part":   {"AWSTemplateFormatVersion: 2010-09-09\n", "Resources is null, where an object belongs"},
		"CloudFormation case": {`{"Family": "a", "ContainerDefinitions": []}`, "spelled as in CloudFormation"},
		"one container":       {container, "a single container"},
		"other":               {`{"a": 1}`, "an object without containerDefinitions"},
		"null definitions":    {`{"containerDefinitions": null}`, "an object without containerDefinitions"},
		"placeholder":         {`{"containerDefinitions": "${containers}"}`, "containerDefinitions is a string, where a list belongs"},
		"list of others":      {`[{"Rules": [], "Principal": []}]`, "a list without a container"},
		"environment":         {`[{"name": "A", "value": "b"}]`, "a list without a container"},
		"many containers":     {`[` + strings.Repeat(container+",", 200) + container + `]`, "201 containers"},
		"long name":           {`[{"name": "` + strings.Repeat("a", 5000) + `", "image": "b"}]`, "a container name of 5000 bytes"},
		"deep":                {strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "nested deeper than 64"},
		"deeper":              {strings.Repeat("[", 1<<20), "not JSON"},
		"many values":         {"[" + strings.Repeat("0,", 400_000) + "0]", "more than 100000 values"},
		"huge":                {strings.Repeat(" ", 50<<20), "larger than 8 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := source.Read("f", []byte(c.data))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// bomb is a document in which nine anchors of nine aliases each stand for 387 million values.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x]\n")
	for i := range 9 {
		all := strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 9), ",")
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, all)
	}
	return b.String()
}

// A hostile file within the limits costs a bounded amount of memory.
func TestMemoryIsBounded(t *testing.T) {
	values := strings.TrimSuffix(strings.Repeat(`{"name":"`+strings.Repeat("n", 30)+`","value":"v"},`, 30_000), ",")
	data := fmt.Appendf(nil, `[{"name": %q, "image": "b", "environment": [%s]}]`, strings.Repeat("c", 300), values)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := source.Read("f", data); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 256 {
		t.Errorf("%d MiB allocated for %d MiB", spent, len(data)>>20)
	} else {
		t.Logf("%d MiB allocated for %d MiB", spent, len(data)>>20)
	}
}
