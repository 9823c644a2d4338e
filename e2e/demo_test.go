package e2e

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/demo"
	"github.com/firewarden/firewarden/pkg/local/cloud"
)

func play(t *testing.T, c *cloud.Cloud, patience time.Duration) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := demo.Run(t.Context(), demo.Options{Cloud: c, Out: &out, Patience: patience, FailFast: true})
	return out.String(), err
}

func TestTheMainJob(t *testing.T) {
	out, err := play(t, up(t, nil), time.Minute)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(out, "0 changes") || !strings.Contains(out, "all as it should be") {
		t.Errorf("the demo's output:\n%s", out)
	}
}

// TestTheMainJobUnderTheFunctionsOwnRoles runs the same with the emulator's IAM on: the template's roles grant every action
// that the functions call.
func TestTheMainJobUnderTheFunctionsOwnRoles(t *testing.T) {
	c := up(t, func(o *cloud.Options) { o.EnforceIAM = true })
	if out, err := play(t, c, time.Minute); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestARoleThatLacksAnActionFails shows that the test above can fail.
func TestARoleThatLacksAnActionFails(t *testing.T) {
	c := up(t, func(o *cloud.Options) {
		o.EnforceIAM, o.Edit = true, func(template string) string {
			return strings.ReplaceAll(template, "ec2:ModifySecurityGroupRules", "ec2:DescribeVpcs")
		}
	})
	_, err := play(t, c, 8*time.Second)
	if err == nil || !strings.Contains(err.Error(), `is told as "blocked" (access denied)`) {
		t.Errorf("without ec2:ModifySecurityGroupRules the demo ended with %v", err)
	}
}

// TestABrokenPatternFails breaks each pattern of the template in turn. The emulator matches them as EventBridge does, so that a
// wrong one fails here too.
func TestABrokenPatternFails(t *testing.T) {
	const (
		register = "          eventName: [RegisterTaskDefinition"
		ingress  = "          eventName: [AuthorizeSecurityGroupIngress"
		only     = "          errorCode: [{exists: false}]"
	)
	after := func(mark, old, with string) func(string) string {
		return func(template string) string {
			head, tail, _ := strings.Cut(template, mark)
			return head + mark + strings.Replace(tail, old, with, 1)
		}
	}
	cases := map[string]func(string) string{
		"eventName of definitions": replaced(register, "          eventName: [RegisterTaskDefinitions"),
		"errorCode of definitions": after(register, only, "          errorCode: [{exists: true}]"),
		"source of definitions":    after("DefinitionPattern:\n    Type: AWS::Events::Rule", "source: [aws.ecs]", "source: [aws.ecr]"),
		"eventName of ingress":     replaced(ingress, "          eventName: [AuthorizeSecurityGroupEgress"),
		"errorCode of ingress":     after(ingress, only, "          errorCode: [{exists: true}]"),
		"source of ingress":        after("IngressPattern:\n    Type: AWS::Events::Rule", "source: [aws.ec2]", "source: [aws.rds]"),
		"source of findings":       replaced("source: [firewarden]", "source: [fireguard]"),
		"kind of findings":         replaced("detail-type: [FireWarden Finding]", "detail-type: [FireWarden]"),
	}
	for name, edit := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := play(t, up(t, func(o *cloud.Options) { o.Edit = edit }), 6*time.Second)
			if err == nil {
				t.Errorf("the demo went well:\n%s", out)
			} else if !strings.Contains(err.Error(), "no notice about") {
				t.Errorf("the demo failed otherwise: %v", err)
			}
		})
	}
}
