package source_test

import (
	"encoding/json"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

type part = map[string]any

// chance makes parts of templates at random.
type chance struct{ *rapid.T }

func (c chance) one(of ...any) any { return rapid.SampledFrom(of).Draw(c.T, "one") }

// either is a value, or one of two by a condition.
func (c chance) either(value func() any) any {
	if c.one(true, false) == true {
		return value()
	}
	return part{"Fn::If": []any{c.one("A", "B", "NotA"), value(), value()}}
}

// perhaps is either, or a value that a condition leaves out.
func (c chance) perhaps(value func() any) any {
	if c.one(true, false) == true {
		return c.either(value)
	}
	return part{"Fn::If": []any{c.one("A", "B", "NotA"), value(), part{"Ref": "AWS::NoValue"}}}
}

func (c chance) container(name string) func() any {
	return func() any { return c.named(name) }
}

func (c chance) named(name string) any {
	return part{
		"Name": name, "Image": c.either(func() any { return c.one("fluentd:1", "amazon/aws-for-fluent-bit:2.10.0") }), "Essential": c.one(true, false),
		"FirelensConfiguration": c.perhaps(func() any { return part{"Type": c.one("fluentd", "fluentbit")} }),
		"LogConfiguration": c.perhaps(func() any {
			return part{"LogDriver": c.one("awsfirelens", "awslogs"), "Options": c.one(part{"Name": "cloudwatch_logs"}, part{"@type": "stdout"}, part{"Name": "datadog", "apikey": "abcdefabcdef0123"})}
		}),
		"PortMappings": []any{c.perhaps(func() any {
			return part{"ContainerPort": c.either(func() any { return c.one(24224, 2020, 80) })}
		})},
		"DependsOn": []any{c.perhaps(func() any {
			return part{"ContainerName": c.one("r", "x"), "Condition": c.one("START", "COMPLETE", "HEALTHY")}
		})},
	}
}

func (c chance) entry() any {
	return part{
		"IpProtocol": c.one("tcp", "udp", -1), "FromPort": c.either(func() any { return c.one(0, 24224) }), "ToPort": c.either(func() any { return c.one(24224, 65535) }),
		"CidrIp": c.one("10.0.0.0/16", "10.1.0.0/16"),
	}
}

// template is one with open conditions, or with their parameters' defaults.
func (c chance) template() func(defaults ...string) string {
	containers := func() any { return []any{c.perhaps(c.container("r")), c.perhaps(c.container("x")), c.named("y")} }
	resources := part{
		"T": part{"Type": "AWS::ECS::TaskDefinition", "Properties": part{"NetworkMode": c.one("awsvpc", "bridge", "host"), "Family": "f", "ContainerDefinitions": c.either(containers)}},
		"G": part{"Type": "AWS::EC2::SecurityGroup", "Properties": part{"SecurityGroupIngress": []any{c.perhaps(c.entry), c.perhaps(c.entry)}}},
		"S": part{"Type": "AWS::ECS::Service", "Properties": part{
			"TaskDefinition": part{"Ref": "T"}, "NetworkConfiguration": part{"AwsvpcConfiguration": part{"SecurityGroups": []any{c.perhaps(func() any { return part{"Ref": "G"} })}}},
		}},
	}
	is := func(p string) any { return part{"Fn::Equals": []any{part{"Ref": p}, "yes"}} }
	conditions := part{"A": is("P"), "B": is("Q"), "NotA": part{"Fn::Not": []any{part{"Condition": "A"}}}}
	return func(defaults ...string) string {
		p, q := part{"Type": "String"}, part{"Type": "String"}
		if len(defaults) == 2 {
			p["Default"], q["Default"] = defaults[0], defaults[1]
		}
		text, _ := json.Marshal(part{"Parameters": part{"P": p, "Q": q}, "Conditions": conditions, "Resources": resources})
		return string(text)
	}
}

// verdicts are the findings by what they are about, and whether they are sure.
func verdicts(t *rapid.T, template string) map[string]bool {
	doc, err := source.ReadDocument("t", []byte(template))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, f := range judged(doc, "FL") {
		found[f.Rule+" "+f.Resource+" "+f.Path] = f.Status == rules.Noncompliant
	}
	return found
}

// However open conditions turn out: what was sure is there, and what is there was sure, or unknown.
func TestOpenConditionsHideNothingAndInventNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		template := chance{t}.template()
		open := verdicts(t, template())
		for _, defaults := range [][]string{{"yes", "yes"}, {"yes", "no"}, {"no", "yes"}, {"no", "no"}} {
			decided := verdicts(t, template(defaults...))
			for at := range maps.Keys(decided) {
				if _, told := open[at]; decided[at] && !told {
					t.Fatalf("%v: %s, of which nothing was told\n%s", defaults, at, template())
				}
			}
			for at, sure := range open {
				if sure && !decided[at] {
					t.Fatalf("%v: %s was sure\n%s", defaults, at, template())
				}
			}
		}
	})
}
