package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/local/cloud"
)

// TestARoleIsFoundWithThePolicyThatMendsIt registers a definition that sends to Firehose with a role that may not: the notice has the
// policy, an audit finds the same, and with the policy attached neither does.
func TestARoleIsFoundWithThePolicyThatMendsIt(t *testing.T) {
	s := newSite(t, up(t, func(o *cloud.Options) {
		o.Parameters = map[string]string{"Policy": "digest: never\nrules: {\"FL*\": off, FL402: report}"}
	}))
	in, client, name := s.subscribe(t, "notices"), iam.NewFromConfig(s.Config()), "shop-task"
	role := must(client.CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: &name, Path: aws.String("/apps/"), AssumeRolePolicyDocument: aws.String(`{"Version": "2012-10-17", "Statement": []}`),
	}))(t).Role
	definition := closed("shop", "example/app:1")
	definition.TaskRoleArn = role.Arn
	definition.ContainerDefinitions[1].LogConfiguration = &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverAwsfirelens, Options: map[string]string{
		"Name": "kinesis_firehose", "region": "eu-west-1", "delivery_stream": "logs", "retry_limit": "2",
	}}
	must(s.ecs.RegisterTaskDefinition(t.Context(), definition))(t)
	s.idle(t)
	told := in.notices(t)["task-definition/shop"]
	if len(told) != 1 || len(told[0].Findings) != 1 || told[0].Findings[0].Rule != "FL402" {
		t.Fatalf("told %v", told)
	}
	_, policy, _ := strings.Cut(strings.Join(told[0].Findings[0].Evidence, "\n"), "a policy that allows it: ")
	if !strings.Contains(policy, `"Action":["firehose:PutRecordBatch"],"Resource":["arn:aws:firehose:eu-west-1:123456789012:deliverystream/logs"]`) {
		t.Fatalf("the policy is %q", policy)
	}
	c := newCLI(t, s)
	if out, talk := c.run(t, 1, "audit"); !strings.Contains(out, "FL402") || !strings.Contains(talk, "asking IAM about 1 role") {
		t.Errorf("an audit says\n%s%s", out, talk)
	}

	made := must(client.CreatePolicy(t.Context(), &iam.CreatePolicyInput{PolicyName: aws.String("logs"), PolicyDocument: &policy}))(t)
	must(client.AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{RoleName: &name, PolicyArn: made.Policy.Arn}))(t)
	s.sweep(t)
	if got := s.stands(t, "shop", "FL402"); got == "" {
		t.Error("IAM was asked again within the hour")
	}
	must(s.ledger().ChangeRoleSim(t.Context(), *role.Arn, func(r *ledger.RoleSim) bool { // as if it had passed
		r.Asked = r.Asked.Add(-time.Hour)
		return true
	}))(t)
	s.sweep(t)
	for _, f := range must(s.ledger().Resource(t.Context(), "task-definition/shop"))(t).Findings {
		if f.State != ledger.Resolved {
			t.Errorf("%s is %s: %s", f.Rule, f.State, f.Message)
		}
	}
	if out, _ := c.run(t, 0, "audit"); strings.Contains(out, "FL402") {
		t.Errorf("an audit says\n%s", out)
	}
}
