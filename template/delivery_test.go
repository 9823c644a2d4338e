package template

import (
	"slices"

	"github.com/firewarden/firewarden/pkg/trigger"
)

const (
	ruleType    = "AWS::Events::Rule"
	queueType   = "AWS::SQS::Queue"
	mappingType = "AWS::Lambda::EventSourceMapping"
)

// target is one target of one EventBridge rule.
type target struct {
	rule  string
	props node
}

func (d document) targets() []target {
	var all []target
	rules := d.of(ruleType)
	for _, id := range sorted(rules) {
		for _, props := range list(rules[id]["Targets"]) {
			all = append(all, target{id, object(props)})
		}
	}
	return all
}

func targetsAreQueues(d document) (c complaints) {
	for _, t := range d.targets() {
		if d.kind(owner(t.props["Arn"])) != queueType {
			c.add("%s targets %s, no queue of the template", t.rule, points(t.props["Arn"]))
		}
	}
	return c
}

func targetsHaveDeadLetterQueues(d document) (c complaints) {
	for _, t := range d.targets() {
		if d.kind(owner(at(t.props, "DeadLetterConfig", "Arn"))) != queueType {
			c.add("%s has no dead-letter queue for what cannot be delivered", t.rule)
		}
	}
	return c
}

// queuePoliciesLetRulesIn also refuses every statement that lets in anyone but the rules that target the queue.
func queuePoliciesLetRulesIn(d document) complaints {
	wanted := map[string][]string{}
	for _, t := range d.targets() {
		if queue := owner(t.props["Arn"]); d.kind(queue) == queueType { // anything else has its own assertion
			wanted[queue] = append(wanted[queue], t.rule)
		}
	}
	return d.admitted(wanted)
}

func deadLetterPoliciesLetRulesIn(d document) complaints {
	wanted := map[string][]string{}
	for _, t := range d.targets() {
		if queue := owner(at(t.props, "DeadLetterConfig", "Arn")); queue != "" {
			wanted[queue] = append(wanted[queue], t.rule)
		}
	}
	return d.admitted(wanted)
}

// admitted complains about queues whose policies do not let in exactly the rules wanted.
func (d document) admitted(wanted map[string][]string) (c complaints) {
	for _, queue := range sorted(wanted) {
		var in []string
		for _, s := range d.queueStatements(queue) {
			sources := list(at(s, "Condition", "ArnEquals", "aws:SourceArn"))
			switch {
			case s["Effect"] != "Allow" || points(s["Resource"]) != queue+".Arn" || !slices.Equal(texts(s["Action"]), []string{"sqs:SendMessage"}):
				c.add("the policy of %s says something else than to allow sqs:SendMessage on it", queue)
			case at(s, "Principal", "Service") != "events.amazonaws.com":
				c.add("the policy of %s lets in %v", queue, s["Principal"])
			case len(sources) == 0:
				c.add("the policy of %s lets in any rule of any account: no aws:SourceArn", queue)
			}
			for _, source := range sources {
				in = append(in, owner(source))
			}
		}
		slices.Sort(in)
		if rules := slices.Compact(slices.Sorted(slices.Values(wanted[queue]))); !slices.Equal(in, rules) {
			c.add("the policy of %s lets in %v, and the rules that send there are %v", queue, in, rules)
		}
	}
	return c
}

// queueStatements are the statements of all policies of a queue.
func (d document) queueStatements(queue string) []node {
	var all []node
	policies := d.of("AWS::SQS::QueuePolicy")
	for _, id := range sorted(policies) {
		for _, q := range list(policies[id]["Queues"]) {
			if points(q) == queue {
				all = append(all, statements(policies[id]["PolicyDocument"])...)
			}
		}
	}
	return all
}

func statements(policy any) []node {
	var all []node
	for _, s := range list(at(policy, "Statement")) {
		all = append(all, object(s))
	}
	return all
}

// busByName wants GetAtt: the emulator does not know a bus's Ref, and AWS takes a name wherever it takes one.
func busByName(d document) (c complaints) {
	walk(d.resources(), "Resources", func(path, s string) {
		if s == "FindingBus" && path[len(path)-len(".Ref"):] == ".Ref" {
			c.add("%s refers to the bus otherwise than by !GetAtt FindingBus.Name", path)
		}
	})
	for id, where := range map[string]any{
		"FindingPattern": d.props("FindingPattern")["EventBusName"],
		"AuditFunction":  at(d.props("AuditFunction"), "Environment", "Variables", "FINDING_BUS"),
	} {
		if p := points(where); p != "FindingBus.Name" && p != "FindingBus" {
			c.add("%s goes to the bus %q", id, p)
		}
	}
	if points(d.props("FindingBus")["Name"]) != "AWS::StackName" {
		c.add("the bus is not named after the stack")
	}
	return c
}

func scheduleSendsSweep(d document) (c complaints) {
	timer := d.props("SweepTimer")
	if points(timer["ScheduleExpression"]) != "SweepSchedule" {
		c.add("the schedule is not the parameter's")
	}
	for _, t := range list(timer["Targets"]) {
		if input := text(at(t, "Input")); input != trigger.SweepMessage().Body() {
			c.add("the schedule sends %s, and the sweep message is %s", input, trigger.SweepMessage().Body())
		}
	}
	return c
}
