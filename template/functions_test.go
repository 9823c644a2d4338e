package template

import (
	"maps"
	"slices"
	"strings"
)

// functions are the environments of both: what each variable points at.
var functions = map[string]map[string]string{
	"AuditFunction":     with(shared, "FINDING_BUS", "FindingBus.Name", "SWEEP_QUEUE_URL", "SweepQueue"),
	"RemediateFunction": shared,
}

var shared = map[string]string{
	"LEDGER_TABLE":                "LedgerTable",
	"NOTICE_TOPIC":                topic,
	"CHAT_TOPIC":                  "HasChat ? ChatTopic : ",
	"READ_CONFIGS":                "ReadsConfigs ? true : ",
	"FIREWARDEN_MODE":             "Mode",
	"FIREWARDEN_POLICY":           "Policy",
	"FIREWARDEN_POLICY_PARAMETER": "PolicyParameter",
	"FIREWARDEN_ACCOUNT":          "AWS::AccountId",
	"FIREWARDEN_STACK":            "AWS::StackName",
	"FIREWARDEN_METRICS":          "Monitoring",
}

func with(m map[string]string, pairs ...string) map[string]string {
	m = maps.Clone(m)
	for pair := range slices.Chunk(pairs, 2) {
		m[pair[0]] = pair[1]
	}
	return m
}

func functionsRunOnGraviton(d document) (c complaints) {
	for _, id := range sorted(functions) {
		props := d.props(id)
		if props["Runtime"] != "provided.al2023" || props["Handler"] != "bootstrap" || compact(props["Architectures"]) != `["arm64"]` {
			c.add("%s is a %v of %v on %v", id, props["Handler"], props["Runtime"], props["Architectures"])
		}
	}
	return c
}

// environmentsAreComplete also wants every value to be text or to point at text: the emulator keeps a number as a number, and
// then cannot list its functions.
func environmentsAreComplete(d document) (c complaints) {
	for _, id := range sorted(functions) {
		variables, want := object(at(d.props(id), "Environment", "Variables")), functions[id]
		for _, name := range sorted(want) {
			if got := points(variables[name]); got != want[name] && name != "FINDING_BUS" { // the bus has its own assertion
				c.add("%s has %s from %q, not from %s", id, name, got, want[name])
			}
		}
		for _, name := range sorted(variables) {
			if want[name] == "" {
				c.add("%s has %s, which nothing reads", id, name)
			}
		}
	}
	return c
}

// partitionIsVariable finds ARNs that would be wrong in China and GovCloud.
func partitionIsVariable(d document) (c complaints) {
	walk(node(d), "", func(path, s string) {
		for rest := s; strings.Contains(rest, "arn:"); {
			_, rest, _ = strings.Cut(rest, "arn:")
			if !strings.HasPrefix(rest, "${AWS::Partition}:") || !strings.HasSuffix(path, ".Fn::Sub") {
				c.add("%s spells out a partition: %s", path[1:], s)
			}
		}
	})
	return c
}

// noPhysicalNames: with one, a stack cannot replace a resource, nor be deployed twice. A bus has to have a name, and the
// policies inside a role have theirs to themselves.
func noPhysicalNames(d document) (c complaints) {
	named := []string{"QueueName", "TopicName", "TableName", "FunctionName", "RoleName", "LogGroupName", "AlarmName", "DashboardName", "Name"}
	for _, id := range sorted(d.resources()) {
		for _, name := range named {
			if d.kind(id) != "AWS::Events::EventBus" && d.kind(id) != mappingType && d.props(id)[name] != nil {
				c.add("%s has a fixed %s", id, name)
			}
		}
	}
	return c
}
