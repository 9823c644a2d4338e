package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
)

// What says that a router may listen beyond what ECS generates; "" where nothing does.
func TestOwnListener(t *testing.T) {
	const ours = "public.ecr.aws/aws-observability/aws-for-fluent-bit"
	file := func(kind, value string) string {
		return fmt.Sprintf(`"firelensConfiguration": {"type": "fluentbit", "options": {"config-file-type": %q, "config-file-value": %q}}`, kind, value)
	}
	env := func(name, value string) string {
		return fmt.Sprintf(`"environment": [{"name": %q, "value": %q}]`, name, value)
	}
	for name, c := range map[string]struct{ image, more, want string }{
		"plain":                           {ours + ":3", ``, ""},
		"Docker Hub":                      {"amazon/aws-for-fluent-bit", ``, ""},
		"a Region's registry":             {"906394416424.dkr.ecr.eu-central-1.amazonaws.com/aws-for-fluent-bit:3.4.16", ``, ""},
		"China":                           {"128054284489.dkr.ecr.cn-north-1.amazonaws.com.cn/aws-for-fluent-bit@sha256:ab", ``, ""},
		"a pull-through cache":            {"123456789012.dkr.ecr.eu-central-1.amazonaws.com/public/aws-observability/aws-for-fluent-bit:3", ``, ""},
		"an image of one's own":           {"123456789012.dkr.ecr.eu-central-1.amazonaws.com/aws-for-fluent-bit:3", ``, "image that is not AWS's"},
		"an image built on it":            {ours + "-custom:3", ``, "image that is not AWS's"},
		"upstream":                        {"fluent/fluent-bit:3.2", ``, "image that is not AWS's"},
		"a built-in file":                 {ours + ":3", file("file", "/fluent-bit/configs/parse-json.conf"), ""},
		"a built-in file, with metrics":   {ours + ":3", file("file", "/fluent-bit/configs/output-metrics-healthcheck.conf"), ""},
		"a file beside the built-in ones": {ours + ":3", file("file", "/fluent-bit/configs/extra.conf"), "custom configuration file (/fluent-bit/configs/extra.conf)"},
		"a built-in file, hidden": {
			ours + ":3", file("file", "/fluent-bit/configs/parse-json.conf") + `, "mountPoints": [{"sourceVolume": "v", "containerPath": "/fluent-bit/configs/"}]`,
			"custom configuration file",
		},
		"a volume elsewhere": {
			ours + ":3", file("file", "/fluent-bit/configs/parse-json.conf") + `, "mountPoints": [{"sourceVolume": "v", "containerPath": "/fluent-bit/conf"}]`, "",
		},
		"a file in S3":                       {ours + ":3", file("s3", "arn:aws:s3:::b/forward.conf"), "custom configuration file (arn:aws:s3:::b/forward.conf)"},
		"a value without its type":           {ours + ":3", file("", "/own.conf"), ""},
		"a command":                          {ours + ":3", `"command": ["-c", "/own.conf"]`, "entry point or command"},
		"an entry point":                     {ours + ":3", `"entryPoint": ["sh"]`, "entry point or command"},
		"init, from S3":                      {ours + ":init-latest", env("aws_fluent_bit_init_s3_1", "arn:aws:s3:::b/k.conf"), "custom configuration file"},
		"init, a file":                       {ours + ":debug-init-2.33.2", env("aws_fluent_bit_init_file_2", "/ecs/own.conf"), "custom configuration file"},
		"init, a built-in file":              {ours + ":init-2.34.3", env("aws_fluent_bit_init_file_1", "/fluent-bit/configs/parse-json.conf"), ""},
		"init, from a secret":                {ours + ":init-latest", `"secrets": [{"name": "aws_fluent_bit_init_S3_1", "valueFrom": "arn"}]`, "custom configuration file"},
		"init, by digest":                    {ours + "@sha256:ab", env("aws_fluent_bit_init_s3_1", "arn:aws:s3:::b/k.conf"), "custom configuration file"},
		"init without files":                 {ours + ":init-latest", env("LOG_LEVEL", "info"), ""},
		"variables on an image that is none": {ours + ":3", env("aws_fluent_bit_init_s3_1", "arn:aws:s3:::b/k.conf"), ""},
	} {
		if !strings.Contains(c.more, "firelensConfiguration") {
			c.more = strings.TrimPrefix(c.more+`, "firelensConfiguration": {"type": "fluentbit"}`, ", ")
		}
		d := definition(t, []byte(fmt.Sprintf(`{"family": "shop", "containerDefinitions": [{"name": "router", "image": %q, %s}]}`, c.image, c.more)))
		if got := d.OwnListener(); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A group of both kinds of user: whichever rule is first, both together leave nothing to fix, and the same.
func TestFixesOfGroupsCompose(t *testing.T) {
	one, _ := rules.Find("FL101")
	two, _ := rules.Find("FL102")
	for name, p := range policies {
		for _, f := range fixtures(t) {
			g, ok := f.load(t).(rules.Group)
			if !ok {
				continue
			}
			there := two.Fix(one.Fix(g, p), p)
			if diff := changed(there, one.Fix(two.Fix(g, p), p)); diff != "" {
				t.Errorf("%s, %s: the order matters:\n%s", f, name, diff)
			}
			if left := fixable(rules.Evaluate(rules.All(), there, p)); len(left) > 0 {
				t.Errorf("%s, %s: both leave %v", f, name, lines(left))
			}
		}
	}
}

// A fleet's evidence stays short, and names first who may listen.
func TestEvidenceOfAFleetIsShort(t *testing.T) {
	rule, _ := rules.Find("FL102")
	found := rule.Check(fixture{rule: "FL102", path: "testdata/FL102/bad/fleet"}.load(t), rules.Params{})
	if len(found) != 1 || len(found[0].Evidence) != 22 || found[0].Evidence[21] != "and 6 more" ||
		!strings.Contains(found[0].Evidence[1], "i-00000000000000063 runs shop: router log_router has an entry point") {
		t.Errorf("%+v", found)
	}
}
