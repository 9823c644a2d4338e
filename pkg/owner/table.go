package owner

import (
	"regexp"
	"strings"
)

// writer says who can write a trace.
type writer string

// The writers. What the caller chose still names a call by somebody who may register definitions; a tag may be set by
// whoever may tag, and copied by any pipeline.
const (
	aws    writer = "only AWS writes it"
	caller writer = "AWS recorded it, the caller chose it"
	anyone writer = "anybody may set it, so it decides nothing"
)

// recogniser is one trace of one tool.
type recogniser struct {
	tool   Tool
	writer writer
	// see returns what was seen, for people; "" where the trace is not there.
	see func(traces) string
	// name is what the tool calls the resource's source; nil where the trace does not tell it.
	name func(traces) string
	// source documents the trace.
	source string
}

// cfnSession is the session name under which CloudFormation assumes the role that it deploys with.
const cfnSession = "AWSCloudFormation"

const (
	srcStackTags    = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html"
	srcRecord       = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html"
	srcSession      = "https://github.com/aws/serverless-application-model/issues/448"
	srcSynthesizer  = "https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html"
	srcLogicalID    = "https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html"
	srcHotswap      = "https://github.com/aws/aws-cdk-cli/blob/main/packages/@aws-cdk/toolkit-lib/lib/api/hotswap/hotswap-deployments.ts"
	srcCopilotStack = "https://github.com/aws/copilot-cli/blob/mainline/internal/pkg/deploy/cloudformation/stack/name.go"
	srcCopilotTags  = "https://github.com/aws/copilot-cli/blob/mainline/internal/pkg/deploy/deploy.go"
	srcCopilotRole  = "https://github.com/aws/copilot-cli/blob/mainline/internal/pkg/cli/env_init.go"
	srcTerraform    = "https://github.com/hashicorp/terraform/pull/9806"
	srcPulumi       = "https://github.com/pulumi/pulumi-aws/blob/master/patches/0002-Conns-user-agent.patch"
)

var (
	// cdkRole is a role of CDK's bootstrap stack: cdk-QUALIFIER-cfn-exec-role-ACCOUNT-REGION.
	cdkRole = regexp.MustCompile(`^cdk-[A-Za-z0-9_-]{1,10}-cfn-exec-role-[0-9]{12}-[a-z0-9-]+$`)
	// copilotRole is the role of a Copilot environment: APPLICATION-ENVIRONMENT-CFNExecutionRole.
	copilotRole = regexp.MustCompile(`^[a-z][a-z0-9-]*-[a-z][a-z0-9-]*-CFNExecutionRole$`)
	anyRole     = regexp.MustCompile(``)
	// cdkID is a logical id as CDK makes them: the construct's path and eight digits of its hash.
	cdkID = regexp.MustCompile(`^[A-Za-z0-9]+[0-9A-F]{8}$`)
)

// recognisers in the order of precedence: Copilot and CDK are CloudFormation beneath, and leave its traces too; conventions
// come last. SAM and OpenTofu leave no trace of their own: they are taken for CloudFormation and Terraform.
var recognisers = []recogniser{
	{Copilot, aws, seeCopilotStack, copilotName, srcCopilotStack},
	{Copilot, caller, func(t traces) string { return t.deployed(copilotRole) }, copilotName, srcCopilotRole},
	{CDK, caller, func(t traces) string { return t.deployed(cdkRole) }, traces.stack, srcSynthesizer},
	{CDK, aws, seeCDKID, traces.stack, srcLogicalID},
	{CDK, caller, func(t traces) string { return t.agent("cdk-hotswap/") }, traces.stack, srcHotswap},
	{CloudFormation, aws, seeStack, traces.stack, srcStackTags},
	{CloudFormation, aws, seeAddress, nil, srcRecord},
	{CloudFormation, caller, func(t traces) string { return t.deployed(anyRole) }, nil, srcSession},
	{Terraform, caller, func(t traces) string { return t.agent("HashiCorp/", "Terraform/") }, nil, srcTerraform},
	{Pulumi, caller, func(t traces) string { return t.agent("APN/", "Pulumi/") }, nil, srcPulumi},
	{Copilot, anyone, seeCopilotTags, copilotName, srcCopilotTags},
	{CDK, anyone, said("cdk"), nil, ""},
	{CloudFormation, anyone, said("cloudformation"), nil, ""},
	{Terraform, anyone, said("terraform", "opentofu"), nil, ""},
	{Pulumi, anyone, said("pulumi"), nil, ""},
}

func copilotName(t traces) string { return t.workload("/") }

// seeCopilotStack wants the stack, which only CloudFormation can have written, to be the one that Copilot makes of its tags.
func seeCopilotStack(t traces) string {
	name := t.workload("-")
	if name == "" || t.stack() != name[:min(len(name), 128)] { // stack names end at 128
		return ""
	}
	return "tag aws:cloudformation:stack-name " + name + " with the tags copilot-application, copilot-environment and copilot-service"
}

func seeCopilotTags(t traces) string {
	if t.workload("/") == "" {
		return ""
	}
	return "tags copilot-application, copilot-environment and copilot-service"
}

func seeCDKID(t traces) string {
	id := t.tags["aws:cloudformation:logical-id"]
	if t.stack() == "" || !cdkID.MatchString(id) {
		return ""
	}
	return "tag aws:cloudformation:logical-id " + id + ", which ends as CDK's do"
}

func seeStack(t traces) string {
	if t.stack() == "" {
		return ""
	}
	return "tag aws:cloudformation:stack-name " + t.stack()
}

// seeAddress trusts the source address and not the user agent, which any caller may send: AWS writes a service's name there
// when the service makes the call.
func seeAddress(t traces) string {
	if t.origin.SourceIP != "cloudformation.amazonaws.com" {
		return ""
	}
	return "source address cloudformation.amazonaws.com of " + t.origin.EventName
}

// said sees the tags by which people say which tool they use: "ManagedBy: terraform", "Terraform: true".
func said(tools ...string) func(traces) string {
	return func(t traces) string {
		for _, tool := range tools {
			if strings.EqualFold(t.folded(tool), "true") {
				return "tag " + tool + ": true"
			}
			for _, key := range []string{"managedby", "provisionedby", "createdby", "iac"} {
				if v := t.folded(key); strings.EqualFold(v, tool) {
					return "tag " + key + ": " + v
				}
			}
		}
		return ""
	}
}
