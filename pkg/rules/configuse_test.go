package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// routed is an awsvpc definition with a configuration file that was read; the router has these fields beside.
func routed(t *testing.T, router, conf string) rules.Definition {
	t.Helper()
	d := definition(t, []byte(`{"family": "shop", "networkMode": "awsvpc", "containerDefinitions": [
		{"name": "router", "image": "amazon/aws-for-fluent-bit:3.4.16", `+router+`
		 "firelensConfiguration": {"type": "fluentbit", "options": {"config-file-type": "file", "config-file-value": "/own.conf"}}},
		{"name": "app", "image": "x:1", "logConfiguration": {"logDriver": "awsfirelens", "options": {"Name": "null"}}}]}`))
	d.Config = configured(t, d, []byte(conf))
	return d
}

// What a read configuration says of a listener on 24224 and of an HTTP server on 2020, where the definition alone only tells that
// there is a file, and a health check that asks 2020.
func TestAReadConfigurationDecides(t *testing.T) {
	const beyond, check = "[INPUT]\n Name forward\n Listen 0.0.0.0\n", `"healthCheck": {"command": ["CMD-SHELL", "curl localhost:2020"]},`
	for name, c := range map[string]struct {
		router, conf   string
		listens, level string // what OwnListener says; the severity of FL105, "" where it finds nothing
	}{
		"an open listener":            {"", beyond, "a listener of its own on 0.0.0.0:24224 (own.conf:1)", ""},
		"another plugin on 24224":     {"", "[INPUT]\n Name tcp\n Port 24224\n", "0.0.0.0:24224", ""},
		"a host name":                 {"", "[INPUT]\n Name forward\n Listen router.local\n", "the address of a forward input is not known (own.conf:1)", ""},
		"another port":                {"", "[INPUT]\n Name forward\n Port 24225\n", "", ""},
		"loopback":                    {"", "[INPUT]\n Name forward\n Listen 127.0.0.1\n", "", ""},
		"none":                        {check, "[SERVICE]\n Flush 1\n", "", ""},
		"none, and a gap":             {check, "@INCLUDE more.conf\n", "a custom configuration file", "low"},
		"a server":                    {check, "[SERVICE]\n HTTP_Server on\n", "", "medium"},
		"a server on loopback":        {check, "[SERVICE]\n HTTP_Server on\n HTTP_Listen 127.0.0.1\n", "", ""},
		"a server on another port":    {check, "[SERVICE]\n HTTP_Server on\n HTTP_Port 8080\n", "", ""},
		"a server, if a variable":     {check, "[SERVICE]\n HTTP_Server ${SERVE}\n", "", "low"},
		"a server, on a variable":     {check, "[SERVICE]\n HTTP_Server on\n HTTP_Listen ${AT}\n", "", "low"},
		"a listener, besides the gap": {"", "@INCLUDE more.conf\n" + beyond, "0.0.0.0:24224", ""},
	} {
		d := routed(t, c.router, c.conf)
		if got := d.OwnListener(); (got == "") != (c.listens == "") || !strings.Contains(got, c.listens) {
			t.Errorf("%s: listens %q, want %q", name, got, c.listens)
		}
		if got := severityOf(t, "FL105", served(d)); got != c.level {
			t.Errorf("%s: FL105 %q, want %q", name, got, c.level)
		}
	}
}

// An image of one's own may read more than its definition names, unless who scans says what.
func TestAnImageOfOnesOwnIsSettledWhereItsFilesAreTold(t *testing.T) {
	d := routed(t, "", "[SERVICE]\n Flush 1\n")
	d.Task.ContainerDefinitions[0].Image = aws.String("own:1")
	if got := d.OwnListener(); !strings.Contains(got, "image that is not AWS's") {
		t.Errorf("%q", got)
	}
	d.Config.OfImage = true
	if got := d.OwnListener(); got != "" {
		t.Errorf("%q", got)
	}
}

// served is a group that lets 2020 in to a service of that definition.
func served(d rules.Definition) rules.Group {
	return rules.Group{ID: "sg-1", Users: []rules.User{{By: "service", Name: "prod/shop", Definition: d}}, Entries: []ec2types.SecurityGroupRule{
		{SecurityGroupRuleId: aws.String("sgr-1"), IpProtocol: aws.String("tcp"), FromPort: aws.Int32(2020), ToPort: aws.Int32(2020), CidrIpv4: aws.String("0.0.0.0/0")},
	}}
}

func severityOf(t *testing.T, rule string, r rules.Resource) string {
	t.Helper()
	for _, f := range rules.Evaluate(rules.All(), r, rules.Params{}) {
		if f.Rule == rule {
			return string(f.Severity)
		}
	}
	return ""
}

// What the outputs of a configuration file call is among the actions, and not twice where the file is the image's own.
func TestTaskActionsOfAConfiguration(t *testing.T) {
	for name, c := range map[string]struct{ conf, want string }{
		"an output":       {"[OUTPUT]\n Name kinesis_firehose\n Match *\n region eu-west-1\n delivery_stream s\n", "firehose:PutRecordBatch on arn:aws:firehose:eu-west-1:*:deliverystream/s"},
		"a variable":      {"[OUTPUT]\n Name s3\n Match *\n bucket logs-${STAGE}\n", "s3:PutObject on arn:aws:s3:::logs-*/fluent-bit-logs/*"},
		"another account": {"[OUTPUT]\n Name s3\n Match *\n bucket b\n role_arn arn:aws:iam::1:role/r\n", "sts:AssumeRole on arn:aws:iam::1:role/r"},
		"two":             {"[OUTPUT]\n Name kinesis_streams\n stream a\n[OUTPUT]\n Name kinesis_streams\n stream b\n", "kinesis:PutRecords on arn:aws:kinesis:*:*:stream/a, kinesis:PutRecords on arn:aws:kinesis:*:*:stream/b"},
		"a partner":       {"[OUTPUT]\n Name datadog\n Match *\n", ""},
	} {
		if got := actions(routed(t, "", c.conf)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// The outputs of clients count where a main file of the router's own includes what ECS generates, and only there.
func TestAMainFileThatIncludesTheGenerated(t *testing.T) {
	d := definition(t, []byte(`{"family": "shop", "networkMode": "awsvpc", "containerDefinitions": [
		{"name": "router", "image": "amazon/aws-for-fluent-bit:3.4.16", "command": ["-c", "/own.conf"], "firelensConfiguration": {"type": "fluentbit"}},
		{"name": "app", "image": "x:1", "logConfiguration": {"logDriver": "awsfirelens", "options": {"Name": "kinesis_firehose", "delivery_stream": "s"}}}]}`))
	for conf, want := range map[string][2]string{
		"[INPUT]\n Name forward\n": {"", "/own.conf: it is read in place of the configuration that ECS generates: the clients' log options and enable-ecs-log-metadata have no effect"},
		"@INCLUDE /fluent-bit/etc/fluent-bit.conf\n[INPUT]\n Name forward\n": {
			"firehose:PutRecordBatch on arn:aws:firehose:*:*:deliverystream/s",
			"/own.conf: it is read in place of the configuration that ECS generates, and includes that: it adds to it",
		},
	} {
		d.Config = configured(t, d, []byte(conf))
		if got := actions(d); got != want[0] {
			t.Errorf("%q: %s", conf, got)
		}
		rule, _ := rules.Find("FL106")
		if said := rule.Check(d, rules.Params{})[0].Evidence; !slices.Contains(said, want[1]) {
			t.Errorf("%q: %q", conf, said)
		}
	}
}

// TestConfigurationsShowNoValue: what stands in a configuration file may be a secret, and is in no finding.
func TestConfigurationsShowNoValue(t *testing.T) {
	const secret = "hunter2hunter2"
	d := routed(t, `"environment": [{"name": "KEY", "value": "`+secret+`"}],`, strings.ReplaceAll(`[SERVICE]
 HTTP_Server SECRET
 HTTP_Listen SECRET
[INPUT]
 Name forward
 Listen SECRET
 shared_key SECRET
[INPUT]
 Name forward
 Port SECRET
[OUTPUT]
 Name http
 Match *
 Host SECRET
 uri /x?token=SECRET
 http_passwd ${KEY}
 header Authorization SECRET
 aws_auth ${UNKNOWN}SECRET
[OUTPUT]
 Name forward
 Host ${UNKNOWN}SECRET
[OUTPUT]
 Name forward
 Upstream SECRET
[OUTPUT]
 Name opensearch
 tls.key_passwd SECRET
 log https://u:SECRET@example.com/
`, "SECRET", secret))
	found := append(rules.Evaluate(rules.All(), d, rules.Params{}), rules.Evaluate(rules.All(), served(d), rules.Params{})...)
	said := map[string]bool{}
	for _, f := range found {
		said[f.Rule] = true
		if text := f.Path + f.Message + strings.Join(f.Evidence, "\n"); strings.Contains(text, secret) {
			t.Errorf("%s shows the secret: %s", f.Rule, text)
		}
	}
	for _, rule := range []string{"FL106", "FL309", "FL401", "FL506"} {
		if !said[rule] {
			t.Errorf("%s says nothing: the test proves nothing", rule)
		}
	}
}
