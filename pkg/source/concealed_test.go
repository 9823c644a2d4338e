package source_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/source"
)

// CloudFormation fills in what a secret option or variable names, as plain text: it is a secret where the template says so, and may be
// one where the template does not tell. A variable of the router's own is none.
func TestSecretsThatATemplateFillsIn(t *testing.T) {
	const template = `Parameters:
  Key: {Type: String, NoEcho: true}
  Told: {Type: String, NoEcho: "true", Default: 0123456789abcdef}
  Plain: {Type: String}
  Stored: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /key}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: shop
      ContainerDefinitions:
        - {Name: app, Image: a, LogConfiguration: {LogDriver: awsfirelens, Options: {Name: datadog, OPTION}}}
        - {Name: router, Image: b, FirelensConfiguration: {Type: fluentbit}, Environment: [{Name: DD_API_KEY, Value: VARIABLE}]}
`
	const sure, unknown, none = "noncompliant", "unknown", ""
	for value, want := range map[string]string{
		"!Ref Key":               sure,
		"!Sub '${Key}'":          sure,
		"!Join ['', [!Ref Key]]": sure,
		"!Ref Told":              sure,
		"!Ref Plain":             unknown,
		"!Ref Stored":            unknown,
		"!ImportValue key":       unknown,
		"'{{resolve:secretsmanager:shop:SecretString:key}}'":       sure,
		"!Sub '{{resolve:secretsmanager:${Plain}:SecretString:}}'": sure,
		"'{{resolve:ssm:/shop/key}}'":                              unknown,
		"'${DD_API_KEY}'":                                          none,
		"!Sub '${!DD_API_KEY}'":                                    none,
		"!Sub 'arn:aws:secretsmanager:${Plain}'":                   none,
	} {
		for _, c := range []struct{ path, option, variable string }{
			{"containerDefinitions[app].logConfiguration.options.apikey", "apikey: " + value, "a"},
			{"containerDefinitions[router].environment[DD_API_KEY]", "port: 1", value},
		} {
			if c.variable == "a" {
				c.variable = "'${A}'"
			}
			text := strings.NewReplacer("OPTION", c.option, "VARIABLE", c.variable).Replace(template)
			doc, err := source.ReadDocument("t", []byte(text))
			if err != nil {
				t.Fatalf("%s: %v", value, err)
			}
			var found []string
			for _, f := range judged(doc, "FL506") {
				found = append(found, string(f.Status))
				if !strings.HasPrefix(f.Path, c.path) || strings.Contains(fmt.Sprint(f), "0123456789abcdef") {
					t.Errorf("%s: %+v", value, f)
				}
			}
			if got := strings.Join(found, ", "); got != want {
				t.Errorf("%s of %s: %q, want %q", value, c.path, got, want)
			}
		}
	}
}

// A part that a template fills in makes a header a secret, and two secrets are not the same.
func TestSecretsWithinATemplatesText(t *testing.T) {
	const template = `Parameters: {A: {Type: String, NoEcho: true}, B: {Type: String, NoEcho: true}, P: {Type: String}}
Conditions: {Same: !Equals [!Ref A, !Ref B]}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - {Name: app, Image: a, LogConfiguration: {LogDriver: awsfirelens, Options: {Name: http, header: !Sub 'Authorization Bearer ${A}'}}}
        - {Name: job, Image: a, LogConfiguration: {LogDriver: awsfirelens, Options: {Name: http, header: !Sub 'X-Tenant ${P}'}}}
        - {Name: old, Image: a, LogConfiguration: {LogDriver: awsfirelens, Options: {Name: http, header: !If [Same, X-Tenant a, 'Authorization Basic ${P}']}}}
        - {Name: router, Image: b, FirelensConfiguration: {Type: fluentbit}}
`
	doc, err := source.ReadDocument("t", []byte(template))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range judged(doc, "FL506") {
		got = append(got, fmt.Sprintf("%s %d", f.Status, f.Line))
	}
	if strings.Join(got, ", ") != "noncompliant 8" {
		t.Errorf("found %v", got)
	}
}

// The default of a parameter with NoEcho is shown nowhere, wherever it is put in; an empty one hides nothing.
func TestDefaultsThatAreNotToBeShown(t *testing.T) {
	const template = `Parameters:
  Told: {Type: String, NoEcho: "true", Default: hunter2}
  None: {Type: String, NoEcho: true, Default: ""}
Conditions: {Unset: !Equals [!Ref None, ""]}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Sub 'shop-${Told}'
      NetworkMode: bridge
      ContainerDefinitions:
        - {Name: app, Image: !Ref Told, LogConfiguration: {LogDriver: awsfirelens, Options: {Name: !Sub '${Told}'}}}
        - {Name: !Sub 'r-${Told}', Image: !Join ['', [!Ref Told]], FirelensConfiguration: {Type: fluentbit, Options: {config-file-type: s3, config-file-value: !Ref Told}}, PortMappings: [{ContainerPort: !If [Unset, 24224, 80]}]}
`
	doc, err := source.ReadDocument("t", []byte(template))
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%+v %+v", judged(doc, "FL"), doc.Unread); strings.Contains(text, "hunter2") {
		t.Error(text)
	}
	if found := judged(doc, "FL103"); len(found) != 1 || found[0].Status != "noncompliant" {
		t.Errorf("%+v", found)
	}
}
