package source_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

const guarded = `Parameters: {Open: {Type: String}}
Conditions: {Maybe: !Equals [!Ref Open, a], Never: !Equals [a, b]}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      NetworkMode: awsvpc
      ContainerDefinitions:
        - {Name: router, Image: a, FirelensConfiguration: {Type: fluentbit}}
        - {Name: app, Image: b, LogConfiguration: {LogDriver: awsfirelens}}
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupName: shop
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 24224, ToPort: 24224, CidrIp: 10.0.0.0/8}
  Service:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
      NetworkConfiguration: {AwsvpcConfiguration: {SecurityGroups: [!Ref Group]}}
`

// Each changes one thing in a template whose group lets 24224 in to a router. What is sure is found, what may be is unknown, and
// what cannot be is neither.
func TestVerdictsOnAGroup(t *testing.T) {
	const entry, mode = "{IpProtocol: tcp, FromPort: 24224, ToPort: 24224, CidrIp: 10.0.0.0/8}", "NetworkMode: awsvpc"
	const service, router = "    Type: AWS::ECS::Service\n", "FirelensConfiguration: {Type: fluentbit}"
	const sure, unknown, silent = "noncompliant ", "unknown ", ""
	for name, c := range map[string]struct{ replace, by, want string }{
		"as it is":                       {"", "", sure + "tcp 10.0.0.0/8"},
		"wide range":                     {entry, "{IpProtocol: tcp, FromPort: 1025, ToPort: 65535, CidrIp: 0.0.0.0/0}", sure + "tcp 0.0.0.0/0"},
		"range beside it":                {entry, "{IpProtocol: tcp, FromPort: 24225, ToPort: 65535, CidrIp: 0.0.0.0/0}", silent},
		"host bits":                      {entry, "{IpProtocol: tcp, FromPort: 0, ToPort: 65535, CidrIp: 1.2.3.4/0}", sure + "tcp 1.2.3.4/0"},
		"udp only":                       {entry, "{IpProtocol: udp, FromPort: 0, ToPort: 65535, CidrIp: 0.0.0.0/0}", silent},
		"to Fluentd":                     {router + "}", "FirelensConfiguration: {Type: fluentd}}", sure + "tcp 10.0.0.0/8"},
		"icmp":                           {entry, "{IpProtocol: icmp, FromPort: -1, ToPort: -1, CidrIp: 0.0.0.0/0}", silent},
		"all traffic by a number":        {entry, "{IpProtocol: -1, CidrIp: 0.0.0.0/0}", sure + "-1 0.0.0.0/0"},
		"all traffic by a function":      {entry, "{IpProtocol: !Join ['', ['-', 1]], CidrIp: 0.0.0.0/0}", sure + "-1 0.0.0.0/0"},
		"all traffic, port unknown":      {entry, "{IpProtocol: -1, FromPort: !Ref Open, CidrIp: 0.0.0.0/0}", sure + "-1 0.0.0.0/0"},
		"all traffic, IPv6":              {entry, "{IpProtocol: -1, CidrIpv6: '::/0'}", sure + "-1 ::/0"},
		"a prefix list":                  {entry, "{IpProtocol: tcp, FromPort: 24224, ToPort: 24224, SourcePrefixListId: pl-1}", sure + "tcp pl-1"},
		"from itself":                    {entry, "{IpProtocol: tcp, FromPort: 24224, ToPort: 24224, SourceSecurityGroupId: !GetAtt Group.GroupId}", sure + "tcp Group"},
		"from itself, by a list":         {entry, "{IpProtocol: tcp, FromPort: 24224, ToPort: 24224, SourceSecurityGroupId: {Fn::GetAtt: [Group, GroupId]}}", sure + "tcp Group"},
		"from another":                   {entry, "{IpProtocol: tcp, FromPort: 24224, ToPort: 24224, SourceSecurityGroupId: sg-1}", sure + "tcp sg-1"},
		"source exists after deployment": {entry, "{IpProtocol: tcp, FromPort: 24224, ToPort: 24224, CidrIp: !GetAtt Vpc.CidrBlock}", sure + "tcp ${Vpc.CidrBlock}"},
		"no source":                      {entry, "{IpProtocol: tcp, FromPort: 24224, ToPort: 24224}", unknown + "tcp unknown"},
		"source may be none":             {entry, "{IpProtocol: tcp, FromPort: 24224, ToPort: 24224, CidrIp: !If [Maybe, a, !Ref AWS::NoValue]}", unknown + "tcp unknown"},
		"protocol unknown":               {entry, "{IpProtocol: !Ref Open, FromPort: 80, ToPort: 80, CidrIp: 10.0.0.0/8}", unknown + "-1 10.0.0.0/8"},
		"no protocol":                    {entry, "{FromPort: 80, ToPort: 80, CidrIp: 10.0.0.0/8}", unknown + "-1 10.0.0.0/8"},
		"first port unknown":             {entry, "{IpProtocol: tcp, FromPort: !Ref Open, ToPort: 30000, CidrIp: 10.0.0.0/8}", unknown + "tcp 10.0.0.0/8"},
		"first port unknown, below":      {entry, "{IpProtocol: tcp, FromPort: !Ref Open, ToPort: 1024, CidrIp: 10.0.0.0/8}", silent},
		"last port unknown, above":       {entry, "{IpProtocol: tcp, FromPort: 30000, ToPort: !Ref Open, CidrIp: 10.0.0.0/8}", silent},
		"both unknown, udp":              {entry, "{IpProtocol: udp, FromPort: !Ref Open, ToPort: !Ref Open, CidrIp: 10.0.0.0/8}", silent},
		"an entry that may be":           {entry, "!If [Maybe, " + entry + ", {IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 10.0.0.0/8}]", unknown + "tcp 10.0.0.0/8"},
		"an entry in both branches":      {entry, "!If [Maybe, " + entry + ", " + entry + "]", sure + "tcp 10.0.0.0/8"},
		"an entry that is not":           {entry, "!If [Never, " + entry + ", !Ref AWS::NoValue]", silent},
		"an entry of a macro":            {entry, "{Fn::Transform: {Name: Entries}}", unknown + "-1 unknown"},
		"an entry that is a string":      {entry, "anything", unknown + "-1 unknown"},
		"one entry without a list":       {"\n        - " + entry, " " + entry, sure + "tcp 10.0.0.0/8"},
		"entries of a loop":              {"\n        - " + entry, " {'Fn::ForEach::Port': [P, [1], {}]}", unknown + "-1 unknown"},
		"network mode unknown":           {mode, "NetworkMode: !Ref Open", sure + "tcp 10.0.0.0/8"},
		"another network mode":           {mode, "NetworkMode: bridge", silent},
		"host mode":                      {mode, "NetworkMode: host", silent},
		"no router":                      {router, "Cpu: 1", silent},
		"a router that may be":           {router, "FirelensConfiguration: !If [Maybe, {Type: fluentbit}, !Ref AWS::NoValue]", unknown + "tcp 10.0.0.0/8"},
		"a router in a macro":            {"{Name: router, Image: a, " + router + "}", "{Fn::Transform: {Name: Router}}", unknown + "tcp 10.0.0.0/8"},
		"containers unknown":             {"ContainerDefinitions:\n", "ContainerDefinitions: !ImportValue containers\n      Ignored:\n", unknown + "tcp 10.0.0.0/8"},
		"properties unknown":             {mode, mode + "\n      Fn::Transform: {Name: Include}", unknown + "tcp 10.0.0.0/8"},
		"definition unknown":             {"TaskDefinition: !Ref Task", "TaskDefinition: !Ref Open", unknown + "tcp 10.0.0.0/8"},
		"definition absent":              {"TaskDefinition: !Ref Task", "DesiredCount: 1", unknown + "tcp 10.0.0.0/8"},
		"definition one of two":          {"TaskDefinition: !Ref Task", "TaskDefinition: !If [Maybe, !Ref Task, other]", unknown + "tcp 10.0.0.0/8"},
		"definition by its ARN":          {"TaskDefinition: !Ref Task", "TaskDefinition: !GetAtt Task.TaskDefinitionArn", sure + "tcp 10.0.0.0/8"},
		"group one of two":               {"[!Ref Group]", "[!If [Maybe, !Ref Group, sg-1]]", unknown + "tcp 10.0.0.0/8"},
		"group in both":                  {"[!Ref Group]", "!If [Maybe, [!Ref Group, !Ref Group], [!Ref Group]]", sure + "tcp 10.0.0.0/8"},
		"group that may be, and is":      {"[!Ref Group]", "[!If [Maybe, !Ref Group, sg-1], !Ref Group]", sure + "tcp 10.0.0.0/8"},
		"group without a list":           {"[!Ref Group]", "!Ref Group", sure + "tcp 10.0.0.0/8"},
		"group selected":                 {"[!Ref Group]", "[!Select [1, [sg-1, !Ref Group]]]", sure + "tcp 10.0.0.0/8"},
		"no network":                     {"{AwsvpcConfiguration: {SecurityGroups: [!Ref Group]}}", "{}", silent},
		"a network that may be":          {"{AwsvpcConfiguration: {SecurityGroups: [!Ref Group]}}", "!If [Maybe, {AwsvpcConfiguration: {SecurityGroups: [!Ref Group]}}, !Ref AWS::NoValue]", unknown + "tcp 10.0.0.0/8"},
		"a service that may be":          {service, service + "    Condition: Maybe\n", unknown + "tcp 10.0.0.0/8"},
		"a service that is not":          {service, service + "    Condition: Never\n", silent},
		"a group that may be":            {"    Type: AWS::EC2::SecurityGroup\n", "    Type: AWS::EC2::SecurityGroup\n    Condition: Maybe\n", sure + "tcp 10.0.0.0/8"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(guarded, c.replace) {
				t.Fatalf("nothing to replace: %q", c.replace)
			}
			doc, err := source.ReadDocument("t", []byte(strings.Replace(guarded, c.replace, c.by, 1)))
			if err != nil {
				t.Fatal(err)
			}
			var found []string
			for _, f := range judged(doc, "FL101", "FL102") {
				if strings.HasSuffix(f.Resource, "/Group") {
					found = append(found, string(f.Status)+" "+strings.Trim(strings.TrimPrefix(f.Path, "ingress"), "[]"))
				}
			}
			if got := strings.Join(found, ", "); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// An entry of its own is tied by what stands for the group, or by the group's name.
func TestEntriesOfTheirOwn(t *testing.T) {
	const open = "IpProtocol: tcp, FromPort: 24224, ToPort: 24224, CidrIp: 10.9.0.0/16}\n"
	for named, want := range map[string]string{
		"GroupId: !Ref Group":                    "noncompliant",
		"GroupId: !GetAtt Group.GroupId":         "noncompliant",
		"GroupId: !Sub '${Group.GroupId}'":       "noncompliant",
		"GroupName: shop":                        "noncompliant",
		"GroupId: !If [Maybe, !Ref Group, sg-1]": "unknown",
		"GroupId: sg-1":                          `not read: its group "sg-1" is not in the template`,
		"GroupId: !ImportValue g":                `not read: its group "${Fn::ImportValue g}" is not in the template`,
		"Description: none":                      "not read: it names no group",
	} {
		template := guarded + "  Own:\n    Type: AWS::EC2::SecurityGroupIngress\n    Properties: {" + named + ", " + open
		doc, err := source.ReadDocument("t", []byte(template))
		if err != nil {
			t.Fatalf("%s: %v", named, err)
		}
		got := ""
		for _, f := range judged(doc, "FL101") {
			if strings.Contains(f.Path, "10.9.0.0/16") {
				got = string(f.Status)
			}
		}
		for _, p := range doc.Unread {
			if p.Path == "Own" && got == "" {
				got = "not read: " + p.Why
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", named, got, want)
		}
	}
}

// Who else behind the group may serve 24224 is evidence, and keeps the rule from proposing to close it.
func TestAnotherServerBehindTheGroup(t *testing.T) {
	const collector = `  Collector:
    Type: AWS::ECS::TaskDefinition
    Properties: {NetworkMode: awsvpc, ContainerDefinitions: [{Name: fluentd, Image: c, PortMappings: [{ContainerPort: 24224}]}]}
  Aggregator:
    Type: AWS::ECS::Service
    Properties: {TaskDefinition: !Ref Collector, NetworkConfiguration: {AwsvpcConfiguration: {SecurityGroups: [!Ref Group]}}}
`
	doc, err := source.ReadDocument("t", []byte(guarded+collector))
	if err != nil {
		t.Fatal(err)
	}
	found := judged(doc, "FL101")
	if len(found) != 1 || found[0].Fixable || !strings.Contains(strings.Join(found[0].Evidence, "\n"), "container fluentd of service Aggregator maps port 24224") {
		t.Errorf("found %+v", found)
	}
}

// A service that names no group gets the default one, unless its tasks have no network of their own.
func TestTheDefaultGroupIsNotKnown(t *testing.T) {
	const groups = "{AwsvpcConfiguration: {SecurityGroups: [!Ref Group]}}"
	for name, c := range map[string]struct {
		mode, network, definition string
		found                     int
	}{
		"no groups":                           {"awsvpc", "{AwsvpcConfiguration: {Subnets: [subnet-1]}}", "!Ref Task", 1},
		"no network":                          {"awsvpc", "{}", "!Ref Task", 1},
		"no groups, mode unknown":             {"!Ref Open", "{AwsvpcConfiguration: {Subnets: [subnet-1]}}", "!Ref Task", 1},
		"no network, mode unknown":            {"!Ref Open", "{}", "!Ref Task", 0},
		"no network, bridge":                  {"bridge", "{}", "!Ref Task", 0},
		"no network, definition unknown":      {"awsvpc", "{}", "other", 0},
		"no groups, definition unknown":       {"awsvpc", "{AwsvpcConfiguration: {Subnets: [subnet-1]}}", "other", 1},
		"groups may be named":                 {"awsvpc", "!If [Maybe, " + groups + ", !Ref AWS::NoValue]", "!Ref Task", 0},
		"no groups by the value that is none": {"awsvpc", "{AwsvpcConfiguration: {SecurityGroups: !Ref AWS::NoValue}}", "!Ref Task", 1},
	} {
		template := strings.NewReplacer(groups, c.network, "awsvpc\n", c.mode+"\n", "!Ref Task", c.definition).Replace(guarded)
		doc, err := source.ReadDocument("t", []byte(template))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		found := 0
		for _, f := range judged(doc, "FL101") {
			if f.Resource == "security-group/default" && f.Status == rules.Unknown && strings.Contains(f.Message, "names no security group") {
				found++
			}
		}
		if found != c.found {
			t.Errorf("%s: %d findings, want %d", name, found, c.found)
		}
	}
}

// Where an entry that may be says the same as one that is, the finding stands at the one that is. Where the type of a router is
// unknown, it may be Fluentd, which listens on udp.
func TestTheSureEntryIsFound(t *testing.T) {
	const entry = "- {IpProtocol: tcp, FromPort: 24224, ToPort: 24224, CidrIp: 10.0.0.0/8}"
	twice := strings.Replace(guarded, entry, "- !If [Maybe, "+entry[2:]+", !Ref AWS::NoValue]\n        "+entry, 1)
	udp := strings.NewReplacer("Type: fluentbit", "Type: !Ref Open", "IpProtocol: tcp", "IpProtocol: udp").Replace(guarded)
	for template, want := range map[string]string{twice: "noncompliant ingress[tcp 10.0.0.0/8] at 17", udp: "unknown ingress[udp 10.0.0.0/8] at 16"} {
		doc, err := source.ReadDocument("t", []byte(template))
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, f := range judged(doc, "FL101") {
			found = append(found, fmt.Sprintf("%s %s at %d", f.Status, f.Path, f.Line))
		}
		if got := strings.Join(found, ", "); got != want {
			t.Errorf("found %s, want %s", got, want)
		}
	}
}
