package source_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/source"
)

// conditional is a template in which nothing decides whether Maybe, Other, Third and Fourth hold.
const conditional = `Parameters: {P: {Type: String}}
Conditions:
  Maybe: !Equals [!Ref P, a]
  Unless: !Not [!Condition Maybe]
  Other: !Equals [!Ref P, b]
  Third: !Equals [!Ref P, c]
  Fourth: !Equals [!Ref P, d]
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: shop
      NetworkMode: bridge
      ContainerDefinitions:
        CONTAINERS
`

const (
	client    = "{Name: app, Image: b, LogConfiguration: {LogDriver: awsfirelens}}"
	closed    = "{Name: r, Image: a, FirelensConfiguration: {Type: fluentd}}"
	published = "{Name: r, Image: a, FirelensConfiguration: {Type: fluentd}, PortMappings: [{ContainerPort: 24224}]}"
)

// What is wrong however conditions turn out is found; what is in one of the cases only is unknown, where it stands, with the case.
func TestConditionsThatNothingDecides(t *testing.T) {
	const open = "noncompliant containerDefinitions[r].portMappings[24224/tcp]"
	const maybe = "unknown containerDefinitions[r].portMappings[24224/tcp] cannot tell: line 3: parameter P has no default; where condition "
	for name, c := range map[string]struct{ containers, want string }{
		"the list, wrong in both":    {"!If [Maybe, [" + client + ", " + published + "], [" + published + ", " + client + "]]", open},
		"the list, wrong in one":     {"!If [Maybe, [" + client + ", " + closed + "], [" + client + ", " + published + "]]", maybe + "Maybe does not hold, "},
		"the list, right in both":    {"!If [Maybe, [" + client + ", " + closed + "], [" + closed + ", " + client + "]]", ""},
		"a container":                {"[" + client + ", !If [Maybe, " + published + ", " + closed + "]]", maybe + "Maybe holds, "},
		"a container, or none":       {"[" + client + ", !If [Maybe, " + published + ", !Ref 'AWS::NoValue']]", maybe + "Maybe holds, "},
		"a container twice":          {"[" + client + ", !If [Maybe, " + published + ", !Ref 'AWS::NoValue'], !If [Unless, " + published + ", !Ref 'AWS::NoValue']]", open},
		"the router's configuration": {"[" + client + ", {Name: r, Image: a, PortMappings: [{ContainerPort: 24224}], FirelensConfiguration: !If [Maybe, {Type: fluentd}, {Type: fluentbit}]}]", open},
		"the client":                 {"[" + published + ", {Name: app, Image: b, LogConfiguration: !If [Maybe, {LogDriver: awsfirelens}, {LogDriver: awslogs}]}]", open},
		"both halves":                {"[" + client + ", !If [Maybe, {Name: r, Image: a, FirelensConfiguration: !If [Other, {Type: fluentd}, {Type: fluentbit}], PortMappings: [{ContainerPort: 24224}]}, " + closed + "]]", maybe + "Maybe holds and condition Other holds, "},
		"a name":                     {"[" + client + ", {Name: !If [Maybe, r, s], Image: a, FirelensConfiguration: {Type: fluentd}, PortMappings: [{ContainerPort: 24224}]}]", strings.Replace(open, "[r]", "[${Fn::If Maybe, r, s}]", 1)},
		"a port":                     {"[" + client + ", {Name: r, Image: a, FirelensConfiguration: {Type: fluentd}, PortMappings: [{ContainerPort: !If [Maybe, 24224, 80]}]}]", maybe + "Maybe holds, "},
		"more than are tried":        {"[" + client + ", " + published + ", !If [Maybe, {Name: a, Image: a}, {Name: b, Image: a}], !If [Other, {Name: c, Image: a}, {Name: d, Image: a}], !If [Third, {Name: e, Image: a}, {Name: f, Image: a}], !If [Fourth, {Name: g, Image: a}, {Name: h, Image: a}]]", open},
	} {
		doc, err := source.ReadDocument("t", []byte(strings.Replace(conditional, "\n        CONTAINERS", " "+c.containers, 1)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var found []string
		for _, f := range judged(doc, "FL103") {
			said := fmt.Sprintf("%s %s", f.Status, f.Path)
			if f.Status == "unknown" {
				said += " " + f.Message
			}
			found = append(found, said)
			if f.Line != 14 || f.Resource != "task-definition/shop" {
				t.Errorf("%s: line %d of %s", name, f.Line, f.Resource)
			}
		}
		got := strings.Join(found, "; ")
		if begins := strings.HasSuffix(c.want, ", ") && strings.HasPrefix(got, c.want); got != c.want && !begins {
			t.Errorf("%s: got  %s\nwant %s", name, got, c.want)
		}
	}
}

// A container that nothing tells may be a router: it is named, once, whatever else is found.
func TestContainersThatNothingTells(t *testing.T) {
	const include = "{'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: 's3://b/c.yaml'}}}"
	for containers, want := range map[string]string{
		include:                             "14:7 Task containerDefinitions: line 14: what Fn::Transform makes is known at deployment",
		"[" + client + ", " + include + "]": "14:98 Task containerDefinitions[#1]: line 14: what Fn::Transform makes is known at deployment",
		"[" + include + ", !If [Maybe, " + client + ", " + closed + "]]":                              "14:31 Task containerDefinitions[#0]: line 14: what Fn::Transform makes is known at deployment",
		"!If [Maybe, [" + client + ", " + closed + "], " + include + "]":                              "14:7 Task containerDefinitions: line 14: what Fn::Transform makes is known at deployment",
		"!If [Maybe, [" + client + "], [" + closed + "]]":                                             "",
		"[" + client + ", " + closed + ", {Name: x, Image: !ImportValue i, Command: !ImportValue j}]": "",
	} {
		doc, err := source.ReadDocument("t", []byte(strings.Replace(conditional, "\n        CONTAINERS", " "+containers, 1)))
		if err != nil {
			t.Fatalf("%s: %v", containers, err)
		}
		if got := strings.Join(notRead(doc.Unread), "\n"); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", containers, got, want)
		}
	}
}

// A group that lets 24224 in is found where each case has a router, of whatever type.
func TestARouterInEachCase(t *testing.T) {
	const router = "{Name: router, Image: a, FirelensConfiguration: {Type: fluentbit}}"
	for by, want := range map[string]string{
		"!If [Maybe, " + router + ", {Name: other, Image: a, FirelensConfiguration: {Type: fluentd}}]": "noncompliant",
		"!If [Maybe, " + router + ", !Ref 'AWS::NoValue']":                                             "unknown",
		"{Name: r, Image: a, FirelensConfiguration: !If [Maybe, {Type: fluentd}, {Type: fluentbit}]}":  "noncompliant",
	} {
		doc, err := source.ReadDocument("t", []byte(strings.Replace(guarded, router, by, 1)))
		if err != nil {
			t.Fatal(err)
		}
		found := judged(doc, "FL101")
		if len(found) != 1 || string(found[0].Status) != want {
			t.Errorf("%s: %+v, want one that is %s", by, found, want)
		}
	}
}

// What a template adds to an object leaves what stands there as it is, and what does not unknown. A macro of one's own may change all.
func TestWhatIsAddedHidesNothing(t *testing.T) {
	const include = "Fn::Transform: {Name: 'AWS::Include', Parameters: {Location: 's3://b/c.yaml'}}"
	const template = `Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: shop
      NetworkMode: bridge
      PROPERTY
      ContainerDefinitions:
        - {Name: app, Image: b, LogConfiguration: {LogDriver: awsfirelens, Options: {Name: cloudwatch_logs, OPTION}}}
        - {Name: r, Image: a, CONTAINER, FirelensConfiguration: {Type: fluentbit}, PortMappings: [{ContainerPort: 24224}]}
`
	const published = "noncompliant FL103 [r].portMappings[24224/tcp]"
	for _, c := range []struct{ property, container, option, want string }{
		{"Cpu: 256", "Essential: true", "retry_limit: 1", published + ", noncompliant FL401 taskRoleArn"},
		{include, "Essential: true", "retry_limit: 1", published + ", unknown FL401 taskRoleArn"},
		{"Cpu: 256", include, "retry_limit: 1", published + ", noncompliant FL401 taskRoleArn" + ", unknown FL502 [r].essential"},
		{"Cpu: 256", "Essential: true", "'Fn::ForEach::O': [X, [a], {'k${X}': v}]", published + ", unknown FL401 [app].logConfiguration.options.Name"},
		{strings.Replace(include, "AWS::Include", "Mine", 1), "Essential: true", "retry_limit: 1", ""},
	} {
		doc, err := source.ReadDocument("t", []byte(strings.NewReplacer("PROPERTY", c.property, "CONTAINER", c.container, "OPTION", c.option).Replace(template)))
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, f := range judged(doc, "FL103", "FL401", "FL502", "FL510") {
			found = append(found, fmt.Sprintf("%s %s %s", f.Status, f.Rule, strings.TrimPrefix(f.Path, "containerDefinitions")))
		}
		slices.Sort(found)
		if got := strings.Join(found, ", "); got != c.want {
			t.Errorf("%+v\ngot  %s", c, got)
		}
	}
}
