package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
)

// parsed is a configuration of a Fluent Bit or, where it starts with an element, a Fluentd router.
func parsed(t *testing.T, text string) *rules.RouterConfig {
	t.Helper()
	kind := "fluentbit"
	if strings.HasPrefix(text, "<") {
		kind = "fluentd"
	}
	d := definition(t, []byte(fmt.Sprintf(`{"containerDefinitions": [{"name": "r", "image": "i", "firelensConfiguration": {"type": %q}}]}`, kind)))
	return configured(t, d, []byte(text))
}

// What listens where, by plugin and option, and how far that reaches.
func TestListeners(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"[INPUT]\n Name forward", "forward/tcp 0.0.0.0:24224 beyond"},
		{"[INPUT]\n Name forward\n Listen a\n Listen 127.0.0.1\n Port 7", "forward/tcp 127.0.0.1:7 local"},
		{"[INPUT]\n Name forward\n Unix_Path /s", "forward/unix :0 local"},
		{"[INPUT]\n Name forward\n Listen [::1]", "forward/tcp [::1]:24224 local"},
		{"[INPUT]\n Name forward\n Listen aggregator", "forward/tcp aggregator:24224 unsure"},
		{"[INPUT]\n Name forward\n Port x", "forward/tcp 0.0.0.0:0 beyond, its port is not a number"},
		{"[INPUT]\n Name forward\n Port 99999", "forward/tcp 0.0.0.0:0 beyond, its port is not a number"},
		{"[INPUT]\n Name forward\n Listen ${X}", `forward/tcp :24224 unsure, the value of the variable "X" is not known`},
		{"[INPUT]\n Name tcp://127.0.0.1:5170", "tcp/tcp :5170 unsure, its plugin is named by a URL"},
		{"[INPUT]\n Name syslog", "syslog/unix :0 local"},
		{"[INPUT]\n Name syslog\n Mode tcp", "syslog/tcp 0.0.0.0:5140 beyond"},
		{"[INPUT]\n Name syslog\n Mode UDP\n Port 514", "syslog/udp 0.0.0.0:514 beyond"},
		{"[INPUT]\n Name syslog\n Mode ${M}", "syslog/ 0.0.0.0:5140 beyond"},
		{"[INPUT]\n Name statsd", "statsd/udp 0.0.0.0:8125 beyond"},
		{"[INPUT]\n Name own\n Listen 0.0.0.0\n Port 9", "own/ 0.0.0.0:9 beyond"},
		{"[INPUT]\n Name tail", ""},
		{"[OUTPUT]\n Name forward", ""},
		{"[SERVICE]\n HTTP_Server On\n[SERVICE]\n HTTP_Listen 127.0.0.1\n Flush 1", "http_server/tcp 127.0.0.1:2020 local"},
		{"[SERVICE]\n HTTP_Server On\n[SERVICE]\n HTTP_Server Off", ""},
		{"<source>\n @type forward\n</source>", "forward/tcp+udp 0.0.0.0:24224 beyond"},
		{"<source>\n @type syslog\n</source>", "syslog/udp 0.0.0.0:5140 beyond"},
		{"<source>\n @type syslog\n <transport tls>\n </transport>\n</source>", "syslog/tcp 0.0.0.0:5140 beyond"},
		{"<source>\n @type syslog\n protocol_type tcp\n</source>", "syslog/tcp 0.0.0.0:5140 beyond"},
		{"<source>\n @type unix\n</source>", "unix/unix :0 local"},
		{"<source>\n @type own\n bind ::\n</source>", "own/ :::0 beyond"},
		{"<source>\n @type tail\n</source>", ""},
	} {
		var got []string
		for _, l := range parsed(t, c.text).Listeners() {
			reach := map[rules.Reach]string{rules.Local: "local", rules.Beyond: "beyond", rules.Unsure: "unsure"}[l.Reach()]
			told := fmt.Sprintf("%s/%s %s:%d %s", l.Plugin, strings.Join(l.Transports, "+"), l.Address, l.Port, reach)
			if l.Unknown != "" {
				told += ", " + l.Unknown
			}
			got = append(got, told)
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// Inputs and outputs are found at any depth; a nil configuration has none.
func TestInputsAndOutputs(t *testing.T) {
	c := parsed(t, "<worker 0>\n<source>\n@type tail\n</source>\n</worker>\n<label @A>\n<match a>\n@type copy\n<store>\n@type s3\n</store>\n<store>\n@type http\n<secondary>\n@type file\n</secondary>\n</store>\n</match>\n</label>")
	names := func(all []rules.ConfigSection) (names []string) {
		for _, s := range all {
			names = append(names, s.Kind+" "+s.Plugin)
		}
		return names
	}
	if in := names(c.Inputs()); !slices.Equal(in, []string{"source tail"}) {
		t.Errorf("inputs %q", in)
	}
	if out := names(c.Outputs()); !slices.Equal(out, []string{"match copy", "store s3", "store http", "secondary file"}) {
		t.Errorf("outputs %q", out)
	}
	var none *rules.RouterConfig
	if none.Inputs() != nil || none.Outputs() != nil || none.Listeners() != nil || none.String() != "no configuration read" {
		t.Error("nil is not empty")
	}
}

// Findings quote addresses and places, no other value.
func TestFL106Says(t *testing.T) {
	rule, _ := rules.Find("FL106")
	replaced := rule.Check(fixture{rule: "FL106", path: "testdata/FL106/bad/replaced"}.load(t), rules.Params{})
	if !strings.Contains(strings.Join(replaced[0].Evidence, "\n"), "own.conf:4: a forward input over tcp\n/fluent-bit/alt/fluent-bit.conf: it is read in place of the configuration that ECS generates") {
		t.Errorf("%q", replaced[0].Evidence)
	}
	beside := rule.Check(fixture{rule: "FL106", path: "testdata/FL106/bad/awsvpc"}.load(t), rules.Params{})
	if !strings.Contains(strings.Join(beside[0].Evidence, "\n"), "the configuration that ECS generates listens on 24224 too") {
		t.Errorf("%q", beside[0].Evidence)
	}
	taking := rule.Check(fixture{rule: "FL106", path: "testdata/FL106/bad/fluentd-that-takes-all"}.load(t), rules.Params{})
	if !strings.Contains(strings.Join(taking[0].Evidence, "\n"), "/own.conf: it is included in the configuration that ECS generates, behind its filters and before its outputs, and adds to it; what its <match> takes does not come to the clients' outputs\n") {
		t.Errorf("%q", taking[0].Evidence)
	}
	open := rule.Check(fixture{rule: "FL106", path: "testdata/FL106/bad/address-to-be-filled-in"}.load(t), rules.Params{})
	if !strings.HasSuffix(open[0].Message, "own.conf:1: the address of a forward source is still to be filled in") {
		t.Error(open[0].Message)
	}
	unsure := rule.Check(fixture{rule: "FL106", path: "testdata/FL106/bad/variable-that-is-not-known"}.load(t), rules.Params{})
	if !strings.Contains(unsure[0].Message, `own.conf:1: the address of a forward input is not known: the value of the variable "ADDRESS" is not known`) {
		t.Error(unsure[0].Message)
	}
}
