// Package metrics counts what one invocation of a function does and writes the counts at its end as lines of JSON in CloudWatch's
// embedded metric format, of which CloudWatch Logs makes metrics: no call, no permission, nothing that could fail the work.
//
// The format, and its limits of 100 values an array and 30 dimensions a metric, are those of "Specification: Embedded metric format"
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
//
// Floor 2.
package metrics
