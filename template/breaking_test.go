package template

import "slices"

var mutations = slices.Concat(breakDelivery, breakMappings, breakKeeping, breakMonitoring, breakFunctions, breakAccess)

const (
	letIn     = "queue policies let in the rules that target them, and nobody else"
	letInDead = "dead-letter queues let in the rules that use them"
	encrypted = "encryption leaves EventBridge, SNS and alarms able to send"
	alarmed   = "dead-letter queues have alarms"
	published = "alarms may publish"
	configs   = "configuration files only where allowed"
	ledger    = "the table is the ledger's"
	needed    = "functions have the actions they need and no others"
	passed    = "roles are passed to ECS tasks only"
	tagged    = "tags only on what is being made"
	watched   = "alarms watch what is counted"
	shown     = "the dashboard shows what is counted"
)

var breakDelivery = []mutation{
	{"targets are queues", func(d document) {
		targets := list(d.props("IngressPattern")["Targets"])
		function := node{"Id": "function", "Arn": arn("AuditFunction"), "DeadLetterConfig": at(targets[0], "DeadLetterConfig")}
		d.props("IngressPattern")["Targets"] = append(targets, function)
	}},
	{letIn, drop("AuditQueuePolicy")},
	{letIn, drop("RemediateQueuePolicy")},
	{letIn, onStatement("AuditQueuePolicy", without("Condition"))},
	{letIn, onStatement("AuditQueuePolicy", to("Principal", "*"))},
	{letIn, onStatement("AuditQueuePolicy", to("Effect", "Deny"))},
	{letIn, onStatement("AuditQueuePolicy", to("Action", "sqs:ReceiveMessage"))},
	{letIn, onStatement("AuditQueuePolicy", to("Resource", arn("SweepQueue")))},
	{letIn, onStatement("AuditQueuePolicy", to("Condition", node{"ArnEquals": node{"aws:SourceArn": arn("IngressPattern")}}))},
	{letIn, onStatement("RemediateQueuePolicy", to("Condition", node{"ArnEquals": node{"aws:SourceArn": []any{arn("FindingPattern"), arn("IngressPattern")}}}))},
	{letIn, set("AuditQueuePolicy", []any{ref("SweepQueue")}, "Queues")},
	{"targets have dead-letter queues", func(d document) { // and then nothing of it has to be let in
		onTarget("FindingPattern", without("DeadLetterConfig"))(d)
		drop("RemediateDeadLetterQueuePolicy")(d)
	}},
	{letInDead, drop("AuditDeadLetterQueuePolicy")},
	{letInDead, drop("RemediateDeadLetterQueuePolicy")},
	{letInDead, onStatement("RemediateDeadLetterQueuePolicy", without("Condition"))},
	{letInDead, onStatement("AuditDeadLetterQueuePolicy", to("Principal", node{"AWS": "*"}))},
	{"the bus goes by its name", set("FindingPattern", ref("FindingBus"), "EventBusName")},
	{"the bus goes by its name", set("AuditFunction", ref("FindingBus"), "Environment", "Variables", "FINDING_BUS")},
	{"the bus goes by its name", set("FindingPattern", nil, "EventBusName")},
	{"the bus goes by its name", set("FindingBus", "findings", "Name")},
	{"the schedule sends the sweep message", onTarget("SweepTimer", to("Input", `{"source":"firewarden"}`))},
	{"the schedule sends the sweep message", onTarget("SweepTimer", without("Input"))},
	{"the schedule sends the sweep message", set("SweepTimer", "rate(1 minute)", "ScheduleExpression")},
}

var breakMappings = []mutation{
	{"queues feed their functions", set("AuditFunctionSweep", ref("RemediateFunction"), "FunctionName")},
	{"visibility is six times the timeout and the window", set("AuditQueue", 360.0, "VisibilityTimeout")},
	{"visibility is six times the timeout and the window", set("SweepQueue", nil, "VisibilityTimeout")},
	{"visibility is six times the timeout and the window", set("RemediateFunction", 120.0, "Timeout")},
	{"visibility is six times the timeout and the window", set("AuditFunctionLive", 60.0, "MaximumBatchingWindowInSeconds")},
	{"queues redrive after five receives or more", set("RemediateQueue", 4.0, "RedrivePolicy", "maxReceiveCount")},
	{"queues redrive after five receives or more", set("SweepQueue", nil, "RedrivePolicy")},
	{"mappings report batch item failures", set("AuditFunctionSweep", nil, "FunctionResponseTypes")},
	{"mappings have a batching window", set("RemediateFunctionFindings", nil, "MaximumBatchingWindowInSeconds")},
	{"mappings limit concurrency", set("AuditFunctionLive", nil, "ScalingConfig")},
	{"mappings limit concurrency", set("AuditFunctionSweep", 1.0, "ScalingConfig", "MaximumConcurrency")},
	{"mappings limit concurrency", set("RemediateFunctionFindings", 1000.0, "ScalingConfig", "MaximumConcurrency")},
}

var breakKeeping = []mutation{
	{encrypted, set("AuditQueue", "alias/aws/sqs", "KmsMasterKeyId")},
	{encrypted, set("RemediateDeadLetterQueue", nil, "SqsManagedSseEnabled")},
	{encrypted, set(topic, "alias/aws/sns", "KmsMasterKeyId")},
	{encrypted, set("LedgerTable", false, "SSESpecification", "SSEEnabled")},
	{published, drop("NoticeTopicPolicy")},
	{published, onStatement("NoticeTopicPolicy", to("Principal", node{"Service": "events.amazonaws.com"}))},
	{published, onStatement("NoticeTopicPolicy", without("Condition"))},
	{alarmed, drop("AuditDeadLetterAlarm")},
	{alarmed, set("RemediateDeadLetterAlarm", nil, "AlarmActions")},
	{alarmed, set("RemediateDeadLetterAlarm", "NumberOfMessagesSent", "MetricName")}, // which redriving does not count
	{alarmed, set("AuditDeadLetterQueue", nil, "MessageRetentionPeriod")},
	{ledger, set("LedgerTable", nil, "TimeToLiveSpecification")},
	{ledger, set("LedgerTable", []any{node{"AttributeName": "pk", "KeyType": "HASH"}}, "KeySchema")},
	{ledger, set("LedgerTable", nil, "PointInTimeRecoverySpecification")},
	{ledger, set("LedgerTable", "PROVISIONED", "BillingMode")},
	{ledger, attribute("LedgerTable", "Delete", "DeletionPolicy")},
	{"logs are kept for a set time", set("AuditLogGroup", nil, "RetentionInDays")},
	{"logs are kept for a set time", set("RemediateFunction", nil, "LoggingConfig")},
	{"logs are kept for a set time", set("RemediateFunction", "Text", "LoggingConfig", "LogFormat")},
	{"mail only where asked for", attribute("NoticeMail", nil, "Condition")},
	{"rollout only where allowed", attribute("RolloutPolicy", nil, "Condition")},
	{"a policy's parameter only where named", attribute("ParameterPolicy", nil, "Condition")},
	{"a policy's parameter only where named", onStatement("ParameterPolicy", to("Resource", node{"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/*"}))},
	{"a policy's parameter only where named", func(d document) { object(d["Conditions"])["HasPolicyParameter"] = node{"Fn::Equals": []any{"a", "a"}} }},
	{"rollout only where allowed", func(d document) { object(d["Conditions"])["MayRollOut"] = node{"Fn::Equals": []any{"a", "a"}} }},
	{configs, attribute("ConfigPolicy", nil, "Condition")},
	{configs, func(d document) { object(d["Conditions"])["ReadsConfigs"] = node{"Fn::Equals": []any{"a", "a"}} }},
	{configs, onStatement("ConfigPolicy", to("Resource", node{"Fn::Sub": "arn:${AWS::Partition}:s3:::*"}))},
	{configs, func(d document) {
		drop("ConfigPolicy")(d)
		grant("AuditFunction", "s3:GetObject", ref("ConfigBuckets"))(d)
		grant("RemediateFunction", "s3:GetObject", ref("ConfigBuckets"))(d)
	}},
	{"chat only where asked for", attribute("ChatTopic", nil, "Condition")},
	{"chat only where asked for", attribute("ChatTopicPolicy", nil, "Condition")},
	{"chat only where asked for", onStatement("ChatTopicPolicy", to("Principal", "*"))},
	{"chat only where asked for", onGrant("sns:Publish", to("Resource", ref(topic)))},
	{"chat only where asked for", func(d document) { object(d["Conditions"])["HasChat"] = node{"Fn::Equals": []any{"a", "a"}} }},
	{"mail only where asked for", func(d document) { object(d["Conditions"])["HasEmail"] = node{"Fn::Equals": []any{"a", "a"}} }},
}

var breakMonitoring = []mutation{
	{"monitoring only where asked for", attribute("SweepAlarm", nil, "Condition")},
	{"monitoring only where asked for", attribute("Dashboard", nil, "Condition")},
	{"monitoring only where asked for", func(d document) { object(d["Conditions"])["HasMonitoring"] = node{"Fn::Equals": []any{"a", "a"}} }},
	{watched, drop("ContestedAlarm")},
	{watched, set("BlockedAlarm", nil, "AlarmActions")},
	{watched, set("LatencyAlarm", "latency", "MetricName")},
	{watched, set("LatencyAlarm", 300.0, "Threshold")},
	{watched, set("CallThrottleAlarm", []any{node{"Name": "Function", "Value": "audit"}}, "Dimensions")},
	{watched, set("AuditErrorAlarm", "missing", "TreatMissingData")},
	{watched, set("SweepAlarm", "notBreaching", "TreatMissingData")},
	{watched, set("SweepAlarm", 12.0, "EvaluationPeriods")},
	{watched, set("SweepAlarm", 60.0, "Period")},
	{shown, drop("Dashboard")},
	{shown, onDashboard("OpenFindings", "OpenFinding")},
	{shown, onDashboard(`{FireWarden,Stack,Rule}`, `{FireWarden,Stack}`)},
	{shown, onDashboard(`["FireWarden","SweepDuration",`, `["AWS/SQS","SweepDuration",`)},
	{shown, onDashboard("${SweepQueue.QueueName}", "${ShardQueue.QueueName}")},
	{shown, onDashboard(`"widgets": [`, `"widgets": [,`)},
	{"no physical names", set("Dashboard", "firewarden", "DashboardName")},
}

var breakFunctions = []mutation{
	{"functions run on Graviton and provided.al2023", set("AuditFunction", []any{"x86_64"}, "Architectures")},
	{"functions run on Graviton and provided.al2023", set("RemediateFunction", "go1.x", "Runtime")},
	{"environments are complete", set("AuditFunction", nil, "Environment", "Variables", "SWEEP_QUEUE_URL")},
	{"environments are complete", set("RemediateFunction", "remediate", "Environment", "Variables", "FIREWARDEN_MODE")},
	{"environments are complete", set("RemediateFunction", 1.0, "Environment", "Variables", "ATTEMPTS")},
	{"the partition is not spelled out", set("FindingBus", "see arn:aws:events", "Description")},
	{"the partition is not spelled out", func(d document) {
		d.grants("ecs:DescribeTasks")[0].props["Resource"] = node{"Fn::Sub": "arn:aws:ecs:${AWS::Region}:${AWS::AccountId}:task/*"}
	}},
	{"no physical names", set("AuditQueue", "audit", "QueueName")},
	{"no physical names", set("IngressPattern", "ingress", "Name")},
}

var breakAccess = []mutation{
	{"no action has a wildcard", grant("RemediateFunction", "ec2:*", "*")},
	{"no action has a wildcard", grant("AuditFunction", "ecs:Describe*", "*")},
	{"no action has a wildcard", grant("AuditFunction", "*", "*")},
	{"no action has a wildcard", onGrant("ecs:DescribeTasks", to("NotResource", "*"))},
	{needed, grant("AuditFunction", "ec2:RevokeSecurityGroupIngress", node{"Fn::Sub": "arn:${AWS::Partition}:ec2:::security-group/*"})},
	{needed, grant("RemediateFunction", "dynamodb:DeleteItem", arn("LedgerTable"))},
	{needed, onGrant("ecs:DescribeServices", to("Action", "ecs:DescribeTasks"))},
	{needed, onGrant("iam:PassRole", to("Action", []any{}))},
	{needed, set("ConfigPolicy", []any{ref("AuditRole")}, "Roles")},
	{needed, onGrant("iam:SimulatePrincipalPolicy", to("Action", []any{}))},
	{"all resources only where an action knows none", onGrant("dynamodb:PutItem", to("Resource", "*"))},
	{"all resources only where an action knows none", onGrant("iam:SimulatePrincipalPolicy", to("Resource", "*"))},
	{"all resources only where an action knows none", onGrant("ec2:RevokeSecurityGroupIngress", to("Resource", "*"))},
	{passed, onGrant("iam:PassRole", without("Condition"))},
	{passed, onGrant("iam:PassRole", to("Resource", node{"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"}))},
	{passed, func(d document) { object(d["Conditions"])["AnyRole"] = node{"Fn::Equals": []any{"a", "a"}} }},
	{tagged, onGrant("ec2:CreateTags", without("Condition"))},
	{tagged, onGrant("ecs:TagResource", to("Condition", node{"StringEquals": node{"ecs:CreateAction": "CreateService"}}))},
	{"findings are the only events", onGrant("events:PutEvents", without("Condition"))},
	{"only Lambda takes the roles, and they have no other policies", set("AuditRole", []any{"PowerUserAccess"}, "ManagedPolicyArns")},
	{"only Lambda takes the roles, and they have no other policies", func(d document) {
		statements(d.props("RemediateRole")["AssumeRolePolicyDocument"])[0]["Principal"] = node{"AWS": "*"}
	}},
}
