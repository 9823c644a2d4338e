package source

import (
	"cmp"
	"fmt"
	"reflect"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

func (s *stack) entriesAt(n node, name, doubt string, at Position) []entry {
	found := s.entriesOf(n, name, doubt)
	for i := range found {
		found[i].at = at
	}
	return found
}

// entriesOf are the entries of a list, of one object, or of each that may stand there.
func (s *stack) entriesOf(n node, name, doubt string) []entry {
	var found []entry
	switch {
	case n.kind == unknown && len(n.items) > 0:
		for _, one := range n.items {
			found = append(found, s.entriesOf(one, name, n.why)...)
		}
	case n.kind == unknown:
		found = append(found, anything(n.at, n.why))
	case n.kind == list:
		for i, one := range n.items {
			found = append(found, s.entriesOf(one, name+"["+strconv.Itoa(i)+"]", doubt)...)
		}
	case n.kind == object:
		found = s.entry(n, name, doubt)
	case n.kind != null && n.kind != absent:
		found = append(found, anything(n.at, fmt.Sprintf("line %d: %s stands where an ingress entry belongs", n.at.Line, n.kind)))
	}
	return found
}

// entry reads one entry: one for each source, as EC2 keeps them. What stands for a source that exists after deployment is a source:
// the entry lets it in, whatever it will be.
func (s *stack) entry(n node, name, doubt string) []entry {
	d := newDecoder(cloudFormation)
	e := entry{at: n.at, why: doubt}
	d.value(place{}, n, reflect.ValueOf(&e.rule).Elem())
	e.rule = types.SecurityGroupRule{SecurityGroupRuleId: &name, IpProtocol: e.rule.IpProtocol, FromPort: e.rule.FromPort, ToPort: e.rule.ToPort, Description: e.rule.Description}
	e.widen(d.unknown)
	why := fmt.Sprintf("line %d: the entry names no source", n.at.Line)
	var all []entry
	for _, known := range sources {
		source := n.get(known.key)
		if text := source.text; text != "" {
			if g := s.called(text, kindGroup); g != nil {
				text = g.name
			}
			one := e
			known.set(&one.rule, &text)
			all = append(all, one)
		} else if source.kind == unknown {
			why = source.why
		}
	}
	if len(all) > 0 {
		return all
	}
	e.rule.CidrIpv4, e.why = anything(n.at, "").rule.CidrIpv4, cmp.Or(doubt, why)
	return []entry{e}
}

// sources are the keys that name a source, and the fields of EC2 that do. EC2 refuses an entry with two of them.
var sources = []struct {
	key string
	set func(*types.SecurityGroupRule, *string)
}{
	{"CidrIp", func(r *types.SecurityGroupRule, v *string) { r.CidrIpv4 = v }},
	{"CidrIpv6", func(r *types.SecurityGroupRule, v *string) { r.CidrIpv6 = v }},
	{"SourcePrefixListId", func(r *types.SecurityGroupRule, v *string) { r.PrefixListId = v }},
	{"SourceSecurityGroupId", fromGroup},
	{"SourceSecurityGroupName", fromGroup},
}

func fromGroup(r *types.SecurityGroupRule, v *string) {
	r.ReferencedGroupInfo = &types.ReferencedSecurityGroup{GroupId: v}
}

// widen gives what is unknown of protocol and ports the value that lets most in. All traffic has no ports.
func (e *entry) widen(unknown map[string]string) {
	if why := unknown["ipProtocol"]; why != "" || e.rule.IpProtocol == nil {
		all := "-1"
		e.rule.IpProtocol, e.why = &all, cmp.Or(e.why, why, fmt.Sprintf("line %d: the entry names no protocol", e.at.Line))
	}
	if rules.Protocol(*e.rule.IpProtocol) == "-1" {
		e.rule.FromPort, e.rule.ToPort = nil, nil
		return
	}
	first, last := int32(0), int32(65535)
	e.rule.FromPort = e.widest(e.rule.FromPort, unknown["fromPort"], &first)
	e.rule.ToPort = e.widest(e.rule.ToPort, unknown["toPort"], &last)
}

func (e *entry) widest(port *int32, why string, bound *int32) *int32 {
	if why == "" {
		return port
	}
	e.why = cmp.Or(e.why, why)
	return bound
}
