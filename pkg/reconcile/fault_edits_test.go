package reconcile_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/ec2sg"
)

// hazard is a fault of a call, or somebody else's edit just before it.
type hazard struct {
	plain fault
	name  string
	edit  func(*scene)
	// dies says that the process dies right after the edit, before its call.
	dies bool
	// reopens says that the edit can let 24224 in again after it was closed.
	reopens bool
}

// hazards are all that can befall a call.
func hazards() []hazard {
	var all []hazard
	for _, f := range plain {
		all = append(all, hazard{plain: f, name: f.name})
	}
	return append(all,
		hazard{name: "revokes", edit: (*scene).revokes},
		hazard{name: "ports", edit: (*scene).ports, reopens: true},
		hazard{name: "narrows", edit: (*scene).narrows},
		hazard{name: "describes", edit: (*scene).describes},
		hazard{name: "upper half", edit: func(s *scene) { s.adds("tcp", 24225, 25000) }},
		hazard{name: "lower half", edit: func(s *scene) { s.adds("tcp", 24000, 24223) }},
		hazard{name: "opens more", edit: func(s *scene) { s.adds("tcp", 24200, 24240) }, reopens: true},
		hazard{name: "deletes", edit: (*scene).deletes},
	)
}

// fault is the hazard in an attempt.
func (h hazard) fault(a *attempt) fault {
	if h.edit == nil {
		return h.plain
	}
	return fault{name: h.name, befall: func(l *line, effect func() error) error {
		a.w.revoking = l.hit == "ec2 RevokeSecurityGroupIngress"
		h.edit(a.scene)
		if l.hit == readsEntries { // this call sees it
			a.w.unseen = false
		}
		if h.dies {
			l.die()
		}
		return effect()
	}}
}

// befalls says whether it makes sense at a call.
func (h hazard) befalls(call string) bool { return h.plain.on == nil || h.plain.on(call) }

// remediations is how many there may be.
func (h hazard) remediations() int {
	if h.reopens {
		return 2
	}
	return 1
}

// ignored is for an edit that EC2 refuses, because what it is about is gone or there already: then there was none.
func ignored[Out any](*Out, error) {}

func (s *scene) revokes() {
	ignored(s.ec2.Other().RevokeSecurityGroupIngress(context.Background(), &ec2.RevokeSecurityGroupIngressInput{
		GroupId: &s.group, SecurityGroupRuleIds: []string{*s.target.SecurityGroupRuleId},
	}))
}

// ports makes the target another range around 24224.
func (s *scene) ports() { s.modifies(24100, 24300, s.target.Description) }

// narrows takes 24224 out of the target, and more.
func (s *scene) narrows() { s.modifies(24100, 24200, s.target.Description) }

// describes gives the target another description, and leaves its ports as they are now.
func (s *scene) describes() {
	for _, e := range s.standing() {
		if *e.SecurityGroupRuleId == *s.target.SecurityGroupRuleId {
			s.modifies(*e.FromPort, *e.ToPort, aws.String("edited"))
		}
	}
}

func (s *scene) modifies(from, to int32, description *string) {
	now := s.target
	for _, e := range s.standing() {
		if *e.SecurityGroupRuleId == *s.target.SecurityGroupRuleId {
			now = e
		}
	}
	want := &ec2types.SecurityGroupRuleRequest{
		IpProtocol: now.IpProtocol, FromPort: &from, ToPort: &to, Description: description,
		CidrIpv4: now.CidrIpv4, CidrIpv6: now.CidrIpv6, PrefixListId: now.PrefixListId,
	}
	if now.ReferencedGroupInfo != nil {
		want.ReferencedGroupId = now.ReferencedGroupInfo.GroupId
	}
	if *now.IpProtocol == "-1" && from > 0 {
		want.IpProtocol = aws.String("tcp")
	}
	ignored(s.ec2.Other().ModifySecurityGroupRules(context.Background(), &ec2.ModifySecurityGroupRulesInput{
		GroupId: &s.group, SecurityGroupRules: []ec2types.SecurityGroupRuleUpdate{{SecurityGroupRuleId: now.SecurityGroupRuleId, SecurityGroupRule: want}},
	}))
}

// adds lets a range in from the target's source.
func (s *scene) adds(protocol string, from, to int32) {
	p := permission(protocol, from, to)
	switch t := s.target; {
	case t.CidrIpv6 != nil:
		p.Ipv6Ranges = []ec2types.Ipv6Range{{CidrIpv6: t.CidrIpv6, Description: aws.String("theirs too")}}
	case t.PrefixListId != nil:
		p.PrefixListIds = []ec2types.PrefixListId{{PrefixListId: t.PrefixListId, Description: aws.String("theirs too")}}
	case t.ReferencedGroupInfo != nil:
		p.UserIdGroupPairs = []ec2types.UserIdGroupPair{{GroupId: t.ReferencedGroupInfo.GroupId, Description: aws.String("theirs too")}}
	default:
		p.IpRanges = []ec2types.IpRange{{CidrIp: t.CidrIpv4, Description: aws.String("theirs too")}}
	}
	ignored(s.ec2.Other().AuthorizeSecurityGroupIngress(context.Background(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &s.group, IpPermissions: []ec2types.IpPermission{p},
	}))
}

func (s *scene) deletes() {
	ignored(s.ec2.Other().DeleteSecurityGroup(context.Background(), &ec2.DeleteSecurityGroupInput{GroupId: &s.group}))
}

// exists says whether the group is still there.
func (s *scene) exists() bool {
	s.t.Helper()
	g, err := ec2sg.Store{API: s.ec2.Other()}.Group(s.t.Context(), s.group)
	if err != nil && !ec2sg.IsNotFound(err) {
		s.t.Fatal(err)
	}
	return g.ID != ""
}

// blindAllowed says where somebody else's edit of the target cannot be noticed: in the moment between the last read and a change of
// it, which EC2 makes without asking what was there.
func blindAllowed(h hazard, call string) bool {
	switch call {
	case "ec2 ModifySecurityGroupRules":
		return h.name == "ports" || h.name == "narrows" || h.name == "describes"
	case "ec2 RevokeSecurityGroupIngress":
		return h.name == "ports" || h.name == "narrows" || h.name == "describes"
	}
	return false
}
