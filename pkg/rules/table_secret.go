package rules

import "github.com/aws/aws-sdk-go-v2/service/ecs/types"

// secretOptions are the options of output plugins (and of Docker's splunk driver) whose value is a secret. The plugin "*" is any
// that is named here; of plugins that are not, options are judged by the words of their names (secretWords).
var secretOptions = []struct {
	kind    types.FirelensConfigurationType
	plugins []string
	keys    []string
	source  string
}{
	{fluentBit, []string{"*"}, []string{"tls.key_passwd"}, "https://docs.fluentbit.io/manual/administration/transport-security"},
	{fluentBit, []string{"datadog"}, []string{"apikey"}, "https://docs.fluentbit.io/manual/pipeline/outputs/datadog"},
	{fluentBit, []string{"newrelic"}, []string{"apiKey", "licenseKey"}, "aws-samples/amazon-ecs-firelens-examples examples/fluent-bit/newrelic"},
	{fluentBit, []string{"nrlogs"}, []string{"api_key", "license_key"}, "https://docs.fluentbit.io/manual/pipeline/outputs/new-relic"},
	{fluentBit, []string{"splunk"}, []string{"splunk_token", "http_passwd"}, "https://docs.fluentbit.io/manual/pipeline/outputs/splunk"},
	{fluentBit, []string{"loki"}, []string{"http_passwd", "bearer_token"}, "https://docs.fluentbit.io/manual/pipeline/outputs/loki"},
	{fluentBit, []string{"http"}, []string{"http_passwd", "oauth2.client_secret"}, srcHTTP},
	{fluentBit, []string{"es"}, []string{"http_passwd", "cloud_auth", "http_api_key"}, srcElasticsearch},
	{fluentBit, []string{"opensearch"}, []string{"http_passwd", "cloud_auth", "http_api_key"}, srcOpenSearch},
	{fluentBit, []string{"opentelemetry"}, []string{"http_passwd"}, srcOpenTelemetry},
	{fluentBit, []string{"prometheus_remote_write"}, []string{"http_passwd"}, srcRemoteWrite},
	{fluentBit, []string{"influxdb"}, []string{"http_passwd", "http_token"}, "https://docs.fluentbit.io/manual/pipeline/outputs/influxdb"},
	{fluentBit, []string{"logdna"}, []string{"api_key"}, "https://docs.fluentbit.io/manual/pipeline/outputs/logdna"},
	{fluentBit, []string{"calyptia"}, []string{"api_key"}, "fluent/fluent-bit plugins/out_calyptia"},
	{fluentBit, []string{"slack"}, []string{"webhook"}, "https://docs.fluentbit.io/manual/pipeline/outputs/slack"},
	{fluentBit, []string{"td"}, []string{"api"}, "https://docs.fluentbit.io/manual/pipeline/outputs/treasure-data"},
	{fluentBit, []string{"azure"}, []string{"shared_key"}, "https://docs.fluentbit.io/manual/pipeline/outputs/azure"},
	{
		fluentBit,
		[]string{"azure_blob"},
		[]string{"shared_key", "sas_token", "configuration_endpoint_bearer_token", "configuration_endpoint_password"},
		"https://docs.fluentbit.io/manual/pipeline/outputs/azure_blob",
	},
	{fluentBit, []string{"azure_kusto", "azure_logs_ingestion"}, []string{"client_secret"}, "https://docs.fluentbit.io/manual/pipeline/outputs/azure_kusto"},
	{fluentBit, []string{"bigquery", "stackdriver", "chronicle"}, []string{"service_account_secret"}, "https://docs.fluentbit.io/manual/pipeline/outputs/stackdriver"},
	{
		fluentBit,
		[]string{"kafka"},
		[]string{
			"rdkafka.sasl.password", "rdkafka.ssl.key.password", "rdkafka.ssl.keystore.password", "rdkafka.sasl.oauthbearer.client.secret",
			"schema_registry_http_passwd", "schema_registry_bearer_token",
		},
		"https://docs.fluentbit.io/manual/pipeline/outputs/kafka",
	},
	{fluentBit, []string{"kafka-rest"}, []string{"http_passwd"}, "https://docs.fluentbit.io/manual/pipeline/outputs/kafka-rest-proxy"},
	{fluentBit, []string{"pgsql"}, []string{"password"}, "https://docs.fluentbit.io/manual/pipeline/outputs/postgresql"},
	{fluentBit, []string{"forward"}, []string{"shared_key", "password", "security.users"}, "https://docs.fluentbit.io/manual/pipeline/outputs/forward"},
	{fluentBit, []string{"skywalking"}, []string{"auth_token"}, "https://docs.fluentbit.io/manual/pipeline/outputs/skywalking"},
	{fluentBit, []string{"s3"}, []string{"authorization_endpoint_password", "authorization_endpoint_bearer_token"}, srcS3},
	{fluentBit, []string{"signalfx"}, []string{"token"}, "aws-samples/amazon-ecs-firelens-examples examples/fluent-bit/signalfx"},
	{fluentBit, []string{"cloudwatch"}, nil, srcCloudWatchGo},
	{fluentBit, []string{"cloudwatch_logs"}, nil, srcCloudWatchC},
	{fluentBit, []string{"firehose", "kinesis_firehose"}, nil, srcFirehose},
	{fluentBit, []string{"kinesis", "kinesis_streams"}, nil, srcKinesis},
	{"", []string{"docker splunk"}, []string{"splunk-token"}, "https://docs.docker.com/engine/logging/drivers/splunk/"},
}

// secretWords are the last words of the names of options and variables whose values are secrets: "http_passwd", "DD_API_KEY".
var secretWords = []struct{ words, source string }{
	{"passwd", srcHTTP},
	{"password", srcContainer},
	{"passphrase", srcContainer},
	{"secret", srcContainer},
	{"token", srcContainer},
	{"apikey", "https://docs.fluentbit.io/manual/pipeline/outputs/datadog"},
	{"api key", "https://docs.fluentbit.io/manual/pipeline/outputs/new-relic"},
	{"app key", "https://docs.datadoghq.com/account_management/api-app-keys/"},
	{"license key", "https://docs.fluentbit.io/manual/pipeline/outputs/new-relic"},
	{"ingest key", "https://docs.logdna.com/docs/ingestion-key"},
	{"ingestion key", "https://docs.logdna.com/docs/ingestion-key"},
	{"insert key", "https://docs.fluentbit.io/manual/pipeline/outputs/new-relic"},
	{"shared key", "https://docs.fluentbit.io/manual/pipeline/outputs/forward"},
	{"private key", srcContainer},
	{"access key", srcSDKCredentials}, // AWS_SECRET_ACCESS_KEY; an access key's id ends in another word
	{"account key", "https://docs.fluentbit.io/manual/pipeline/outputs/azure_blob"},
	{"sec key", srcFluentdLogs},
	{"secret key", srcContainer},
	{"write key", "https://docs.honeycomb.io/send-data/logs/structured/fluentd/"},
	{"writekey", "https://docs.honeycomb.io/send-data/logs/structured/fluentd/"},
	{"auth key", srcContainer},
	{"credentials", srcContainer},
	{"webhook", "https://docs.fluentbit.io/manual/pipeline/outputs/slack"},
	{"webhook url", "https://docs.fluentbit.io/manual/pipeline/outputs/slack"},
	{"connection string", "https://docs.fluentbit.io/manual/pipeline/outputs/azure_blob"},
	{"sas", "https://docs.fluentbit.io/manual/pipeline/outputs/azure_blob"},
}

// secretHeaders are HTTP headers whose value is a secret, beside those whose names end in secretWords (X-Api-Key).
var secretHeaders = []struct{ name, source string }{
	{"authorization", "https://www.rfc-editor.org/rfc/rfc9110#name-authorization"},
	{"proxy-authorization", "https://www.rfc-editor.org/rfc/rfc9110#name-proxy-authorization"},
	{"cookie", "https://www.rfc-editor.org/rfc/rfc6265#section-4.2"},
	{"x-honeycomb-team", "https://docs.honeycomb.io/api/"},
	{"ocp-apim-subscription-key", "https://learn.microsoft.com/azure/api-management/api-management-subscriptions"},
}

// headerOptions are the options that hold a request's headers.
var headerOptions = []struct{ key, source string }{
	{"header", srcHTTP},
	{"headers", "https://docs.fluentd.org/output/http"},
	{"http_header", "https://docs.fluentbit.io/manual/pipeline/outputs/influxdb"},
	{"http_headers", "https://docs.fluentbit.io/manual/pipeline/outputs/influxdb"},
	{"avro_http_header", "fluent/fluent-bit plugins/out_kafka_rest"},
	{"custom_headers", "https://github.com/uken/fluent-plugin-elasticsearch"},
}

// tokenPaths are the receivers whose path holds the secret: the host, or a part of it, and what stands before the secret.
var tokenPaths = []struct{ host, path, source string }{
	{"sumologic.com", "/receiver/v1/http/", "aws-samples/amazon-ecs-firelens-examples examples/fluent-bit/sumologic"},
	{"loggly.com", "/bulk/", "aws-samples/amazon-ecs-firelens-examples examples/fluent-bit/solarwinds-loggly"},
	{"loggly.com", "/inputs/", "aws-samples/amazon-ecs-firelens-examples examples/fluent-bit/solarwinds-loggly"},
	{"sematext.com", "/", "aws-samples/amazon-ecs-firelens-examples examples/fluent-bit/sematext"},
	{"hooks.slack.com", "/services/", "https://docs.fluentbit.io/manual/pipeline/outputs/slack"},
}
