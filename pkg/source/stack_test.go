package source_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

func number(n int) string { return strconv.Itoa(n) }

func notRead(places []source.Place) []string {
	var all []string
	for _, p := range places {
		all = append(all, fmt.Sprintf("%d:%d %s: %s", p.Line, p.Column, p.Path, p.Why))
	}
	return all
}

func document(t *testing.T, file string) (source.Document, []byte) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := source.ReadDocument(file, data)
	if err != nil {
		t.Fatal(err)
	}
	return doc, data
}

// judged are the findings of rules whose ids begin so.
func judged(doc source.Document, prefixes ...string) []source.Finding {
	var all []source.Finding
	for _, r := range doc.Resources {
		for _, f := range r.Evaluate(rules.All(), rules.Params{}) {
			if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(f.Rule, p) }) {
				all = append(all, f)
			}
		}
	}
	return all
}

// stackFindings are what the rules say of the stack, in order, each with a word that its line must have, however the stack is written.
var stackFindings = []struct{ finding, word string }{
	{"FL204 noncompliant task-definition/shop containerDefinitions[app].dependsOn", `app`},
	{"FL104 noncompliant task-definition/shop containerDefinitions[shop_router].portMappings[24224/tcp]", `ContainerPort`},
	{"FL101 noncompliant security-group/ShopGroup ingress[-1 10.1.0.0/16]", `any`},
	{"FL101 noncompliant security-group/ShopGroup ingress[tcp 0.0.0.0/0]", `high ports`},
	{"FL101 noncompliant security-group/ShopGroup ingress[tcp 10.3.0.0/16]", `mapped`},
	{"FL101 noncompliant security-group/ShopGroup ingress[tcp Balancer]", `ShopFromBalancer`},
	{"FL101 noncompliant security-group/ShopGroup ingress[tcp ShopGroup]", `ShopSelf`},
	{"FL101 unknown security-group/ShopGroup ingress[tcp ${VpnCidr}]", `vpn forwards`},
	{"FL101 unknown security-group/ShopGroup ingress[tcp 10.5.0.0/16]", `unknown port`},
	{"FL101 unknown security-group/ShopGroup ingress[tcp 10.8.0.0/16]", `ShopFromVpn`},
	{"FL101 unknown security-group/Balancer ingress[-1 0.0.0.0/0]", `-1`}, // CollectService may name it
	{"FL101 noncompliant security-group/CollectGroup ingress[udp 10.2.0.0/16]", `heartbeat`},
	{"FL101 unknown security-group/ForeignGroup ingress[tcp 0.0.0.0/0]", `forward`},
	{"FL102 unknown security-group/InstanceGroup ingress[tcp 10.0.0.0/8]", `to instances`},
	{"FL101 unknown security-group/${Fn::ImportValue shared-group} ingress[-1 unknown]", `shared-group`},
	{"FL101 unknown security-group/default ingress[-1 unknown]", `BareService`},
}

var ways = []string{"testdata/stack/short.yaml", "testdata/stack/long.yaml", "testdata/stack/stack.json"}

func TestAStackWrittenInThreeWays(t *testing.T) {
	for _, file := range ways {
		t.Run(file, func(t *testing.T) {
			doc, data := document(t, file)
			found := judged(doc, "FL101", "FL102", "FL104", "FL204")
			if len(found) != len(stackFindings) {
				t.Errorf("%d findings, want %d", len(found), len(stackFindings))
			}
			for i, f := range found[:min(len(found), len(stackFindings))] {
				want := stackFindings[i]
				if got := strings.Join([]string{f.Rule, string(f.Status), f.Resource, f.Path}, " "); got != want.finding {
					t.Errorf("found %s, want %s", got, want.finding)
				}
				line := nthLine(data, f.Line)
				if line == "{" { // an object of JSON whose first key is below
					line = nthLine(data, f.Line+1)
				}
				if !strings.Contains(line, want.word) {
					t.Errorf("%s: %s is at line %d: %s", file, f.Path, f.Line, line)
				}
			}
		})
	}
}

func TestWhyAFindingIsUnknown(t *testing.T) {
	doc, _ := document(t, ways[0])
	want := []string{
		"cannot tell: line 73: condition HasVpn cannot be decided: line 18: parameter VpnCidr has no default",
		"cannot tell: line 81: parameter MetricsPort has no default",
		"cannot tell: line 18: parameter VpnCidr has no default",
		"cannot tell: line 151: condition HasVpn cannot be decided: line 18: parameter VpnCidr has no default",
		"cannot tell: line 155: task definition ${Fn::ImportValue shared-task} of service ForeignService is not read",
		"cannot tell: which tasks run on the instances of Instances is not read: HostTask may",
		"cannot tell: line 120: security group ${Fn::ImportValue shared-group} of service ShopService is not in the template",
		"cannot tell: line 121: service BareService names no security group: its tasks get the default group of their VPC, which no template shows",
	}
	var got []string
	for _, f := range judged(doc, "FL101", "FL102") {
		if f.Status == rules.Unknown {
			got = append(got, f.Message)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the reasons are\n%s", strings.Join(got, "\n"))
	}
}

// What may matter and is not read is named; a job without a router, a function and a role do not matter.
func TestWhatIsNotReadIsNamed(t *testing.T) {
	for _, file := range ways {
		doc, data := document(t, file)
		var names []string
		for _, p := range doc.Unread {
			names = append(names, p.Path)
			if !strings.Contains(nthLine(data, p.Line), p.Path) || p.Why == "" {
				t.Errorf("%s: %s is not at line %d", file, p.Path, p.Line)
			}
		}
		if want := []string{"ShopNever", "Instances", "Nested", "Job", "Daemon"}; !slices.Equal(names, want) {
			t.Errorf("%s: not read: %q", file, names)
		}
	}
}

// What may change the template, or write parts of it, is named; AWS's own transforms change nothing that is read.
func TestMacrosAndModulesAreNamed(t *testing.T) {
	const template = `Transform: [AWS::Serverless-2016-10-31, AWS::LanguageExtensions, {Name: "AWS::Include", Parameters: {}}, Ours]
Conditions: {Never: !Equals [a, b]}
Resources:
  Fn::ForEach::Topic: [Name, [a], {}]
  Module: {Type: "Ours::Tasks::Web::MODULE"}
  Dropped: {Type: "AWS::CloudFormation::Stack", Condition: Never}
  Unwritten: {Type: "AWS::ECS::TaskDefinition"}
  Included: {Type: "AWS::ECS::TaskDefinition", Properties: {Fn::Transform: {Name: "AWS::Include"}}}
  Topic: {Type: "AWS::SNS::Topic", Condition: Never}
`
	doc, err := source.ReadDocument("t", []byte(template))
	if err != nil || len(doc.Resources) > 0 {
		t.Fatalf("%d resources, error %v", len(doc.Resources), err)
	}
	want := []string{
		`1:66 Transform: the macro "AWS::Include" may change any part of the template`,
		`1:106 Transform: the macro "Ours" may change any part of the template`,
		`4:3 Fn::ForEach::Topic: no resource with a Type: it may be what a macro writes`,
		`5:3 Module: the module "Ours::Tasks::Web::MODULE" is not read`,
		`6:3 Dropped: its condition does not hold with the defaults of the parameters`,
		`7:3 Unwritten: it has no properties`,
		`8:3 Included: its properties are unknown: line 8: what Fn::Transform makes is known at deployment`,
	}
	if got := notRead(doc.Unread); !slices.Equal(got, want) {
		t.Errorf("not read:\n%s", strings.Join(got, "\n"))
	}
}

func TestValuesOfAStack(t *testing.T) {
	for _, file := range ways {
		doc, _ := document(t, file)
		d := doc.Resources[0].Resource.(rules.Definition)
		router, _ := d.Router()
		app, _ := d.Container("app")
		init, _ := d.Container("init")
		for what, c := range map[string]struct{ got, want string }{
			"number in quotes":     {fmt.Sprint(*router.MemoryReservation, *router.PortMappings[0].ContainerPort), "100 24224"},
			"boolean in quotes":    {strconv.FormatBool(*router.Essential), "true"},
			"number for a string":  {*d.Task.Cpu, "256"},
			"boolean for a string": {router.FirelensConfiguration.Options["enable-ecs-log-metadata"], "true"},
			"condition":            {string(app.LogConfiguration.LogDriver), "awsfirelens"},
			"nested functions":     {app.LogConfiguration.Options["log_group_name"], "/ecs/prod/app"},
			"a pseudo parameter":   {app.LogConfiguration.Options["region"], "${AWS::Region}"},
			"a role":               {*d.Task.TaskRoleArn, "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${ShopRole}"},
			"a free map":           {init.DockerLabels["Purpose"], "set-up"},
			"containers":           {number(len(d.Task.ContainerDefinitions)), "3"},
			"why":                  {strings.SplitAfter(d.Why("containerDefinitions[app].image"), ": ")[1], "parameter Image has no default"},
		} {
			if c.got != c.want {
				t.Errorf("%s: %s is %q, want %q", file, what, c.got, c.want)
			}
		}
		if len(d.Unknown) != 4 { // the image, the Region, the file's name and the role
			t.Errorf("%s: unknown: %v", file, d.Unknown)
		}
	}
}
