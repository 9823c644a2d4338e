package owner

import (
	"strings"

	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// Tool is a tool that keeps the source of resources. The zero value is none that is known.
type Tool string

// The tools.
const (
	Copilot        Tool = "Copilot"
	CDK            Tool = "CDK"
	CloudFormation Tool = "CloudFormation"
	Terraform      Tool = "Terraform"
	Pulumi         Tool = "Pulumi"
)

// Owner says which tool keeps the source of a resource, and by what it was recognised. It decides one thing, whether a
// corrected revision is registered or proposed, and that only where Decides is set. The zero value is no owner.
type Owner struct {
	Tool Tool `json:"tool"`
	// Name is the stack, or Copilot's application, environment and service joined by slashes; "" where nothing tells it.
	Name string `json:"name,omitempty"`
	// Decides says that AWS wrote or recorded some of the evidence. Without it there is a tag that anybody may set, and the
	// owner chooses no more than the language of a patch.
	Decides bool `json:"decides"`
	// Evidence are the traces that were seen, each with who can write it.
	Evidence []string `json:"evidence"`
}

// OfDefinition recognises the owner of a definition by its tags, registeredBy and the call that registered it; false where
// nothing speaks of one. An origin of any other call says nothing about who keeps the definition.
func OfDefinition(d rules.Definition, origin trigger.Origin) (Owner, bool) {
	t := traces{tags: map[string]string{}, registeredBy: text(d.Task.RegisteredBy)}
	for _, tag := range d.Tags {
		t.tags[text(tag.Key)] = text(tag.Value)
	}
	return t.from(origin, "RegisterTaskDefinition").owner()
}

// OfGroup recognises the owner of a security group by its tags and the call that changed its entries; false where nothing
// speaks of one.
func OfGroup(tags []ec2types.Tag, origin trigger.Origin) (Owner, bool) {
	t := traces{tags: map[string]string{}}
	for _, tag := range tags {
		t.tags[text(tag.Key)] = text(tag.Value)
	}
	return t.from(origin, "AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules", "RevokeSecurityGroupIngress").owner()
}

// String names the owner for people: "CloudFormation stack web", "Terraform", "Copilot application shop, environment prod,
// service api"; "perhaps Terraform" where it does not decide; "" for no owner.
func (o Owner) String() string {
	s := string(o.Tool)
	if o.Name != "" {
		s += " " + named(o.Tool, o.Name)
	}
	if s != "" && !o.Decides {
		s = "perhaps " + s
	}
	return s
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// named is a name with the words that the tool has for it.
func named(tool Tool, name string) string {
	if parts := strings.Split(name, "/"); tool == Copilot && len(parts) == 3 {
		return "application " + parts[0] + ", environment " + parts[1] + ", service " + parts[2]
	}
	return "stack " + name
}
