package owner

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/plan"
)

// PatchIngress is the snippet that makes a plan's changes of a group's entries at the source, in the owner's language: the
// entries that go in comments, and the entries that come. "" for an empty plan.
func (o Owner) PatchIngress(p plan.Ingress) string {
	if p.Empty() {
		return ""
	}
	var gone, fresh []object
	for _, step := range p.Steps {
		if step.Before != nil {
			gone = append(gone, entry(*step.Before))
		}
		if step.After != nil {
			fresh = append(fresh, entry(*step.After))
		}
	}
	d := o.dialect()
	return d.bounded(d.ingress(p.Group, gone, fresh))
}

// entry is an ingress entry by the API's names; ports are left out where the protocol has none.
func entry(e types.SecurityGroupRule) object {
	o := object{{"IpProtocol", text(e.IpProtocol)}}
	if text(e.IpProtocol) != "-1" {
		o = o.number("FromPort", e.FromPort).number("ToPort", e.ToPort)
	}
	o = o.text("CidrIpv4", e.CidrIpv4).text("CidrIpv6", e.CidrIpv6).text("PrefixListId", e.PrefixListId)
	if e.ReferencedGroupInfo != nil {
		o = o.text("ReferencedGroupId", e.ReferencedGroupInfo.GroupId)
	}
	return o.text("Description", e.Description)
}

func (o object) number(name string, p *int32) object {
	if p == nil {
		return o
	}
	return append(o, member{name, *p})
}

func (o object) text(name string, p *string) object {
	if text(p) == "" {
		return o
	}
	return append(o, member{name, *p})
}

// renamed is an object by other names.
func (o object) renamed(names map[string]string) object {
	var other object
	for _, m := range o {
		if name, ok := names[m.name]; ok {
			m.name = name
		}
		other = append(other, m)
	}
	return other
}

// str is the text of a member; "" where there is none.
func (o object) str(name string) string {
	for _, m := range o {
		if s, ok := m.value.(string); ok && m.name == name {
			return s
		}
	}
	return ""
}

// cfnNames and hclNames are the members of an entry where they differ from the API's.
var (
	cfnNames = map[string]string{"CidrIpv4": "CidrIp", "PrefixListId": "SourcePrefixListId", "ReferencedGroupId": "SourceSecurityGroupId"}
	hclNames = map[string]string{
		"IpProtocol": "ip_protocol", "FromPort": "from_port", "ToPort": "to_port", "CidrIpv4": "cidr_ipv4", "CidrIpv6": "cidr_ipv6",
		"PrefixListId": "prefix_list_id", "ReferencedGroupId": "referenced_security_group_id", "Description": "description",
	}
)

// removedEntries are comments that name the entries which go.
func (l language) removedEntries(gone []object, names map[string]string) string {
	return each(gone, func(e object) string { return l.remark("", "remove: "+l.inline(e.renamed(names))) })
}

func cloudFormationIngress(where string) func(string, []object, []object) string {
	return func(group string, gone, fresh []object) string {
		s := yaml.remark("", where+" "+quote(group)+", or its AWS::EC2::SecurityGroupIngress:") + yaml.removedEntries(gone, cfnNames)
		if len(fresh) > 0 {
			s += "SecurityGroupIngress:\n"
		}
		return s + each(fresh, func(e object) string {
			return "  - " + strings.TrimLeft(yaml.lines(e.renamed(cfnNames), "    "), " ") + "\n"
		})
	}
}

func terraformIngress(group string, gone, fresh []object) string {
	s := hcl.remark("", "Of security group "+quote(group)+":") + hcl.removedEntries(gone, hclNames)
	n := 0
	return s + each(fresh, func(e object) string {
		n++
		e = append(object{{"security_group_id", group}}, e.renamed(hclNames)...)
		return fmt.Sprintf("resource \"aws_vpc_security_group_ingress_rule\" \"without_24224_%d\" {\n%s\n}\n", n, hcl.lines(e, "  "))
	})
}

func plainIngress(group string, gone, fresh []object) string {
	s := jsonc.remark("", "Of security group "+quote(group)+":") + jsonc.removedEntries(gone, nil)
	if len(fresh) == 0 {
		return s
	}
	var lines []string
	for _, e := range fresh {
		lines = append(lines, "  "+jsonc.inline(e))
	}
	return s + "[\n" + strings.Join(lines, ",\n") + "\n]\n"
}
