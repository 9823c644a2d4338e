package rules

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// A source is a URL, or a repository (or a file sheet of tables here) and a place in it.
var sourceForm = regexp.MustCompile(`^https://[a-z0-9.-]+/\S*$|^[a-z0-9-]+/[a-z0-9.-]+ \S`)

// Every row of every table says where it is from.
func TestEveryRowHasASource(t *testing.T) {
	sources := map[string]string{}
	row := func(table string, key any, source string) {
		name := fmt.Sprintf("%s: %v", table, key)
		if _, twice := sources[name]; twice {
			t.Errorf("%s stands twice", name)
		}
		sources[name] = source
	}
	for _, r := range registries {
		row("registries", r.organisation+r.account, r.source)
	}
	for _, r := range lines {
		row("lines", r.major, r.source)
	}
	for _, r := range knownBad {
		row("knownBad", fmt.Sprint(r.from, r.fixed, r.plugins), r.source)
	}
	for _, r := range toolless {
		row("toolless", fmt.Sprint(r.lacks, r.from, r.until, r.of(parseImage("fluent/fluent-bit"))), r.source)
	}
	for _, r := range awsOutputs {
		row("awsOutputs", fmt.Sprint(r.kind, r.plugins), r.source)
	}
	for _, r := range ownCredentials {
		row("ownCredentials", r.option+r.variable, r.source)
	}
	row("metricsFiles", metricsFiles.files, metricsFiles.source)
	for _, r := range executionNeeds {
		row("executionNeeds", r.what, r.source)
	}
	for _, r := range resourcePolicies {
		row("resourcePolicies", r.service, r.source)
	}
	for _, r := range secretOptions {
		row("secretOptions", fmt.Sprint(r.kind, r.plugins), r.source)
	}
	for _, r := range secretWords {
		row("secretWords", r.words, r.source)
	}
	for _, r := range secretHeaders {
		row("secretHeaders", r.name, r.source)
	}
	for _, r := range headerOptions {
		row("headerOptions", r.key, r.source)
	}
	for _, r := range tokenPaths {
		row("tokenPaths", r.host+r.path, r.source)
	}
	for _, r := range consumedOptions {
		row("consumedOptions", r.key, r.source)
	}
	for name, l := range map[string]limit{"grace": usualGrace, "long grace": longGrace, "stop": usualStop} {
		row("limits", name, l.source)
	}
	for name, source := range sources {
		if !sourceForm.MatchString(source) {
			t.Errorf("%s: source %q", name, source)
		}
	}
	if len(sources) < 120 {
		t.Errorf("only %d rows", len(sources))
	}
}

func TestTablesAreConsistent(t *testing.T) {
	for _, b := range knownBad {
		if !b.from.before(b.fixed) || b.since.Before(day(2019, 1, 1)) || b.since.After(day(2030, 1, 1)) || b.severity.Rank() == len(severities) {
			t.Errorf("known-bad version %v", b)
		}
	}
	action := regexp.MustCompile(`^[a-z0-9]+:[A-Z][A-Za-z]+$`)
	for _, r := range awsOutputs {
		for _, n := range r.needs {
			if !action.MatchString(n.action) || n.resource != "*" && !strings.HasPrefix(n.resource, "arn:{partition}:") {
				t.Errorf("%v: %s on %s", r.plugins, n.action, n.resource)
			}
		}
	}
	for _, n := range executionNeeds {
		for _, a := range n.actions {
			if !action.MatchString(a) {
				t.Errorf("%s: %s", n.what, a)
			}
		}
		if n.grants == nil {
			t.Errorf("%s: on which resources?", n.what)
		}
	}
}

// Whether an image is AWS's is told by one law, with and without the regular expression of the listener.
func TestImagesOfAWS(t *testing.T) {
	const name = "aws-for-fluent-bit"
	for ref, want := range map[string]bool{
		"public.ecr.aws/aws-observability/" + name + ":stable": true, "public.ecr.aws/aws-observability/" + name: true,
		"amazon/" + name + ":latest": true, "docker.io/amazon/" + name + ":2.32.0": true,
		"906394416424.dkr.ecr.eu-central-1.example.amazonaws.com/" + name + ":3": false,
		"906394416424.dkr.ecr.us-east-1.amazonaws.com/" + name + ":3":            true, "128054284489.dkr.ecr.cn-north-1.amazonaws.com.cn/" + name + "@sha256:ab": true,
		"906394416424.dkr.ecr.${AWS::Region}.amazonaws.com/" + name + ":3": true, "906394416424.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/" + name + ":3": true,
		"${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/" + name + ":3": false, "${Image}": false, "${Registry}/" + name + ":3": false,
		"161423150738.dkr.ecr.us-gov-west-1.amazonaws.com/" + name + ":init-latest":                            true,
		"123456789012.dkr.ecr.eu-central-1.amazonaws.com/public/aws-observability/" + name + ":3":              true,
		"123456789012.dkr.ecr.eu-central-1.amazonaws.com/" + name + ":3":                                       false,
		"123456789012.dkr.ecr.eu-central-1.amazonaws.com/906394416424.dkr.ecr.us-east-1.amazonaws.com/" + name: false,
		"public.ecr.aws/aws-observability/" + name + "-custom:3":                                               false, "notamazon/" + name + ":3": false, name + ":3": false, "": false,
		"fluent/fluent-bit:3": false, "registry.example.com:5000/amazon/" + name + ":3": true, "registry.example.com:5000/x/" + name: false,
	} {
		if got := parseImage(ref).fromAWS(); got != want || awsImage.MatchString(ref) != want {
			t.Errorf("%s: %v, and %v by the listener; want %v", ref, got, awsImage.MatchString(ref), want)
		}
	}
}

func TestVersionsOfTags(t *testing.T) {
	for tag, want := range map[string]string{
		"3.4.16": "[3 4 16] 3", "2.34.3.20260818": "[2 34 3] 3", "init-2.34.3": "[2 34 3] 3", "init-arm64-2.31.8": "[2 31 8] 3", "debug-init-2.33.2": "[2 33 2] 3",
		"3": "[3 0 0] 1", "3.4": "[3 4 0] 2", "stable": "[0 0 0] 0", "init-latest": "[0 0 0] 0", "": "[0 0 0] 0", "windowsservercore-latest": "[0 0 0] 0", "2.x": "[0 0 0] 0",
	} {
		v, parts := parseImage("amazon/aws-for-fluent-bit:" + tag).version()
		if got := fmt.Sprint(v, " ", parts); got != strings.ReplaceAll(want, "] ", "]  ") && got != want {
			t.Errorf("%s: %s, want %s", tag, got, want)
		}
	}
}

// Names of options and variables by their last words.
func TestSecretNames(t *testing.T) {
	for name, want := range map[string]bool{
		"DD_API_KEY": true, "apikey": true, "ApiKey": true, "dd-api-key": true, "newRelicLicenseKey": true, "HTTP_Passwd": true, "SPLUNK_TOKEN": true, "hec_token": true,
		"AWS_SECRET_ACCESS_KEY": true, "AWS_SESSION_TOKEN": true, "aws_sec_key": true, "client.secret": true, "SLACK_WEBHOOK_URL": true, "password": true, "DB_PASSWORD": true,
		"AWS_ACCESS_KEY_ID": false, "TOKEN_URL": false, "token.endpoint.url": false, "MONKEY": false, "PARTITION_KEY": false, "partition_key": false, "log_key": false,
		"SECRET_ARN": false, "tokens": false, "API_KEY_FILE": false, "": false, "KEY": false, "splunk_send_raw": false, "subtoken": false, "s3_key_format": false, "message_key": false,
	} {
		if got := secretName(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A line's end and a version's fault become findings on their day, and on no day before.
func TestDatedFactsWaitForTheirDay(t *testing.T) {
	at := func(tag string, today time.Time) string {
		found := fl505().Check(Definition{Task: taskWith("amazon/aws-for-fluent-bit:" + tag)}, Params{Today: today})
		if len(found) == 0 {
			return ""
		}
		return string(found[0].Severity)
	}
	for _, c := range []struct {
		tag, before, after string
		day                time.Time
	}{
		{"2.34.3", "", "medium", day(2026, 6, 30)},
		{"stable", "low", "medium", day(2026, 6, 30)},
		{"2.32.1", "", "medium", day(2024, 3, 29)},
		{"3.4.8", "", "medium", day(2026, 7, 20)},
	} {
		if got := at(c.tag, c.day.AddDate(0, 0, -1)); got != c.before {
			t.Errorf("%s the day before: %q, want %q", c.tag, got, c.before)
		}
		if got := at(c.tag, c.day); got != c.after {
			t.Errorf("%s on the day: %q, want %q", c.tag, got, c.after)
		}
		if got := at(c.tag, time.Time{}); got != c.before {
			t.Errorf("%s without a date: %q, want %q", c.tag, got, c.before)
		}
	}
}

func taskWith(image string) types.TaskDefinition {
	name := "shop_log_router"
	return types.TaskDefinition{ContainerDefinitions: []types.ContainerDefinition{
		{Name: &name, Image: &image, FirelensConfiguration: &types.FirelensConfiguration{Type: fluentBit}},
	}}
}
