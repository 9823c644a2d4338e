package rules

import (
	"cmp"
	"regexp"
	"strings"
)

// fill puts options into an ARN's template.
func (o output) fill(template string) string {
	var arn strings.Builder
	for {
		before, rest, ok := strings.Cut(template, "{")
		arn.WriteString(before)
		if !ok {
			return arn.String()
		}
		key, after, _ := strings.Cut(rest, "}")
		arn.WriteString(o.scope(key))
		template = after
	}
}

// scope is what an option scopes an action to: its value up to what is not written out, and "*" from there.
func (o output) scope(key string) string {
	if derive, ok := derived[key]; ok {
		return derive(o)
	}
	value := o.option(key)
	group, named := strings.CutSuffix(key, "_name") // log_group_template overrides log_group_name
	if value == "" || named && o.given(group+"_template") {
		return "*"
	}
	return literal(value)
}

// derived are the parts of ARNs that follow from options which do not name them.
var derived = map[string]func(o output) string{
	"partition":  output.partition,
	"domain":     func(o output) string { return nameIn(domainHost, o.option("host")) },
	"collection": func(o output) string { return nameIn(collectionHost, o.option("host")) },
	"workspace":  func(o output) string { return nameIn(workspaceURI, o.option("uri")) },
	"key":        output.keys,
}

// Where the hosts and paths of AWS's services name what they lead to: the endpoint of a domain ends in 26 characters of chance.
//   - aws-samples/amazon-ecs-firelens-examples examples/fluent-bit/amazon-opensearch (a domain), amazon-managed-service-for-prometheus
//   - opensearch-project/logstash-output-opensearch#228 (a collection)
var (
	domainHost     = regexp.MustCompile(`^(?:search|vpc)-([a-z][a-z0-9-]*)-[a-z0-9]{26}\.`)
	collectionHost = regexp.MustCompile(`^([a-z0-9]+)\.[a-z0-9-]+\.aoss\.amazonaws\.com$`)
	workspaceURI   = regexp.MustCompile(`^/workspaces/(ws-[a-z0-9-]+)/`)
)

// nameIn is the name that a value has, or "*".
func nameIn(form *regexp.Regexp, value string) string {
	if m := form.FindStringSubmatch(value); m != nil {
		return m[1]
	}
	return "*"
}

// usualKeys is where Fluent Bit writes in a bucket unless it is told otherwise (srcS3, s3_key_format).
const usualKeys = "/fluent-bit-logs/$TAG"

// keys are the objects that an S3 output writes: what of their names is written out, and "*". Fluent Bit puts something behind a name
// that has no variable.
func (o output) keys() string {
	name := cmp.Or(o.option("s3_key_format"), usualKeys)
	if o.kind == fluentd {
		name = o.option("path")
		if format := o.option("s3_object_key_format"); format != "" && !strings.HasPrefix(format, "%{path}") {
			name = format
		}
	}
	return strings.TrimSuffix(strings.TrimPrefix(literal(name), "/"), "*") + "*"
}

// literal is a value up to what is not written out, and "*" from there.
func literal(value string) string {
	if value == "" {
		return "*"
	}
	if at := strings.IndexAny(value, "$<{#%"); at >= 0 {
		return value[:at] + "*"
	}
	return value
}

// placeholders are what a person, a tool or the router's environment has yet to fill in.
var placeholders = regexp.MustCompile(`\$\{[^}]*\}|\{\{[^}]*\}\}|<[^>]*>|\$[A-Za-z_]+`)

// literalARN is an ARN with "*" for what is not written out. IAM takes none of fewer parts, and no "*" for the partition.
func literalARN(value string) string {
	arn := literal(placeholders.ReplaceAllString(value, "*"))
	if !strings.HasPrefix(arn, "arn:") || strings.Count(arn, ":") < arnParts-1 {
		return "*"
	}
	if rest, ok := strings.CutPrefix(arn, "arn:*:"); ok {
		return "arn:aws:" + rest
	}
	return arn
}

// partition follows from the Region.
func (o output) partition() string {
	return partitionOf(o.option("region") + o.option("aws_region") + o.option("s3_region"))
}

func partitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}
