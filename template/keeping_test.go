package template

import (
	"encoding/json"
	"slices"
	"strings"
)

const topic = "NoticeTopic"

// encryptionIsUsable: EventBridge cannot send through alias/aws/sqs, alarms cannot publish through alias/aws/sns, and neither
// key's policy can be changed.
func encryptionIsUsable(d document) (c complaints) {
	queues := d.of(queueType)
	for _, id := range sorted(queues) {
		if queues[id]["SqsManagedSseEnabled"] != true || queues[id]["KmsMasterKeyId"] != nil {
			c.add("%s is not encrypted with SQS's own key", id)
		}
	}
	topics := d.of("AWS::SNS::Topic")
	for _, id := range sorted(topics) {
		if topics[id]["KmsMasterKeyId"] != nil {
			c.add("%s has a key that alarms may not be allowed to use", id)
		}
	}
	if at(d.props("LedgerTable"), "SSESpecification", "SSEEnabled") != true {
		c.add("LedgerTable is not encrypted with a key of the account")
	}
	return c
}

// alarmsMayPublish: a policy of its own replaces the one that lets all of the account in.
func alarmsMayPublish(d document) (c complaints) {
	const alarms = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-*"
	props := d.props("NoticeTopicPolicy")
	if !slices.ContainsFunc(list(props["Topics"]), func(v any) bool { return points(v) == topic }) {
		c.add("the topic has no policy")
	}
	for _, s := range statements(props["PolicyDocument"]) {
		if s["Effect"] != "Allow" || at(s, "Principal", "Service") != "cloudwatch.amazonaws.com" ||
			text(s["Action"]) != "sns:Publish" || points(s["Resource"]) != topic {
			c.add("the topic's policy says something else than to let CloudWatch publish")
		}
		if points(at(s, "Condition", "ArnLike", "aws:SourceArn")) != alarms || points(at(s, "Condition", "StringEquals", "aws:SourceAccount")) != "AWS::AccountId" {
			c.add("the topic's policy lets in other alarms than the stack's own")
		}
	}
	return c
}

func deadLetterQueuesHaveAlarms(d document) (c complaints) {
	watched := map[string]bool{}
	alarms := d.of("AWS::CloudWatch::Alarm")
	for _, id := range sorted(alarms) {
		a := alarms[id]
		queue, _, _ := strings.Cut(points(at(list(a["Dimensions"])[0], "Value")), ".")
		watched[queue] = a["Namespace"] == "AWS/SQS" && a["MetricName"] == "ApproximateNumberOfMessagesVisible" &&
			a["ComparisonOperator"] == "GreaterThanOrEqualToThreshold" && number(a["Threshold"]) == 1 &&
			slices.ContainsFunc(list(a["AlarmActions"]), func(v any) bool { return points(v) == topic })
	}
	for _, queue := range []string{"AuditDeadLetterQueue", "RemediateDeadLetterQueue"} {
		if !watched[queue] {
			c.add("no alarm tells %s of a message in %s", topic, queue)
		}
		if number(d.props(queue)["MessageRetentionPeriod"]) != 14*24*60*60 {
			c.add("%s does not keep messages for 14 days", queue)
		}
	}
	return c
}

func tableIsLedgers(d document) (c complaints) {
	table := d.props("LedgerTable")
	for what, ok := range map[string]bool{
		"keys pk and sk":         compact(table["KeySchema"]) == `[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]`,
		"keys that are strings":  compact(table["AttributeDefinitions"]) == `[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}]`,
		"the TTL attribute ttl":  compact(table["TimeToLiveSpecification"]) == `{"AttributeName":"ttl","Enabled":true}`,
		"capacity on demand":     table["BillingMode"] == "PAY_PER_REQUEST",
		"point-in-time recovery": at(table, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") == true,
		"a life beyond the stack's": d.resource("LedgerTable")["DeletionPolicy"] == "Retain" &&
			d.resource("LedgerTable")["UpdateReplacePolicy"] == "Retain",
	} {
		if !ok {
			c.add("the table does not have %s", what)
		}
	}
	return c
}

// compact is a value as JSON on one line, keys in order.
func compact(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(out)
}

func logsHaveRetention(d document) (c complaints) {
	for _, id := range sorted(functions) {
		config := d.props(id)["LoggingConfig"]
		group := points(at(config, "LogGroup"))
		if at(config, "LogFormat") != "JSON" || d.kind(group) != "AWS::Logs::LogGroup" {
			c.add("%s does not log JSON to a log group of the template", id)
		} else if points(d.props(group)["RetentionInDays"]) != "LogRetentionDays" {
			c.add("%s keeps logs for %v days, not for the parameter's", group, d.props(group)["RetentionInDays"])
		}
	}
	return c
}

func mailIsOptional(d document) (c complaints) {
	mail := d.resource("NoticeMail")
	if mail["Condition"] != "HasEmail" || points(at(mail, "Properties", "Endpoint")) != "NotificationEmail" ||
		at(mail, "Properties", "Protocol") != "email" || points(at(mail, "Properties", "TopicArn")) != topic {
		c.add("the topic does not mail to NotificationEmail where that is set")
	}
	if compact(at(node(d), "Conditions", "HasEmail")) != `{"Fn::Not":[{"Fn::Equals":[{"Ref":"NotificationEmail"},""]}]}` {
		c.add("HasEmail is not that NotificationEmail is set")
	}
	return c
}

// chatIsOptional also wants nobody but the functions to publish what people in a chat take for FireWarden's.
func chatIsOptional(d document) (c complaints) {
	for _, id := range []string{"ChatTopic", "ChatTopicPolicy"} {
		if d.resource(id)["Condition"] != "HasChat" {
			c.add("%s is there where nobody asked for it", id)
		}
	}
	if compact(at(node(d), "Conditions", "HasChat")) != `{"Fn::Equals":[{"Ref":"ChatNotices"},"true"]}` {
		c.add("HasChat is not that ChatNotices is true")
	}
	for _, s := range statements(d.props("ChatTopicPolicy")["PolicyDocument"]) {
		const roles = `{"AWS":[{"Fn::GetAtt":["AuditRole","Arn"]},{"Fn::GetAtt":["RemediateRole","Arn"]}]}`
		if compact(s["Principal"]) != roles || text(s["Action"]) != "sns:Publish" || points(s["Resource"]) != "ChatTopic" {
			c.add("the chat topic's policy says something else than to let the functions publish")
		}
	}
	for _, s := range d.grants("sns:Publish") {
		if compact(s.props["Resource"]) != `[{"Ref":"NoticeTopic"},{"Fn::If":["HasChat",{"Ref":"ChatTopic"},{"Ref":"NoticeTopic"}]}]` {
			c.add("%s may not publish to both topics, or to others", s.role)
		}
	}
	return c
}
