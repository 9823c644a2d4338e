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
		"empty":               {"", "not JSON: line 1, column 1: unexpected end"},
		"cut short":           {"{\n \"family\": \"a\",", "not JSON: line 2"},
		"missing comma":       {"{\n  \"a\": 1\n  \"b\": 2}", "not JSON: line 3, column 3: invalid character '\"'"},
		"trailing comma":      {`{"containerDefinitions": [` + container + `,]}`, "not JSON: line 1"},
		"two documents":       {`{"containerDefinitions": []} {}`, "not JSON: line 1, column 30"},
		"configuration":       {"[SERVICE]\n    Flush 1\n", "not JSON: line 1, column 2"},
		"compose":             {"services:\n  app:\n    image: a\n", "not JSON: line 1"},
		"binary":              {"\x7fELF\x02\x01\xff\xfe", "not text in UTF-8"},
		"UTF-16":              {"\xff\xfe{\x00}\x00", "not text in UTF-8"},
		"a string":            {`"web"`, "a string, where an object or a list belongs"},
		"a key twice":         {"{\"containerDefinitions\": [],\n\"containerDefinitions\": []}", `line 2: key "containerDefinitions" stands twice`},
		"run task":            {`{"cluster": "c", "taskDefinition": "web:4", "launchType": "FARGATE"}`, "the input of RunTask or CreateService"},
		"batch":               {`{"jobDefinitionName": "j", "containerProperties": {"image": "a"}}`, "an AWS Batch job definition"},
		"policy":              {`{"Version": "2012-10-17", "Statement": []}`, "an IAM policy"},
		"template":            {`{"Resources": {}}`, "a CloudFormation template"},
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
			if err == nil || !strings.HasPrefix(err.Error(), "not a task definition: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
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
