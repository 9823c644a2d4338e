package owner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/owner"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

const (
	stackName = "aws:cloudformation:stack-name"
	stackID   = "aws:cloudformation:stack-id"
	logicalID = "aws:cloudformation:logical-id"
	cdkRole   = "arn:aws:sts::123456789012:assumed-role/cdk-hnb659fds-cfn-exec-role-123456789012-eu-west-1/AWSCloudFormation"
	terraform = "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.70.0 aws-sdk-go-v2/1.30.4"
	pulumi    = "APN/1.0 Pulumi/1.0 Pulumi-Aws/6.0 (+https://www.pulumi.com) aws-sdk-go-v2/1.30.4"
)

func workload(app, env, service string) map[string]string {
	return map[string]string{"copilot-application": app, "copilot-environment": env, "copilot-service": service}
}

func with(tags map[string]string, key, value string) map[string]string {
	tags[key] = value
	return tags
}

func registered(agent string) trigger.Origin {
	return trigger.Origin{EventName: "RegisterTaskDefinition", UserAgent: agent, SourceIP: "203.0.113.7"}
}

// TestDefinitionsAreRecognised holds what is seen and what is said of it: "" for no owner, "perhaps" for one that does not decide.
func TestDefinitionsAreRecognised(t *testing.T) {
	for name, c := range map[string]struct {
		tags         map[string]string
		registeredBy string
		origin       trigger.Origin
		want         string
	}{
		"nothing":                 {want: ""},
		"a person":                {registeredBy: "arn:aws:iam::123456789012:user/anna", origin: registered("aws-cli/2.9.8"), want: ""},
		"a stack":                 {tags: map[string]string{stackName: "web"}, want: "CloudFormation stack web"},
		"a stack by its id alone": {tags: map[string]string{stackID: "arn:aws:cloudformation:eu-west-1:123456789012:stack/web/1-2"}, want: "CloudFormation stack web"},
		"a stack, logical id written by a person": {
			tags: map[string]string{stackName: "web", logicalID: "TaskDefinition"}, want: "CloudFormation stack web",
		},
		"a stack's address": {
			origin: trigger.Origin{EventName: "RegisterTaskDefinition", SourceIP: "cloudformation.amazonaws.com"}, want: "CloudFormation",
		},
		"a stack's user agent, sent by a person": {origin: registered("cloudformation.amazonaws.com"), want: ""},
		"a stack's service role": {
			registeredBy: "arn:aws:sts::123456789012:assumed-role/deployer/AWSCloudFormation", want: "CloudFormation",
		},
		"a role that is not CloudFormation's session": {registeredBy: "arn:aws:sts::123456789012:assumed-role/AWSCloudFormation/anna", want: ""},
		"a user of that name":                         {registeredBy: "arn:aws:iam::123456789012:user/x/AWSCloudFormation", want: ""},
		"no ARN at all":                               {registeredBy: "assumed-role/x/AWSCloudFormation", want: ""},
		"a text that ends as an ARN":                  {registeredBy: "x:assumed-role/x/AWSCloudFormation", want: ""},
		"a CDK stack by its role":                     {tags: map[string]string{stackName: "web"}, registeredBy: cdkRole, want: "CDK stack web"},
		"a CDK stack by its role in the event": {
			origin: trigger.Origin{EventName: "RegisterTaskDefinition", Principal: cdkRole}, want: "CDK",
		},
		"a CDK role in another session":     {registeredBy: strings.Replace(cdkRole, "/AWSCloudFormation", "/anna", 1), want: ""},
		"a role with CDK's name within":     {registeredBy: strings.Replace(cdkRole, "/cdk-", "/not-cdk-", 1), want: "CloudFormation"},
		"a CDK stack by its logical id":     {tags: map[string]string{stackName: "web", logicalID: "TaskDefB54E9D0E"}, want: "CDK stack web"},
		"a logical id without a stack":      {tags: map[string]string{logicalID: "TaskDefB54E9D0E"}, want: ""},
		"a CDK hotswap":                     {origin: registered("aws-sdk-js/3.0 cdk-hotswap/success-ecs-service"), want: "CDK"},
		"Copilot":                           {tags: with(workload("shop", "prod", "api"), stackName, "shop-prod-api"), want: "Copilot application shop, environment prod, service api"},
		"Copilot by its role":               {registeredBy: "arn:aws:sts::123456789012:assumed-role/shop-prod-CFNExecutionRole/AWSCloudFormation", want: "Copilot"},
		"Copilot's tags on another stack":   {tags: with(workload("shop", "prod", "api"), stackName, "web"), want: "CloudFormation stack web"},
		"Copilot's tags alone":              {tags: workload("shop", "prod", "api"), want: "perhaps Copilot application shop, environment prod, service api"},
		"Copilot's tags, set by Terraform":  {tags: workload("shop", "prod", "api"), origin: registered(terraform), want: "Terraform"},
		"two of Copilot's three tags":       {tags: workload("shop", "prod", ""), want: ""},
		"Terraform":                         {origin: registered(terraform), want: "Terraform"},
		"an old Terraform, in brackets":     {origin: registered("[aws-sdk-go/1.20.4 (go1.12.5; darwin; amd64) APN/1.0 HashiCorp/1.0 Terraform/0.12.2]"), want: "Terraform"},
		"Terraform in a comment":            {origin: registered("tool/1.0 (HashiCorp/1.0 Terraform/1.9.8)"), want: ""},
		"HashiCorp's other tools":           {origin: registered("APN/1.0 HashiCorp/1.0 Vault/1.9.8"), want: ""},
		"Terraform that made another call":  {origin: trigger.Origin{EventName: "UpdateService", UserAgent: terraform}, want: ""},
		"Pulumi":                            {origin: registered(pulumi), want: "Pulumi"},
		"a tag that says Terraform":         {tags: map[string]string{"Managed-By": "Terraform"}, want: "perhaps Terraform"},
		"a tag Terraform: true":             {tags: map[string]string{"Terraform": "true"}, want: "perhaps Terraform"},
		"a tag Terraform: false":            {tags: map[string]string{"Terraform": "false"}, want: ""},
		"a tag that says OpenTofu":          {tags: map[string]string{"managed_by": "opentofu"}, want: "perhaps Terraform"},
		"a tag that says a person":          {tags: map[string]string{"ManagedBy": "anna"}, want: ""},
		"a tag against a stack":             {tags: map[string]string{"ManagedBy": "terraform", stackName: "web"}, want: "CloudFormation stack web"},
		"a tag against a user agent":        {tags: map[string]string{"ManagedBy": "cdk"}, origin: registered(terraform), want: "Terraform"},
		"a reserved key with another start": {tags: map[string]string{"xaws:cloudformation:stack-name": "web"}, want: ""},
		"an ARN that is no stack's":         {tags: map[string]string{stackID: "web"}, want: ""},
		"a name of several lines":           {tags: map[string]string{"copilot-application": "a\nb", "copilot-environment": "c", "copilot-service": "d"}, want: "perhaps Copilot application a b, environment c, service d"},
	} {
		t.Run(name, func(t *testing.T) {
			d := rules.Definition{Task: types.TaskDefinition{}}
			for k, v := range c.tags {
				d.Tags = append(d.Tags, types.Tag{Key: &k, Value: &v})
			}
			if c.registeredBy != "" {
				d.Task.RegisteredBy = &c.registeredBy
			}
			got, ok := owner.OfDefinition(d, c.origin)
			if got.String() != c.want || ok != (c.want != "") || got.Decides == (c.want == "" || strings.HasPrefix(c.want, "perhaps")) {
				t.Errorf("got %q, decides %t, found %t; want %q", got, got.Decides, ok, c.want)
			}
			if ok && len(got.Evidence) == 0 {
				t.Error("an owner without evidence")
			}
		})
	}
}

// TestOnlyWhatIsRecordedDecides: no tag that anybody may set turns a correction into a report.
func TestOnlyWhatIsRecordedDecides(t *testing.T) {
	var d rules.Definition
	for _, key := range []string{
		"copilot-application", "copilot-environment", "copilot-service", "Terraform", "terraform", "cdk", "ManagedBy", "managed-by", "pulumi",
		"AWS_cloudformation:stack-name", "cloudformation", "firewarden:owner", "iac", "CreatedBy",
	} {
		for _, value := range []string{"true", "terraform", "cloudformation", "cdk", "pulumi"} {
			d.Tags = []types.Tag{
				{Key: &key, Value: &value},
				{Key: aws.String("copilot-application"), Value: &value},
				{Key: aws.String("copilot-environment"), Value: &value},
				{Key: aws.String("copilot-service"), Value: &value},
			}
			if got, _ := owner.OfDefinition(d, registered("aws-cli/2.9.8")); got.Decides {
				t.Errorf("%s: %s decides: %v", key, value, got.Evidence)
			}
		}
	}
}

func TestGroupsAreRecognised(t *testing.T) {
	changed := trigger.Origin{EventName: "AuthorizeSecurityGroupIngress", UserAgent: terraform}
	stack := []ec2types.Tag{{Key: aws.String(stackName), Value: aws.String("net")}, {Key: aws.String(logicalID), Value: aws.String("RouterSg")}}
	for name, c := range map[string]struct {
		tags   []ec2types.Tag
		origin trigger.Origin
		want   string
	}{
		"nothing":                    {want: ""},
		"a stack":                    {tags: stack, want: "CloudFormation stack net"},
		"a stack before Terraform":   {tags: stack, origin: changed, want: "CloudFormation stack net"},
		"Terraform":                  {origin: changed, want: "Terraform"},
		"the deployment of a family": {origin: registered(terraform), want: ""},
		"a tag without key or value": {tags: []ec2types.Tag{{}}, want: ""},
	} {
		if got, ok := owner.OfGroup(c.tags, c.origin); got.String() != c.want || ok != (c.want != "") {
			t.Errorf("%s: got %q, %t; want %q", name, got, ok, c.want)
		}
	}
}

func TestEvidenceSaysWhoCanWriteIt(t *testing.T) {
	d := rules.Definition{Tags: []types.Tag{
		{Key: aws.String(stackName), Value: aws.String("web")}, {Key: aws.String("ManagedBy"), Value: aws.String("cloudformation")},
	}}
	d.Task.RegisteredBy = aws.String("arn:aws:sts::123456789012:assumed-role/deployer/AWSCloudFormation")
	got, _ := owner.OfDefinition(d, trigger.Origin{})
	want := []string{
		"tag aws:cloudformation:stack-name web (only AWS writes it)",
		"registered by role deployer in a session of AWSCloudFormation (AWS recorded it, the caller chose it)",
	}
	if !slices.Equal(got.Evidence, want) {
		t.Errorf("evidence %q", got.Evidence)
	}
}
