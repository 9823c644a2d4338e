package rules

import "github.com/aws/aws-sdk-go-v2/service/ecs/types"

const (
	fluentBit = types.FirelensConfigurationTypeFluentbit
	fluentd   = types.FirelensConfigurationTypeFluentd
)

// Where the tables' facts come from, beside the rules' own sources.
const (
	srcCloudWatchGo  = "https://github.com/aws/amazon-cloudwatch-logs-for-fluent-bit#permissions"
	srcCloudWatchC   = "https://docs.fluentbit.io/manual/pipeline/outputs/cloudwatch"
	srcFirehose      = "https://docs.fluentbit.io/manual/pipeline/outputs/firehose"
	srcKinesis       = "https://docs.fluentbit.io/manual/pipeline/outputs/kinesis"
	srcS3            = "https://docs.fluentbit.io/manual/pipeline/outputs/s3"
	srcOpenSearch    = "https://docs.fluentbit.io/manual/pipeline/outputs/opensearch"
	srcElasticsearch = "https://docs.fluentbit.io/manual/pipeline/outputs/elasticsearch"
	srcRemoteWrite   = "https://docs.fluentbit.io/manual/pipeline/outputs/prometheus-remote-write"
	srcHTTP          = "https://docs.fluentbit.io/manual/pipeline/outputs/http"
	srcOpenTelemetry = "https://docs.fluentbit.io/manual/pipeline/outputs/opentelemetry"
	srcFluentdLogs   = "https://github.com/fluent-plugins-nursery/fluent-plugin-cloudwatch-logs#preparation"
	srcFluentdStream = "https://github.com/awslabs/aws-fluent-plugin-kinesis#permissions"
	srcFluentdS3     = "https://github.com/fluent/fluent-plugin-s3/blob/master/docs/howto.md"
)

// condition is on one option of an output; the zero value always holds.
type condition struct {
	option string
	is     func(value string) bool
}

func (c condition) holds(o output) bool { return c.option == "" || c.is(o.option(c.option)) }

// need is an action that an output calls, and the ARN that its options scope it to: "{x}" is option x, or "*" where it is absent or
// made of variables, "{partition}" follows from the Region. "*" is an action whose resource the options do not tell.
type need struct {
	action, resource string
	when             condition
}

// The resources of the table. A log group's name may come from a template of each record.
const (
	logGroup       = "arn:{partition}:logs:{region}:*:log-group:{log_group_name}:*"
	deliveryStream = "arn:{partition}:firehose:{region}:*:deliverystream/{delivery_stream}"
	dataStream     = "arn:{partition}:kinesis:{region}:*:stream/{stream}"
	searchDomain   = "arn:{partition}:es:{aws_region}:*:domain/{domain}/*"
	collection     = "arn:{partition}:aoss:{aws_region}:*:collection/{collection}"
	workspace      = "arn:{partition}:aps:{aws_region}:*:workspace/{workspace}"
	writtenObject  = "arn:{partition}:s3:::{bucket}/{key}"
)

// searchNeeds are of a domain, or of a serverless collection. Since May 2023 a collection asks for aoss:APIAccessAll of the role, beside
// its data access policy (data-dot-all/dataall#467 quotes AWS's notice;
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_opensearchserverless.html); AWS's example for FireLens is older.
var searchNeeds = []need{
	{action: "es:ESHttpPost", resource: searchDomain, when: condition{"aws_service_name", isServerful}},
	{action: "aoss:APIAccessAll", resource: collection, when: condition{"aws_service_name", isServerless}},
}

// awsOutputs are the output plugins that call AWS with the task role. Plugins that are not here call no AWS service, or not with
// the task role.
var awsOutputs = []struct {
	kind    types.FirelensConfigurationType
	plugins []string
	calls   condition // where it does not hold, the plugin does not sign its requests
	role    string    // the option that names a role to assume; then only sts:AssumeRole is the task role's
	needs   []need
	source  string
}{
	{
		kind: fluentBit, plugins: []string{"cloudwatch"}, role: "role_arn", source: srcCloudWatchGo,
		needs: []need{
			{action: "logs:CreateLogStream", resource: logGroup, when: condition{"auto_create_stream", isNotOff}},
			{action: "logs:DescribeLogStreams", resource: logGroup},
			{action: "logs:PutLogEvents", resource: logGroup},
			{action: "logs:CreateLogGroup", resource: logGroup, when: condition{"auto_create_group", switchedOn}},
			{action: "logs:PutRetentionPolicy", resource: logGroup, when: condition{"log_retention_days", isPositive}},
		},
	},
	{
		kind: fluentBit, plugins: []string{"cloudwatch_logs"}, role: "role_arn", source: srcCloudWatchC,
		needs: []need{
			{action: "logs:CreateLogStream", resource: logGroup},
			{action: "logs:PutLogEvents", resource: logGroup},
			{action: "logs:CreateLogGroup", resource: logGroup, when: condition{"auto_create_group", switchedOn}},
			{action: "logs:PutRetentionPolicy", resource: logGroup, when: condition{"log_retention_days", isPositive}},
		},
	},
	{
		kind: fluentBit, plugins: []string{"kinesis_firehose", "firehose"}, role: "role_arn", source: srcFirehose,
		needs: []need{{action: "firehose:PutRecordBatch", resource: deliveryStream}},
	},
	{
		kind: fluentBit, plugins: []string{"kinesis_streams", "kinesis"}, role: "role_arn", source: srcKinesis,
		needs: []need{{action: "kinesis:PutRecords", resource: dataStream}},
	},
	{
		kind: fluentBit, plugins: []string{"s3"}, role: "role_arn", source: srcS3,
		needs: []need{
			{action: "s3:PutObject", resource: writtenObject},
			{action: "s3:PutObjectAcl", resource: writtenObject, when: condition{"canned_acl", isGiven}},
		},
	},
	{
		kind: fluentBit, plugins: []string{"opensearch"}, calls: condition{"aws_auth", switchedOn}, role: "aws_role_arn", source: srcOpenSearch, needs: searchNeeds,
	},
	{
		kind: fluentBit, plugins: []string{"es"}, calls: condition{"aws_auth", switchedOn}, role: "aws_role_arn", source: srcElasticsearch, needs: searchNeeds,
	},
	{
		kind: fluentBit, plugins: []string{"prometheus_remote_write"}, calls: condition{"aws_auth", switchedOn}, role: "aws_role_arn", source: srcRemoteWrite,
		needs: []need{{action: "aps:RemoteWrite", resource: workspace}},
	},
	// The service that these two call, and so its action, is not told by their options.
	{kind: fluentBit, plugins: []string{"http"}, calls: condition{"aws_auth", switchedOn}, role: "aws_role_arn", source: srcHTTP},
	{kind: fluentBit, plugins: []string{"opentelemetry"}, calls: condition{"aws_auth", switchedOn}, role: "aws_role_arn", source: srcOpenTelemetry},
	{
		kind: fluentd, plugins: []string{"cloudwatch_logs"}, role: "aws_sts_role_arn", source: srcFluentdLogs,
		needs: []need{
			{action: "logs:PutLogEvents", resource: logGroup},
			{action: "logs:CreateLogGroup", resource: logGroup},
			{action: "logs:PutRetentionPolicy", resource: logGroup, when: condition{"retention_in_days", isPositive}},
			{action: "logs:CreateLogStream", resource: logGroup},
			{action: "logs:DescribeLogGroups", resource: "*"},
			{action: "logs:DescribeLogStreams", resource: logGroup},
		},
	},
	{
		kind: fluentd, plugins: []string{"kinesis_firehose"}, source: srcFluentdStream,
		needs: []need{{action: "firehose:PutRecordBatch", resource: "arn:{partition}:firehose:{region}:*:deliverystream/{delivery_stream_name}"}},
	},
	{
		kind: fluentd, plugins: []string{"kinesis_streams", "kinesis_streams_aggregated"}, source: srcFluentdStream,
		needs: []need{{action: "kinesis:PutRecords", resource: "arn:{partition}:kinesis:{region}:*:stream/{stream_name}"}},
	},
	{
		kind: fluentd, plugins: []string{"s3"}, source: srcFluentdS3,
		needs: []need{
			{action: "s3:ListBucket", resource: "arn:{partition}:s3:::{s3_bucket}", when: condition{"check_bucket", isNotOff}},
			{action: "s3:PutObject", resource: "arn:{partition}:s3:::{s3_bucket}/{key}"},
			{action: "s3:GetObject", resource: "arn:{partition}:s3:::{s3_bucket}/{key}", when: condition{"check_object", isNotOff}},
		},
	},
}

// metricsFiles are the configurations in AWS's image that send its own metrics to CloudWatch Logs, and the variables that say where.
var metricsFiles = struct {
	files         []string
	region, group string
	needs         []need
	source        string
}{
	files:  []string{"/fluent-bit/configs/plugin-metrics-to-cloudwatch.conf", "/fluent-bit/configs/plugin-and-storage-metrics-to-cloudwatch.conf"},
	region: "FLUENT_BIT_METRICS_LOG_REGION", group: "FLUENT_BIT_METRICS_LOG_GROUP",
	needs: []need{
		{action: "logs:CreateLogStream", resource: logGroup}, {action: "logs:PutLogEvents", resource: logGroup}, {action: "logs:CreateLogGroup", resource: logGroup},
	},
	source: "aws/aws-for-fluent-bit configs/plugin-metrics-to-cloudwatch.conf",
}

// ownCredentials are what gives a router AWS credentials of its own, so that it does not ask for the task role: options of outputs,
// and variables of its environment.
var ownCredentials = []struct{ option, variable, source string }{
	{option: "aws_key_id", source: srcFluentdLogs},
	{option: "credentials_endpoint", source: srcCloudWatchGo},
	{option: "profile", source: srcCloudWatchC},
	{variable: "AWS_ACCESS_KEY_ID", source: srcSDKCredentials},
	{variable: "AWS_PROFILE", source: srcSDKCredentials},
	{variable: "AWS_SHARED_CREDENTIALS_FILE", source: srcSDKCredentials},
	{variable: "AWS_WEB_IDENTITY_TOKEN_FILE", source: srcSDKCredentials},
	{variable: "AWS_CONTAINER_CREDENTIALS_FULL_URI", source: srcSDKCredentials},
}

const srcSDKCredentials = "https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html"

func isNotOff(value string) bool { return value == "" || switchedOn(value) }
