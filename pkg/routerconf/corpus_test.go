package routerconf_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/routerconf"
	"github.com/firewarden/firewarden/pkg/rules"
)

// conf is what a file of the corpus says, read by eye: inputs and outputs as plugin@line, listeners, and what FL106 finds.
type conf struct{ inputs, outputs, listens, found string }

// The configuration files of the corpus, by the end of their path.
var confs = map[string]conf{
	"filter-multiline-partial-message-mode/custom-fluent-bit-with-config/extra.conf": {},
	"emf-over-tcp/extra.conf":            {inputs: "tcp@2", outputs: "cloudwatch_logs@18", listens: "tcp 0.0.0.0:25888"},
	"monitoring-server-healthcheck.conf": {listens: "http_server 0.0.0.0:2020"},
	"add-keys/extra.conf":                {},
	"fluentd/multiline-logs/extra.conf":  {},
	"oomkill-prevention/filesystem.conf": {inputs: "tcp@20", outputs: "cloudwatch_logs@34", listens: "tcp 0.0.0.0:5170, http_server 0.0.0.0:2020"},
	"firelens-full-memory-example/fluent-bit-image/extra.conf": {
		inputs: "forward@14 forward@28", outputs: "cloudwatch_logs@41", listens: "forward unix, forward 0.0.0.0:24224, http_server 0.0.0.0:2020", found: "high forward[0.0.0.0:24224]",
	},
	"firelens-full-filesystem-example/fluent-bit-image/extra.conf": {
		inputs: "forward@22 forward@32", outputs: "cloudwatch_logs@42", listens: "forward unix, forward 0.0.0.0:24224, http_server 0.0.0.0:2020", found: "high forward[0.0.0.0:24224]",
	},
	"oomkill-prevention/memory.conf":                      {inputs: "tcp@6", outputs: "cloudwatch@23", listens: "tcp 0.0.0.0:5170"},
	"config-file-type-file/extra.conf":                    {},
	"parse-json/extra.conf":                               {},
	"enable-debug-logging/extra.conf":                     {},
	"parsers/envoy_parser.conf":                           {},
	"conf/parse_envoy.conf":                               {},
	"stream_processing.conf":                              {},
	"custom-fluent-bit-image/fluent-bit.conf":             {outputs: "cloudwatch@12"},
	"custom-fluent-bit-image/parser.conf":                 {},
	"fluentd/rewrite-tag.conf":                            {outputs: "rewrite_tag_filter@1 cloudwatch_logs@30"},
	"parsers_multiline.conf":                              {},
	"custom-fluent-bit-with-parser/extra.conf":            {},
	"fb_metrics_parser.conf":                              {},
	"send-fb-internal-metrics-to-cw/extra.conf":           {inputs: "exec@9", outputs: "cloudwatch_logs@69", listens: "http_server 0.0.0.0:2020"},
	"parse-apache.conf":                                   {},
	"send-to-multiple-destinations/extra.conf":            {outputs: "firehose@1 firehose@8 cloudwatch_logs@15 datadog@24"},
	"config-files/your-parser.conf":                       {},
	"config-files/tail-input.conf":                        {inputs: "tail@1"},
	"config-files/your-filter.conf":                       {},
	"config-files/s3-output.conf":                         {outputs: "s3@1"},
	"service-for-prometheus/config-files/fluent-bit.conf": {inputs: "node_exporter_metrics@5", outputs: "prometheus_remote_write@12"},
	"efs/extra.conf":                                      {outputs: "kinesis_firehose@1"},
}

// TestCorpus reads every configuration file of the corpus. With -v it prints the table of what each says.
func TestCorpus(t *testing.T) {
	files := corpusFiles(t)
	if len(files) != len(confs) {
		t.Errorf("%d files, and %d are expected", len(files), len(confs))
	}
	for _, path := range files {
		short := strings.TrimPrefix(path, corpus+"/")
		want, known := confFor(path)
		if !known {
			t.Errorf("%s: not expected", short)
		}
		kind := fluentBit
		if strings.Contains(path, "/fluentd/") {
			kind = fluentd
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		read, err := routerconf.Parse(short, data, kind, routerconf.Around{})
		if err != nil || len(read.Unknown) > 0 || len(read.Sections) == 0 {
			t.Errorf("%s: %v, %v, %d sections", short, err, read.Unknown, len(read.Sections))
		}
		got := conf{inputs: plugins(read.Inputs()), outputs: plugins(read.Outputs()), listens: listens(read), found: findings(judge(t, read))}
		if got != want {
			t.Errorf("%s:\n got %+v\nwant %+v", short, got, want)
		}
		t.Logf("| %s | %s | %s | %s | %s |", short, got.inputs, got.outputs, got.listens, got.found)
	}
}

func confFor(path string) (conf, bool) {
	for end, c := range confs {
		if strings.HasSuffix(path, end) {
			return c, true
		}
	}
	return conf{}, false
}

func plugins(all []rules.ConfigSection) string {
	var names []string
	for _, s := range all {
		names = append(names, fmt.Sprintf("%s@%d", s.Plugin, s.Place.Line))
	}
	return strings.Join(names, " ")
}

func listens(c rules.RouterConfig) string {
	var all []string
	for _, l := range c.Listeners() {
		at := fmt.Sprintf("%s:%d", l.Address, l.Port)
		if l.Transports[0] == "unix" {
			at = "unix"
		}
		all = append(all, l.Plugin+" "+at)
	}
	return strings.Join(all, ", ")
}

func findings(found []rules.Finding) string {
	var all []string
	for _, f := range found {
		all = append(all, string(f.Severity)+" "+strings.TrimPrefix(f.Path, "containerDefinitions[log_router].firelensConfiguration."))
	}
	return strings.Join(all, " ")
}
