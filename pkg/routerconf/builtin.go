package routerconf

// What the configuration files within AWS's image open and where they send, by their path. Filters and parsers are left out; what
// is here was taken from aws/aws-for-fluent-bit, configs/.
const (
	monitoring = "[SERVICE]\n HTTP_Server on\n HTTP_Listen 0.0.0.0\n HTTP_Port 2020\n"
	health     = " Health_Check on\n HC_Errors_Count 5\n HC_Retry_Failure_Count 5\n HC_Period 5\n"
	promptly   = " Flush 1\n Grace 30\n"
	parsing    = "[SERVICE]\n Parsers_File /fluent-bit/parsers/parsers.conf\n" + promptly
	scraping   = "[INPUT]\n Name exec\n Tag fb_metrics\n Interval_Sec 30\n"
	storage    = "[INPUT]\n Name exec\n Tag fb_metrics-storage\n Interval_Sec 5\n"
	publishing = "[OUTPUT]\n Name cloudwatch_logs\n Match fb_metrics*\n region ${FLUENT_BIT_METRICS_LOG_REGION}\n" +
		" log_group_name ${FLUENT_BIT_METRICS_LOG_GROUP}\n log_stream_name ${HOSTNAME}-fb-internal-metrics\n auto_create_group on\n"
)

var builtIn = map[string]string{
	"/fluent-bit/configs/minimize-log-loss.conf":                        "[SERVICE]\n" + promptly,
	"/fluent-bit/configs/multiline-parse-json.conf":                     parsing,
	"/fluent-bit/configs/parse-json.conf":                               parsing,
	"/fluent-bit/configs/parse-multiline-json.conf":                     parsing,
	"/fluent-bit/configs/plugin-metrics-parser.conf":                    "",
	"/fluent-bit/configs/output-metrics-healthcheck.conf":               monitoring + health + promptly,
	"/fluent-bit/configs/parse-json-healthcheck":                        parsing + monitoring + health,
	"/fluent-bit/configs/plugin-metrics-to-cloudwatch.conf":             monitoring + scraping + publishing,
	"/fluent-bit/configs/plugin-and-storage-metrics-to-cloudwatch.conf": monitoring + scraping + storage + publishing,
}
