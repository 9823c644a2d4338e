package rules_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
)

// planted stands for a secret. It is spelled so that no rule can make it up.
const planted = "hunter2Zx9Qv7Kp3"

// planting is a definition with a secret in it: an output's kind and options, and what else the router has.
type planting struct{ kind, options, router string }

// plantings are the kinds of secret that people leave in definitions, and the places in which a rule might quote them.
var plantings = map[string]planting{
	"a Datadog key":                  {"fluentbit", `"Name": "datadog", "apikey": "%s"`, ""},
	"a Splunk token":                 {"fluentbit", `"Name": "splunk", "splunk_token": "%s"`, ""},
	"user info in a Loki URL":        {"fluentbit", `"Name": "grafana-loki", "Url": "https://1234:%s@logs.grafana.net/loki/api/v1/push"`, ""},
	"user info beside a placeholder": {"fluentbit", `"Name": "grafana-loki", "Url": "https://1234:%s@logs.grafana.net/${tenant}"`, ""},
	"a Kafka SASL password":          {"fluentbit", `"Name": "kafka", "Brokers": "b:9096", "rdkafka.sasl.password": "%s"`, ""},
	"an Authorization header":        {"fluentbit", `"Name": "http", "Header": "Authorization Bearer %s"`, ""},
	"a header in an option's name":   {"fluentbit", `"Name": "http", "Header Authorization Bearer": "%s"`, ""},
	"a header with a line break":     {"fluentbit", `"Name": "http", "Header": "Authorization Bearer %s\n    Match *"`, ""},
	"a variable of the router":       {"fluentbit", `"Name": "stdout"`, `, "environment": [{"name": "DD_API_KEY", "value": "%s"}]`},
	"a URL among the variables":      {"fluentbit", `"Name": "stdout"`, `, "environment": [{"name": "TARGET", "value": "https://shop:%s@example.com"}]`},
	"a token in a path":              {"fluentbit", `"Name": "http", "Host": "collectors.sumologic.com", "URI": "/receiver/v1/http/%s"`, ""},
	"a token in a query":             {"fluentbit", `"Name": "http", "URI": "/v1/input?dd-api-key=%s"`, ""},
	"a key of Fluentd":               {"fluentd", `"@type": "s3", "s3_bucket": "b", "aws_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_sec_key": "%s"`, ""},
	"headers of Fluentd":             {"fluentd", `"@type": "http", "headers": "{\"X-Api-Key\": \"%s\"}"`, ""},
	"an option of a plugin unknown":  {"fluentbit", `"Name": "acme", "AcmeLicenseKey": "%s"`, ""},
	"a token for forwarding":         {"fluentbit", `"Name": "forward", "Host": "127.0.0.1", "Port": "24224", "Shared_Key": "%s", "Match": "*", "mode": "blocking"`, ""},
	"an option in the wrong case":    {"fluentbit", `"name": "datadog", "apikey": "%s"`, ""},
}

func (p planting) definition(t *testing.T, secret string) rules.Definition {
	t.Helper()
	text := fmt.Sprintf(`{"family": "shop", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "containerDefinitions": [
		{"name": "log_router", "image": "amazon/aws-for-fluent-bit:stable", "firelensConfiguration": {"type": %q},
		 "healthCheck": {"command": ["CMD-SHELL", "wget --header 'Authorization: Bearer PLANTED' http://127.0.0.1:8877"]}%s},
		{"name": "app", "image": "y:1", "logConfiguration": {"logDriver": "awsfirelens", "options": {%s}}}]}`, p.kind, p.router, p.options)
	return definition(t, []byte(strings.NewReplacer("%s", secret, "PLANTED", secret).Replace(text)))
}

// TestSecretsAreFoundAndShownNowhere asks the whole book, not the one rule.
func TestSecretsAreFoundAndShownNowhere(t *testing.T) {
	for name, p := range plantings {
		found := false
		for _, params := range policies {
			for _, f := range rules.Evaluate(rules.All(), p.definition(t, planted), params) {
				found = found || f.Rule == "FL506" && f.Status == rules.Noncompliant && f.Severity == rules.High
				if data, err := json.Marshal(f); err != nil || strings.Contains(string(data), planted) || strings.Contains(f.Fingerprint(), planted) {
					t.Errorf("%s is shown: %s %v", name, data, err)
				}
			}
		}
		if !found {
			t.Errorf("%s is not found", name)
		}
	}
}

// The same places with a reference in the secret's place.
func TestReferencesAreNoSecrets(t *testing.T) {
	for name, p := range plantings {
		for _, reference := range []string{"${SECRET}", "${SECRET_1}"} {
			for _, f := range rules.Evaluate(rules.All(), p.definition(t, reference), rules.Params{}) {
				if f.Rule == "FL506" {
					t.Errorf("%s as %s: %s %s", name, reference, f.Status, f.Message)
				}
			}
		}
	}
}
