package owner

import (
	"strings"

	"github.com/firewarden/firewarden/pkg/plan"
)

// maxPatch bounds a patch, in bytes. ECS takes ten containers a definition and 64 KB in all.
const maxPatch = 16 << 10

// dialect writes plans for one tool, in one language.
type dialect struct {
	language
	definition func([]edit) string
	ingress    func(group string, gone, fresh []object) string
}

// dialects by tool; no tool is the API's own JSON. Pulumi's containerDefinitions is that JSON as a string.
var dialects = map[Tool]dialect{
	CloudFormation: {yaml, template.definition, cloudFormationIngress("In the AWS::EC2::SecurityGroup")},
	CDK:            {typescript, cdkDefinition, cdkIngress},
	Copilot:        {yaml, copilotDefinition, cloudFormationIngress("By copilot env override or copilot svc override, in the AWS::EC2::SecurityGroup")},
	Terraform:      {hcl, terraform.definition, terraformIngress},
	Pulumi:         {jsonc, plain.definition, plainIngress},
	"":             {jsonc, plain.definition, plainIngress},
}

// Patch is the snippet that makes a plan's changes at the source, in the owner's language: the changed containers and members
// only. Whatever goes is named in a comment. No value is shown of a member that may hold secrets. "" for an empty plan.
func (o Owner) Patch(p plan.Revision) string {
	if p.Empty() {
		return ""
	}
	d, c := o.dialect(), changes(p)
	var s string
	if len(c.edits) > 0 {
		s = d.definition(c.edits)
	}
	return d.bounded(s + each(c.silent, func(path string) string {
		return d.remark("", "changed too, its value not shown: "+quote(path))
	}))
}

// dialect is the tool's; that of no tool where a record names one that is not known here.
func (o Owner) dialect() dialect {
	if d, ok := dialects[o.Tool]; ok {
		return d
	}
	return dialects[""]
}

// bounded cuts a patch at a line's end and says so. A cut patch is there to be read, not pasted.
func (l language) bounded(s string) string {
	if len(s) <= maxPatch {
		return s
	}
	return s[:strings.LastIndexByte(s[:maxPatch], '\n')+1] + l.remark("", "cut: the patch is longer than what is shown")
}
