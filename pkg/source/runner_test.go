package source_test

import (
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/source"
)

// TestWhateverStartsATaskIsAUserOfItsGroups puts other resources in the place of the service of a template whose group lets 24224 in.
func TestWhateverStartsATaskIsAUserOfItsGroups(t *testing.T) {
	const service = "    Type: AWS::ECS::Service\n    Properties:\n      TaskDefinition: !Ref Task\n      NetworkConfiguration: {AwsvpcConfiguration: {SecurityGroups: [!Ref Group]}}\n"
	const rule = "    Type: AWS::Events::Rule\n    Properties:\n      ScheduleExpression: rate(1 day)\n"
	const target = "{TaskDefinitionArn: !Ref Task, NetworkConfiguration: {AwsVpcConfiguration: {SecurityGroups: [!Ref Group]}}}"
	lower := strings.Replace(target, "AwsVpc", "Awsvpc", 1)
	for name, c := range map[string]struct{ by, is, who string }{
		"a service":                   {service, "noncompliant", "service Service"},
		"a task set":                  {"    Type: AWS::ECS::TaskSet\n    Properties: {TaskDefinition: !Ref Task, NetworkConfiguration: {AwsVpcConfiguration: {SecurityGroups: [!Ref Group]}}}\n", "noncompliant", "task set Service"},
		"a rule":                      {rule + "      Targets: [{Id: a, Arn: b}, {Id: t, Arn: c, EcsParameters: " + target + "}]\n", "noncompliant", "EventBridge rule Service"},
		"a rule that is disabled":     {rule + "      State: DISABLED\n      Targets: [{Id: t, Arn: c, EcsParameters: " + target + "}]\n", "", ""},
		"a rule that starts no task":  {rule + "      Targets: [{Id: a, Arn: b}]\n", "", ""},
		"a rule without targets":      {rule, "", ""},
		"a rule of some target":       {rule + "      Targets: !Ref Open\n", "", ""},
		"a schedule":                  {"    Type: AWS::Scheduler::Schedule\n    Properties: {Target: {Arn: c, EcsParameters: " + lower + "}}\n", "noncompliant", "schedule Service"},
		"a schedule that may be none": {"    Type: AWS::Scheduler::Schedule\n    Condition: Maybe\n    Properties: {Target: {Arn: c, EcsParameters: " + lower + "}}\n", "unknown", "parameter Open has no default"},
		"a pipe":                      {"    Type: AWS::Pipes::Pipe\n    Properties: {TargetParameters: {EcsTaskParameters: " + lower + "}}\n", "noncompliant", "pipe Service"},
		"a pipe to a queue":           {"    Type: AWS::Pipes::Pipe\n    Properties: {TargetParameters: {SqsQueueParameters: {}}}\n", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := source.ReadDocument("t", []byte(strings.Replace(guarded, service, c.by, 1)))
			if err != nil {
				t.Fatal(err)
			}
			is, evidence := "", ""
			for _, f := range judged(doc, "FL101") {
				is, evidence = string(f.Status), strings.Join(f.Evidence, "\n")+f.Message
			}
			if is != c.is || !strings.Contains(evidence, c.who) {
				t.Errorf("found %q: %s", is, evidence)
			}
			if open := name == "a rule of some target"; open != (len(doc.Unread) > 0) {
				t.Errorf("not read: %v", doc.Unread)
			}
		})
	}
}
