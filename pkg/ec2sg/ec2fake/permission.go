package ec2fake

import (
	"net/netip"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// spell turns permissions into entries, one a source, validated and canonical, without ids and tags.
func (w *world) spell(g *group, permissions []types.IpPermission) ([]types.SecurityGroupRule, error) {
	var entries []types.SecurityGroupRule
	for _, p := range permissions {
		base, err := ported(types.SecurityGroupRule{
			GroupId: g.GroupId, GroupOwnerId: aws.String(Owner), IsEgress: aws.Bool(false),
			IpProtocol: p.IpProtocol, FromPort: p.FromPort, ToPort: p.ToPort,
		})
		if err != nil {
			return nil, err
		}
		sources := sourcesOf(p)
		if len(sources) == 0 {
			return nil, Refusal("MissingParameter", "Missing source specification: include source security group or CIDR information")
		}
		for _, s := range sources {
			e := base
			if err := w.source(&e, s, true); err != nil {
				return nil, err
			}
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// source is where an entry lets traffic in from, as a call says it: one of the first four, and a description.
type source struct {
	v4, v6, list, group, description *string
}

func sourcesOf(p types.IpPermission) []source {
	var all []source
	for _, r := range p.IpRanges {
		all = append(all, source{v4: r.CidrIp, description: r.Description})
	}
	for _, r := range p.Ipv6Ranges {
		all = append(all, source{v6: r.CidrIpv6, description: r.Description})
	}
	for _, r := range p.PrefixListIds {
		all = append(all, source{list: r.PrefixListId, description: r.Description})
	}
	for _, r := range p.UserIdGroupPairs {
		all = append(all, source{group: r.GroupId, description: r.Description})
	}
	return all
}

// source puts a validated source into an entry. Authorize stores a CIDR with host bits canonical (SDK documentation of IpRange);
// modify refuses it (alchemy-run/distilled pull request 608, seen on AWS).
func (w *world) source(e *types.SecurityGroupRule, s source, mask bool) error {
	if err := described(s.description); err != nil {
		return err
	}
	e.Description, e.CidrIpv4, e.CidrIpv6, e.PrefixListId, e.ReferencedGroupInfo = copied(s.description), nil, nil, nil, nil
	if e.Description != nil && *e.Description == "" { // described as none
		e.Description = nil
	}
	var err error
	switch {
	case s.v4 != nil:
		e.CidrIpv4, err = cidr(*s.v4, netip.Addr.Is4, mask)
	case s.v6 != nil:
		e.CidrIpv6, err = cidr(*s.v6, netip.Addr.Is6, mask)
	case s.list != nil:
		e.PrefixListId = copied(s.list)
		_, err = w.list(*s.list)
	default:
		e.ReferencedGroupInfo, err = w.referenced(aws.ToString(s.group))
	}
	return err
}

func cidr(text string, family func(netip.Addr) bool, mask bool) (*string, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil || !family(p.Addr()) || p.Addr().Is4In6() {
		return nil, invalidf("CIDR block %s is malformed", text)
	}
	if !mask && p != p.Masked() {
		return nil, invalidf("CIDR block %s is not canonical", text)
	}
	return aws.String(p.Masked().String()), nil
}

func (w *world) list(id string) (types.ManagedPrefixList, error) {
	for _, l := range w.lists {
		if *l.PrefixListId == id {
			return l, nil
		}
	}
	return types.ManagedPrefixList{}, Refusal("InvalidPrefixListID.NotFound", "The prefix list ID '"+id+"' does not exist")
}

// referenced resolves a referenced group: a bare id of a group that is there.
func (w *world) referenced(id string) (*types.ReferencedSecurityGroup, error) {
	if !strings.HasPrefix(id, "sg-") {
		return nil, Refusal("InvalidGroupId.Malformed", "Invalid id: \""+id+"\"")
	}
	g := w.group(id)
	if g == nil {
		return nil, noGroup(id)
	}
	return &types.ReferencedSecurityGroup{GroupId: aws.String(id), UserId: copied(g.OwnerId)}, nil
}

func noGroup(id string) error {
	return Refusal("InvalidGroup.NotFound", "The security group '"+id+"' does not exist")
}

const (
	maxDescription = 255
	// marks are the characters, beside letters and digits, that a description may have (SDK documentation of IpRange).
	marks = " ._-:/()#,@[]+=&;{}!$*"
)

func described(text *string) error {
	d := aws.ToString(text)
	bad := strings.ContainsFunc(d, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && !strings.ContainsRune(marks, r)
	})
	if bad || len(d) > maxDescription {
		return invalidf("Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. %s", marks)
	}
	return nil
}

// ported makes an entry's protocol canonical and validates its ports, or its ICMP type and code. A protocol that has neither
// is described with -1.
func ported(e types.SecurityGroupRule) (types.SecurityGroupRule, error) {
	if aws.ToString(e.IpProtocol) == "" {
		return e, invalidf("Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly.")
	}
	protocol := rules.Protocol(*e.IpProtocol)
	e.IpProtocol = &protocol
	switch given := e.FromPort != nil && e.ToPort != nil; protocol {
	case "tcp", "udp":
		if !given {
			return e, invalidf("Invalid value for portRange. Must specify both from and to ports with TCP/UDP.")
		}
		return e, validPorts(*e.FromPort, *e.ToPort)
	case "icmp", "icmpv6":
		if given {
			return e, validType(*e.FromPort, *e.ToPort)
		}
	}
	e.FromPort, e.ToPort = aws.Int32(-1), aws.Int32(-1) // icmpv6 without a type means all; assumed of icmp too
	return e, nil
}

func validPorts(from, to int32) error {
	if from < 0 || from > to || to > 65535 {
		return invalidf("Invalid TCP/UDP port range (%d:%d)", from, to)
	}
	return nil
}

// validType holds an ICMP type and code, of which -1 means all: all codes where all types.
func validType(kind, code int32) error {
	if kind < -1 || kind > 255 || code < -1 || code > 255 || kind == -1 && code != -1 {
		return invalidf("ICMP type (%d) and code (%d) out of range", kind, code)
	}
	return nil
}

// permissionsOf are the permissions of a call, also where they are given flat: one CIDR, one protocol, one range.
func permissionsOf(in ec2.AuthorizeSecurityGroupIngressInput) []types.IpPermission {
	if in.CidrIp == nil {
		return in.IpPermissions
	}
	return append(in.IpPermissions, types.IpPermission{
		IpProtocol: in.IpProtocol, FromPort: in.FromPort, ToPort: in.ToPort, IpRanges: []types.IpRange{{CidrIp: in.CidrIp}},
	})
}
