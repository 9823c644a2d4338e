package routerconf_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/routerconf"
	"github.com/firewarden/firewarden/pkg/rules"
)

const (
	ours    = "public.ecr.aws/aws-observability/aws-for-fluent-bit:"
	metrics = "/fluent-bit/configs/plugin-metrics-to-cloudwatch.conf"
)

// routed is a definition whose router has these fields beside its name, written as JSON, with the keys of the API in Go's spelling.
func routed(t *testing.T, router string) rules.Definition {
	t.Helper()
	c := types.ContainerDefinition{Name: aws.String("log_router")}
	if err := json.Unmarshal([]byte("{"+router+"}"), &c); err != nil {
		t.Fatal(err)
	}
	if c.FirelensConfiguration == nil {
		c.FirelensConfiguration = &types.FirelensConfiguration{Type: fluentBit}
	}
	return rules.Definition{Task: types.TaskDefinition{Family: aws.String("shop"), ContainerDefinitions: []types.ContainerDefinition{c}}}
}

func TestFiles(t *testing.T) {
	option := func(router, kind, value string) string {
		return fmt.Sprintf(`"FirelensConfiguration": {"Type": %q, "Options": {"config-file-type": %q, "config-file-value": %q}}`, router, kind, value)
	}
	env := func(pairs ...string) string {
		var all []string
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, fmt.Sprintf(`{"Name": %q, "Value": %q}`, pairs[i], pairs[i+1]))
		}
		return `"Environment": [` + strings.Join(all, ",") + `]`
	}
	image := func(tag string) string { return fmt.Sprintf(`"Image": %q`, ours+tag) }
	for what, c := range map[string]struct {
		router []string
		want   []string // from, name, where the container sees it, and + built in, - replacing, ? unknown
	}{
		"nothing":                     {[]string{image("3")}, nil},
		"a file":                      {[]string{image("3"), option("fluentbit", "file", "/extra.conf")}, []string{"option file /extra.conf /extra.conf"}},
		"a built-in file":             {[]string{image("3"), option("fluentbit", "file", metrics)}, []string{"option file " + metrics + " " + metrics + " +"}},
		"a built-in file's name":      {[]string{`"Image": "own"`, option("fluentbit", "file", metrics)}, []string{"option file " + metrics + " " + metrics}},
		"an object":                   {[]string{image("3"), option("fluentbit", "s3", "arn:aws:s3:::b/k/x.conf")}, []string{"option s3 arn:aws:s3:::b/k/x.conf /fluent-bit/etc/external.conf"}},
		"an object, for Fluentd":      {[]string{image("3"), option("fluentd", "s3", "arn:aws:s3:::b/x.conf")}, []string{"option s3 arn:aws:s3:::b/x.conf /fluentd/etc/external.conf"}},
		"a value without a type":      {[]string{image("3"), option("fluentbit", "", "/extra.conf")}, nil},
		"init files":                  {[]string{image("init-latest"), env("aws_fluent_bit_init_s3_1", "arn:aws:s3:::b/k/x.conf", "A", "b", "aws_fluent_bit_init_File_2", metrics)}, []string{"init s3 arn:aws:s3:::b/k/x.conf /init/fluent-bit-init-s3-files/x.conf", "init file " + metrics + " " + metrics + " +"}},
		"init files, of another tag":  {[]string{image("3"), env("aws_fluent_bit_init_s3_1", "arn:aws:s3:::b/x.conf")}, nil},
		"an init file, from a secret": {[]string{image("init-latest"), `"Secrets": [{"Name": "aws_fluent_bit_init_s3_1", "ValueFrom": "arn:aws:ssm:::parameter/hunter2"}]`}, []string{"init s3   ?"}},
		"an option and an init file":  {[]string{image("init-3"), option("fluentbit", "file", "/a.conf"), env("aws_fluent_bit_init_file_1", "/b.conf")}, []string{"option file /a.conf /a.conf", "init file /b.conf /b.conf"}},
		"a command":                   {[]string{image("3"), `"Command": ["/fluent-bit/bin/fluent-bit", "-e", "x.so", "-c", "/alt/own.conf"]`, option("fluentbit", "file", "/a.conf")}, []string{"command /alt/own.conf /alt/own.conf -"}},
		"a shell's command":           {[]string{image("3"), `"EntryPoint": ["sh", "-c", "exec /fluent-bit/bin/fluent-bit --config=/alt/own.yaml -v"]`}, []string{"command /alt/own.yaml /alt/own.yaml -"}},
		"arguments":                   {[]string{`"Image": "fluent/fluent-bit"`, `"Command": ["-c", "/own.conf"]`}, []string{"command /own.conf /own.conf -"}},
		"the generated file":          {[]string{image("3"), `"Command": ["fluent-bit", "-c", "/fluent-bit/etc/fluent-bit.conf"]`, option("fluentbit", "file", "/a.conf")}, []string{"option file /a.conf /a.conf"}},
		"a script":                    {[]string{image("3"), `"EntryPoint": ["/start.sh"]`, option("fluentbit", "file", "/a.conf")}, []string{"command   -?", "option file /a.conf /a.conf"}},
		"a command without a file":    {[]string{image("3"), `"Command": ["fluent-bit", "-i", "cpu"]`}, []string{"command   -?"}},
		"a file that is a variable":   {[]string{image("3"), `"Command": ["sh", "-c", "fluent-bit -c $CONF"]`}, []string{"command   -?"}},
		"Fluentd's variable":          {[]string{`"Image": "fluent/fluentd"`, `"FirelensConfiguration": {"Type": "fluentd"}`, env("FLUENTD_CONF", "own.conf")}, []string{"variable /fluentd/etc/own.conf /fluentd/etc/own.conf -"}},
		"Fluentd's variable, its own": {[]string{`"Image": "fluent/fluentd"`, `"FirelensConfiguration": {"Type": "fluentd"}`, env("FLUENTD_CONF", "fluent.conf")}, nil},
		"Fluentd's variable, unused":  {[]string{image("3"), env("FLUENTD_CONF", "own.conf")}, nil},
	} {
		var got []string
		for _, s := range routerconf.Files(routed(t, strings.Join(c.router, ","))) {
			mark := func(set bool, mark string) string {
				if set {
					return mark
				}
				return ""
			}
			marks := mark(s.BuiltIn, "+") + mark(s.Replaces, "-") + mark(s.Unknown != "", "?")
			got = append(got, strings.TrimRight(fmt.Sprintf("%s %s %s %s", s.From, s.Name, s.At, marks), " "))
			if s.By == "" || s.Effect() == "" || strings.Contains(fmt.Sprint(s), "hunter2") {
				t.Errorf("%s: %+v", what, s)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
}

// What a file cannot tell is not taken for the truth.
func TestFilesOfPlaceholders(t *testing.T) {
	d := routed(t, `"Image": "`+ours+`3", "FirelensConfiguration": {"Type": "fluentbit", "Options": {"config-file-type": "s3", "config-file-value": "${x}"}}`)
	d.Unknown = map[string]string{"containerDefinitions[log_router].firelensConfiguration.options.config-file-value": "a placeholder"}
	if got := routerconf.Files(d); len(got) != 1 || got[0].Name != "" || !strings.Contains(got[0].Unknown, "a placeholder") {
		t.Errorf("%+v", got)
	}
	d = routed(t, `"Image": "`+ours+`3"`)
	d.Unknown = map[string]string{"containerDefinitions[log_router].command": "a placeholder"}
	if got := routerconf.Files(d); len(got) != 1 || got[0].From != rules.FromCommand || got[0].Unknown != "a placeholder" {
		t.Errorf("%+v", got)
	}
}

// Each file within AWS's image is known without being opened, and none opens a forward listener.
func TestBuiltIn(t *testing.T) {
	for _, path := range rules.BuiltInConfigs() {
		d := routed(t, fmt.Sprintf(`"Image": %q, "FirelensConfiguration": {"Type": "fluentbit", "Options": {"config-file-type": "file", "config-file-value": %q}}`, ours+"3", path))
		got, err := routerconf.Read(d, func(routerconf.Source) ([]byte, error) { return nil, errors.New("opened") }, nil)
		if err != nil || len(got.Files) != 1 || len(got.Unknown) > 0 || got.Sections == nil && !strings.HasSuffix(path, "-parser.conf") {
			t.Errorf("%s: %v, %v", path, got, err)
		}
		d.Config = got
		opens := slices.ContainsFunc(got.Listeners(), func(l rules.ConfigListener) bool { return l.Port == rules.HTTPPort && l.Reach() == rules.Beyond })
		if want := strings.Contains(path, "metrics-") && !strings.HasSuffix(path, "-parser.conf") || strings.HasSuffix(path, "healthcheck"); opens != want || len(got.Listeners()) > 1 {
			t.Errorf("%s: opens %v, HTTP server wanted: %v", path, got.Listeners(), want)
		}
	}
}

// All files of a definition make one configuration: a variable of one holds in the other, and what fails is unknown.
func TestRead(t *testing.T) {
	d := routed(t, `"Image": "`+ours+`init-latest", "Environment": [
		{"Name": "aws_fluent_bit_init_s3_1", "Value": "arn:aws:s3:::b/out.conf"}, {"Name": "aws_fluent_bit_init_s3_2", "Value": "arn:aws:s3:::b/set.conf"},
		{"Name": "aws_fluent_bit_init_s3_3", "Value": "arn:aws:s3:::b/denied.conf"}, {"Name": "aws_fluent_bit_init_s3_4", "Value": "arn:aws:s3:::b/broken.yaml"},
		{"Name": "aws_fluent_bit_init_file_5", "Value": "/gone.conf"}]`)
	objects := map[string]string{
		"arn:aws:s3:::b/out.conf": "[OUTPUT]\n Name s3\n bucket ${B}\n", "arn:aws:s3:::b/set.conf": "@SET B=logs\n@INCLUDE part.conf\n", "arn:aws:s3:::b/broken.yaml": "pipeline:\n",
	}
	got, err := routerconf.Read(d, func(s routerconf.Source) ([]byte, error) {
		if s.Name == "arn:aws:s3:::b/denied.conf" {
			return nil, fmt.Errorf("getting object hunter2: %w", fs.ErrPermission)
		}
		text, ok := objects[s.Name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	}, nil)
	want := `output s3 @arn:aws:s3:::b/out.conf:1 name=s3 bucket=logs
? arn:aws:s3:::b/set.conf:2: it includes "part.conf", which was not given
? arn:aws:s3:::b/denied.conf: aws_fluent_bit_init_s3_3: access denied
? arn:aws:s3:::b/broken.yaml: a part of it is not read, it is not a configuration file: arn:aws:s3:::b/broken.yaml:1: neither a section nor a command, and an option must be indented; what includes it takes no YAML
? /gone.conf: aws_fluent_bit_init_file_5: it is not there
`
	if told(*got) != want {
		t.Errorf("got\n%s", told(*got))
	}
	if err == nil || !strings.HasPrefix(err.Error(), "arn:aws:s3:::b/broken.yaml:1: neither a section nor a command") { // the init process includes it as classic
		t.Error(err)
	}
	if got, err := routerconf.Read(routed(t, `"Image": "x"`), nil, nil); got != nil || err != nil {
		t.Errorf("without files: %v, %v", got, err)
	}
}

// A file that replaces the generated one may be YAML, and its folder is that of relative includes.
func TestReadReplaced(t *testing.T) {
	d := routed(t, `"Image": "x", "Command": ["-c", "/etc/sub/own.yaml"]`)
	got, err := routerconf.Read(d, func(routerconf.Source) ([]byte, error) { return []byte("includes: [deep.yaml]"), nil }, beside)
	if err != nil || told(*got) != "service  @/etc/sub/deep.yaml:1 flush=1\n" {
		t.Errorf("%v\n%s", err, told(*got))
	}
}

// What an image reads by itself is read in its own form, and a start command that tells no file leaves nothing unknown.
func TestReadOfTheImage(t *testing.T) {
	image := routerconf.Source{From: rules.FromImage, By: "--config-file", Name: "top.conf", At: "/fluent-bit/alt/top.conf"}
	got, err := routerconf.Read(routed(t, `"Image": "x", "EntryPoint": ["/start.sh"]`), nil, beside, image)
	if err != nil || !got.OfImage || told(*got) != "output null @top.conf:1 name=null\n" {
		t.Errorf("%v\n%s", err, told(*got))
	}
	if image.Effect() != "the image reads it by itself" {
		t.Error(image.Effect())
	}
}

// A main file that includes what ECS generates only adds to it, and what that includes is read too.
func TestReadOfAMainFileThatIncludesTheGenerated(t *testing.T) {
	files := fstest.MapFS{
		"own/main.conf":   {Data: []byte("@INCLUDE /fluent-bit/etc/fluent-bit.conf\n[OUTPUT]\n Name null\n")},
		"own/alone.conf":  {Data: []byte("[OUTPUT]\n Name null\n")},
		"extra.conf":      {Data: []byte("[INPUT]\n Name tail\n")},
		"fluent-bit.conf": {Data: []byte("[INPUT]\n Name forward\n")}, // of that name, and another
	}
	router := `"Image": "x", "Command": ["-c", "/own/%s.conf"], "FirelensConfiguration": {"Type": "fluentbit", "Options": {"config-file-type": "file", "config-file-value": "/extra.conf"}}`
	got, err := routerconf.Read(routed(t, fmt.Sprintf(router, "main")), nil, files)
	if err != nil || !got.Generated || told(*got) != "output null @/own/main.conf:2 name=null\ninput tail @/extra.conf:1 name=tail\n" {
		t.Errorf("%v, %v\n%s", got.Generated, err, told(*got))
	}
	got, err = routerconf.Read(routed(t, `"Image": "x", "FirelensConfiguration": {"Type": "fluentbit", "Options": {"config-file-type": "file", "config-file-value": "/own/main.conf"}}`), nil, files)
	if err != nil || got.Generated || !strings.HasSuffix(told(*got), "? /own/main.conf:1: it includes \"/fluent-bit/etc/fluent-bit.conf\", which includes it\n") {
		t.Errorf("%v, %v\n%s", got.Generated, err, told(*got))
	}
	got, err = routerconf.Read(routed(t, fmt.Sprintf(router, "alone")), nil, files)
	if err != nil || got.Generated || told(*got) != "output null @/own/alone.conf:1 name=null\n" {
		t.Errorf("%v, %v\n%s", got.Generated, err, told(*got))
	}
}

// An error that says what is missing is shown; any other is not, for it may quote what nobody should see.
func TestReasons(t *testing.T) {
	d := routed(t, `"Image": "x", "Command": ["-c", "/own.conf"]`)
	for want, err := range map[string]error{
		"command: no bucket is named":      fmt.Errorf("opening: %w", routerconf.Reason("no bucket is named")),
		"command: it could not be opened":  errors.New("hunter2"),
		"/own.conf: command: it is not th": fs.ErrNotExist,
	} {
		got, _ := routerconf.Read(d, func(routerconf.Source) ([]byte, error) { return nil, err }, nil)
		if said := told(*got); !strings.Contains(said, want) || strings.Contains(said, "hunter2") {
			t.Errorf("%q, want %q", said, want)
		}
	}
}

// Without an opener, sources are among the files: where the container sees them, or by their name.
func TestReadAmongFiles(t *testing.T) {
	for router, want := range map[string]string{
		`"Image": "x", "Command": ["-c", "/etc/many/a.conf"]`:                                                       "output stdout @/etc/many/a.conf:1 name=stdout\n",
		`"Image": "x", "Command": ["-c", "/fluent-bit/alt/top.conf"]`:                                               "output null @/fluent-bit/alt/top.conf:1 name=null\n",
		`"Image": "x", "Environment": [{"Name": "aws_fluent_bit_init_s3_1", "Value": "arn:aws:s3:::b/k/top.conf"}]`: "output null @arn:aws:s3:::b/k/top.conf:1 name=null\n",
		`"Image": "x", "Command": ["-c", "/gone.conf"]`:                                                             "? /gone.conf: command: it is not there\n",
	} {
		if got, err := routerconf.Read(routed(t, router), nil, beside); err != nil || told(*got) != want {
			t.Errorf("%s: %v\n%s", router, err, told(*got))
		}
	}
	if got, _ := routerconf.Read(routed(t, `"Image": "x", "Command": ["-c", "/gone.conf"]`), nil, nil); len(got.Unknown) != 1 {
		t.Errorf("without files: %v", got)
	}
}

// What is there and is no file that can be read is an error too, with what names it.
func TestReadAmongWhatIsNoFile(t *testing.T) {
	for router, want := range map[string]string{
		`"Image": "x", "Command": ["-c", "/etc/folder"]`:     "/etc/folder: command: it is not a file",
		`"Image": "x", "Command": ["-c", "/etc/names.conf"]`: "/etc/names.conf:2: it includes \"/etc/folder\": it is not a file",
	} {
		got, err := routerconf.Read(routed(t, router), nil, beside)
		if err == nil || err.Error() != want || !strings.HasSuffix(told(*got), "? "+want+"\n") {
			t.Errorf("%s: %v\n%s", router, err, told(*got))
		}
	}
}
