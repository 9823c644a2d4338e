package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
)

// What the task role must allow, as "action on resource", from the options of one output.
func TestTaskActions(t *testing.T) {
	for name, c := range map[string]struct{ kind, options, want string }{
		"cloudwatch_logs": {
			"fluentbit", `"Name": "cloudwatch_logs", "region": "eu-central-1", "log_group_name": "/shop/app"`,
			"logs:CreateLogStream on arn:aws:logs:eu-central-1:*:log-group:/shop/app:*, logs:PutLogEvents on arn:aws:logs:eu-central-1:*:log-group:/shop/app:*",
		},
		"created groups with retention": {
			"fluentbit", `"name": "x", "Name": "CloudWatch_Logs", "Region": "cn-north-1", "Log_Group_Name": "a", "Auto_Create_Group": "On", "log_retention_days": "30"`,
			"logs:CreateLogStream on arn:aws-cn:logs:cn-north-1:*:log-group:a:*, logs:PutLogEvents on arn:aws-cn:logs:cn-north-1:*:log-group:a:*, " +
				"logs:CreateLogGroup on arn:aws-cn:logs:cn-north-1:*:log-group:a:*, logs:PutRetentionPolicy on arn:aws-cn:logs:cn-north-1:*:log-group:a:*",
		},
		"retention of nothing": {
			"fluentbit", `"Name": "cloudwatch_logs", "log_retention_days": "0", "auto_create_group": "false"`,
			"logs:CreateLogStream on arn:aws:logs:*:*:log-group:*:*, logs:PutLogEvents on arn:aws:logs:*:*:log-group:*:*",
		},
		"the Go plugin, with variables": {
			"fluentbit", `"Name": "cloudwatch", "region": "us-gov-west-1", "log_group_name": "/ecs/$(ecs_cluster)/app"`,
			"logs:CreateLogStream on arn:aws-us-gov:logs:us-gov-west-1:*:log-group:/ecs/*:*, logs:DescribeLogStreams on arn:aws-us-gov:logs:us-gov-west-1:*:log-group:/ecs/*:*, " +
				"logs:PutLogEvents on arn:aws-us-gov:logs:us-gov-west-1:*:log-group:/ecs/*:*",
		},
		"a group for each record": {
			"fluentbit", `"Name": "cloudwatch_logs", "region": "eu-west-1", "log_group_name": "fallback", "log_group_template": "$kubernetes"`,
			"logs:CreateLogStream on arn:aws:logs:eu-west-1:*:log-group:*:*, logs:PutLogEvents on arn:aws:logs:eu-west-1:*:log-group:*:*",
		},
		"firehose":              {"fluentbit", `"Name": "kinesis_firehose", "region": "eu-west-1", "delivery_stream": "s"`, "firehose:PutRecordBatch on arn:aws:firehose:eu-west-1:*:deliverystream/s"},
		"kinesis":               {"fluentbit", `"Name": "kinesis", "region": "eu-west-1", "stream": "s"`, "kinesis:PutRecords on arn:aws:kinesis:eu-west-1:*:stream/s"},
		"s3 with an ACL":        {"fluentbit", `"Name": "s3", "bucket": "b", "canned_acl": "private"`, "s3:PutObject on arn:aws:s3:::b/fluent-bit-logs/*, s3:PutObjectAcl on arn:aws:s3:::b/fluent-bit-logs/*"},
		"another account":       {"fluentbit", `"Name": "s3", "bucket": "b", "role_arn": "arn:aws:iam::1:role/r"`, "sts:AssumeRole on arn:aws:iam::1:role/r"},
		"an account to fill in": {"fluentbit", `"Name": "s3", "bucket": "b", "role_arn": "arn:aws:iam::<account>:role/r"`, "sts:AssumeRole on arn:aws:iam::*:role/r"},
		"a role to fill in":     {"fluentbit", `"Name": "s3", "bucket": "b", "role_arn": "${ROLE}"`, "sts:AssumeRole on *"},
		"OpenSearch":            {"fluentbit", `"Name": "opensearch", "AWS_Auth": "On", "AWS_Region": "eu-west-1"`, "es:ESHttpPost on arn:aws:es:eu-west-1:*:domain/*/*"},
		"unsigned":              {"fluentbit", `"Name": "opensearch", "AWS_Auth": "Off"`, ""},
		"serverless":            {"fluentbit", `"Name": "opensearch", "AWS_Auth": "On", "AWS_Region": "eu-west-1", "AWS_Service_Name": "aoss", "Host": "search.example"`, "aoss:APIAccessAll on arn:aws:aoss:eu-west-1:*:collection/*"},
		"a collection":          {"fluentbit", `"Name": "es", "aws_auth": "on", "aws_region": "eu-west-1", "aws_service_name": "aoss", "Host": "0a1b2c3d4e.eu-west-1.aoss.amazonaws.com"`, "aoss:APIAccessAll on arn:aws:aoss:eu-west-1:*:collection/0a1b2c3d4e"},
		"a domain": {
			"fluentbit", `"Name": "opensearch", "AWS_Auth": "On", "AWS_Region": "eu-west-1", "Host": "vpc-shop-logs-ke7thhzo07jawrhmz6mb7ite7y.eu-west-1.es.amazonaws.com"`,
			"es:ESHttpPost on arn:aws:es:eu-west-1:*:domain/shop-logs/*",
		},
		"a workspace": {
			"fluentbit", `"Name": "prometheus_remote_write", "aws_auth": "true", "aws_region": "eu-west-1", "uri": "/workspaces/ws-0a1b-2c/api/v1/remote_write"`,
			"aps:RemoteWrite on arn:aws:aps:eu-west-1:*:workspace/ws-0a1b-2c",
		},
		"s3 with keys":        {"fluentbit", `"Name": "s3", "bucket": "b", "s3_key_format": "/shop/logs-%Y/$TAG"`, "s3:PutObject on arn:aws:s3:::b/shop/logs-*"},
		"s3 with one key":     {"fluentbit", `"Name": "s3", "bucket": "b", "s3_key_format": "/shop/app.log"`, "s3:PutObject on arn:aws:s3:::b/shop/app.log*"},
		"s3 with any keys":    {"fluentbit", `"Name": "s3", "bucket": "b", "s3_key_format": "/$TAG"`, "s3:PutObject on arn:aws:s3:::b/*"},
		"streams that exist":  {"fluentbit", `"Name": "cloudwatch", "region": "r", "log_group_name": "g", "auto_create_stream": "false"`, "logs:DescribeLogStreams on arn:aws:logs:r:*:log-group:g:*, logs:PutLogEvents on arn:aws:logs:r:*:log-group:g:*"},
		"Fluentd's s3, below": {"fluentd", `"@type": "s3", "s3_bucket": "b", "path": "logs/${tag}/", "check_object": "false", "check_bucket": "false"`, "s3:PutObject on arn:aws:s3:::b/logs/*"},
		"Fluentd's s3, named": {"fluentd", `"@type": "s3", "s3_bucket": "b", "path": "logs/", "s3_object_key_format": "x/%{path}%{index}", "check_object": "false", "check_bucket": "false"`, "s3:PutObject on arn:aws:s3:::b/x/*"},
		"Prometheus":          {"fluentbit", `"Name": "prometheus_remote_write", "aws_auth": "true", "aws_region": "eu-west-1"`, "aps:RemoteWrite on arn:aws:aps:eu-west-1:*:workspace/*"},
		"a partner":           {"fluentbit", `"Name": "datadog"`, ""},
		"no output":           {"fluentbit", `"name": "s3", "bucket": "b"`, ""},
		"own keys":            {"fluentd", `"@type": "kinesis_firehose", "delivery_stream_name": "s", "aws_key_id": "a", "aws_sec_key": "b"`, ""},
		"Fluentd's s3": {
			"fluentd", `"@type": "s3", "s3_bucket": "b", "s3_region": "cn-north-1", "check_object": "false"`,
			"s3:ListBucket on arn:aws-cn:s3:::b, s3:PutObject on arn:aws-cn:s3:::b/*",
		},
		"Fluentd compares case": {
			"fluentd", `"@type": "s3", "S3_Bucket": "b", "check_object": "false", "check_bucket": "false"`,
			"s3:PutObject on arn:aws:s3:::*/*",
		},
		"Fluent Bit's plugin for Fluentd": {"fluentd", `"@type": "cloudwatch"`, ""},
	} {
		d := definition(t, fmt.Appendf(nil, `{"family": "shop", "containerDefinitions": [
			{"name": "router", "image": "x:1", "firelensConfiguration": {"type": %q}},
			{"name": "app", "image": "y:1", "logConfiguration": {"logDriver": "awsfirelens", "options": {%s}}}]}`, c.kind, c.options))
		if got := actions(d); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestTheInitProcessReadsFromS3WithTheTaskRole(t *testing.T) {
	d := definition(t, []byte(`{"family": "shop", "containerDefinitions": [
		{"name": "router", "image": "amazon/aws-for-fluent-bit:init-latest", "firelensConfiguration": {"type": "fluentbit"},
		 "environment": [{"name": "aws_fluent_bit_init_s3_1", "value": "arn:aws:s3:::b/dir/x.conf"}, {"name": "aws_fluent_bit_init_file_1", "value": "/x.conf"}]}]}`))
	if got, want := actions(d), "s3:GetObject on arn:aws:s3:::b/dir/x.conf, s3:GetBucketLocation on arn:aws:s3:::b"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestTheImagesOwnMetricsAreWrittenWithTheTaskRole(t *testing.T) {
	d := definition(t, []byte(`{"family": "shop", "containerDefinitions": [
		{"name": "router", "image": "amazon/aws-for-fluent-bit:3.4.16", "environment": [{"name": "FLUENT_BIT_METRICS_LOG_GROUP", "value": "metrics"}],
		 "firelensConfiguration": {"type": "fluentbit", "options": {"config-file-type": "file", "config-file-value": "/fluent-bit/configs/plugin-metrics-to-cloudwatch.conf"}}}]}`))
	const group = " on arn:aws:logs:*:*:log-group:metrics:*"
	if got, want := actions(d), "logs:CreateLogStream"+group+", logs:PutLogEvents"+group+", logs:CreateLogGroup"+group; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func actions(d rules.Definition) string {
	var all []string
	for _, a := range d.TaskActions() {
		all = append(all, a.Name+" on "+a.Resource)
	}
	return strings.Join(all, ", ")
}
