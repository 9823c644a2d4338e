package ec2conformance

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

func authorizeCases() []Case {
	return []Case{
		{Name: "all traffic is described with ports -1", run: func(p *place) {
			e := p.add(all())
			if aws.ToString(e.IpProtocol) != "-1" || aws.ToInt32(e.FromPort) != -1 || aws.ToInt32(e.ToPort) != -1 {
				p.Errorf("entry %+v", e)
			}
		}},
		{Name: "all traffic twice from one source is refused", run: func(p *place) {
			p.add(all())
			p.refused(ec2sg.IsDuplicate, p.authorize(all()))
		}},
		{Name: "all traffic and a port from one source are two entries", run: func(p *place) {
			p.add(all())
			p.add(from4(tcp(443, 443), "192.0.2.0/24"))
			p.has("-1 all 192.0.2.0/24", "tcp 443 192.0.2.0/24")
		}},
		{Name: "icmp of all types is kept", run: func(p *place) {
			e := from4(tcp(-1, -1), "192.0.2.0/24")
			e.IpProtocol = aws.String("icmp")
			p.add(e)
		}},
		{Name: "icmpv6 of one type is kept", run: func(p *place) {
			e := from6(tcp(128, 0))
			e.IpProtocol = aws.String("icmpv6")
			p.add(e)
		}},
		{Name: "protocols given by number are described by name", run: func(p *place) {
			for number, name := range map[string]string{"6": "tcp", "17": "udp"} {
				e := from4(tcp(514, 514), "192.0.2.0/24")
				e.IpProtocol = &number
				if got := p.add(e); *got.IpProtocol != name {
					p.Errorf("%s is described as %s", number, *got.IpProtocol)
				}
			}
		}},
		{Name: "tcp and udp on one port are two entries", run: func(p *place) {
			p.add(from4(tcp(24224, 24224), "192.0.2.0/24"))
			e := from4(tcp(24224, 24224), "192.0.2.0/24")
			e.IpProtocol = aws.String("udp")
			p.add(e)
			p.has("tcp 24224 192.0.2.0/24", "udp 24224 192.0.2.0/24")
		}},
		{Name: "tags that AWS reserves stay behind", run: func(p *place) {
			e := p.add(tagged(tagged(from4(tcp(1, 2), "192.0.2.0/24"), "aws:cloudformation:stack-name", "web"), "team", "web"))
			if got := tagTexts(e.Tags); !sameSet(got, []string{"team=web"}) {
				p.Errorf("tags %q", got)
			}
		}},
		{Name: "a group that is not there cannot be opened", run: func(p *place) {
			e := from4(tcp(1, 2), "192.0.2.0/24")
			p.refused(ec2sg.IsNotFound, p.store.Apply(p.Context(), noGroup, plan.Step{Op: plan.Authorize, After: &e}))
		}},
		{Name: "a group that is not there cannot be a source", run: func(p *place) {
			e := tcp(1, 2)
			e.ReferencedGroupInfo = &types.ReferencedSecurityGroup{GroupId: aws.String(noGroup)}
			p.refused(ec2sg.IsNotFound, p.authorize(e))
		}},
		{Name: "a malformed range is invalid", run: func(p *place) {
			p.refused(ec2sg.IsInvalid, p.authorize(from4(tcp(1, 2), "192.0.2.0")))
			p.has()
		}},
		{Name: "a range with host bits is stored canonical", Row: "E21", run: func(p *place) {
			p.must(p.authorize(from4(tcp(1, 2), "192.0.2.17/24")))
			p.has("tcp 1-2 192.0.2.0/24")
			p.refused(ec2sg.IsDuplicate, p.authorize(from4(tcp(1, 2), "192.0.2.18/24")))
		}},
		{Name: "a call with a new and a known entry adds neither", Row: "E20", run: func(p *place) {
			p.add(from4(tcp(1, 2), "192.0.2.0/24"))
			_, err := p.AuthorizeSecurityGroupIngress(p.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
				GroupId: &p.group, IpPermissions: []types.IpPermission{values(1, 2, "198.51.100.0/24"), values(1, 2, "192.0.2.0/24")},
			})
			p.refused(ec2sg.IsDuplicate, err)
			p.has("tcp 1-2 192.0.2.0/24")
		}},
		{Name: "a dry run changes nothing", run: func(p *place) {
			_, err := p.AuthorizeSecurityGroupIngress(p.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
				GroupId: &p.group, IpPermissions: []types.IpPermission{values(1, 2, "192.0.2.0/24")}, DryRun: aws.Bool(true),
			})
			var api smithy.APIError
			if !errors.As(err, &api) || api.ErrorCode() != "DryRunOperation" {
				p.Errorf("was answered with %v", err)
			}
			p.has()
		}},
	}
}

// values is a permission for one IPv4 range.
func values(from, to int32, cidr string) types.IpPermission {
	return types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: &from, ToPort: &to, IpRanges: []types.IpRange{{CidrIp: &cidr}}}
}

func modifyCases() []Case {
	return []Case{
		{Name: "modifying leaves the other entries", run: func(p *place) {
			was := p.add(from4(tcp(24000, 24224), "192.0.2.0/24"))
			p.add(from4(tcp(24000, 24224), "198.51.100.0/24"))
			p.must(p.modify(was, ranged(was, 24000, 24223)))
			p.has("tcp 24000-24223 192.0.2.0/24", "tcp 24000-24224 198.51.100.0/24")
		}},
		{Name: "modifying changes the description alone", run: func(p *place) {
			was := p.add(described(from4(tcp(1, 2), "192.0.2.0/24"), "before"))
			p.must(p.modify(was, described(was, "after")))
			p.kept(was, described(was, "after"))
		}},
		{Name: "modifying changes the protocol: all traffic becomes tcp", run: func(p *place) {
			was := p.add(all())
			want := ranged(was, 0, 24223)
			want.IpProtocol = aws.String("tcp")
			p.must(p.modify(was, want))
			p.kept(was, want)
		}},
		{Name: "modifying back gives the very same entry", run: func(p *place) {
			was := p.add(tagged(described(from4(tcp(24000, 24224), "192.0.2.0/24"), "before"), "team", "web"))
			p.must(p.modify(was, ranged(was, 24000, 24223)))
			p.must(p.modify(was, was))
			p.kept(was, was)
		}},
		{Name: "modifying twice is modifying once", run: func(p *place) {
			was := p.add(from4(tcp(24000, 24224), "192.0.2.0/24"))
			p.must(p.modify(was, ranged(was, 24000, 24223)))
			p.must(p.modify(was, ranged(was, 24000, 24223)))
			p.kept(was, ranged(was, 24000, 24223))
		}},
		{Name: "modifying into what is there is refused", Row: "E23", run: func(p *place) {
			was := p.add(from4(tcp(24000, 24224), "192.0.2.0/24"))
			p.add(from4(tcp(24000, 24223), "192.0.2.0/24"))
			p.refused(ec2sg.IsDuplicate, p.modify(was, ranged(was, 24000, 24223)))
			p.has("tcp 24000-24224 192.0.2.0/24", "tcp 24000-24223 192.0.2.0/24")
		}},
		{Name: "modifying a rule that is not there is not found", run: func(p *place) {
			e := from4(tcp(1, 2), "192.0.2.0/24")
			e.SecurityGroupRuleId = aws.String(noRule)
			p.refused(ec2sg.IsNotFound, p.modify(e, e))
		}},
		{Name: "modifying another group's rule is not found", run: func(p *place) {
			e := p.add(from4(tcp(1, 2), "192.0.2.0/24"))
			p.refused(ec2sg.IsNotFound, p.store.Apply(p.Context(), p.friend, plan.Step{Op: plan.Modify, Before: &e, After: &e}))
		}},
		{Name: "modifying without a source is invalid", run: func(p *place) {
			was := p.add(from4(tcp(1, 2), "192.0.2.0/24"))
			want := was
			want.CidrIpv4 = nil
			p.refused(ec2sg.IsInvalid, p.modify(was, want))
		}},
		{Name: "modifying to two sources is invalid", run: func(p *place) {
			was := p.add(from4(tcp(1, 2), "192.0.2.0/24"))
			p.refused(ec2sg.IsInvalid, p.modify(was, from6(was)))
		}},
		{Name: "modifying an IPv6 range into an IPv4 range is invalid", run: func(p *place) {
			was := p.add(from6(tcp(1, 2)))
			want := from4(was, "192.0.2.0/24")
			want.CidrIpv6 = nil
			p.refused(ec2sg.IsInvalid, p.modify(was, want))
			p.has("tcp 1-2 2001:db8::/32")
		}},
	}
}

func quotaCases() []Case {
	return []Case{
		{Name: "the 61st entry is refused and the group stays as it is", run: func(p *place) {
			p.fill(60)
			p.refused(ec2sg.IsRuleLimit, p.authorize(from4(tcp(443, 443), "198.51.100.0/24")))
			if n := len(p.read().Entries); n != 60 {
				p.Errorf("the group has %d entries", n)
			}
		}},
		{Name: "a full group can be narrowed and revoked from", run: func(p *place) {
			p.fill(60)
			e := p.read().Entries[0]
			p.must(p.modify(e, ranged(e, 50000, 50001)))
			p.must(p.revoke(e))
			p.must(p.authorize(from4(tcp(443, 443), "198.51.100.0/24")))
		}},
		{Name: "IPv4 and IPv6 have a quota each", Row: "E25", run: func(p *place) {
			p.fill(60)
			p.must(p.authorize(from6(tcp(443, 443))))
			e := tcp(443, 443)
			e.ReferencedGroupInfo = &types.ReferencedSecurityGroup{GroupId: &p.friend}
			p.refused(ec2sg.IsRuleLimit, p.authorize(e))
		}},
		{Name: "an id is not given again", run: func(p *place) {
			e := from4(tcp(1, 2), "192.0.2.0/24")
			first := p.add(e)
			p.must(p.revoke(first))
			if again := p.add(e); *again.SecurityGroupRuleId == *first.SecurityGroupRuleId {
				p.Error("the same entry, revoked and authorized, has its old id")
			}
		}},
	}
}

// fill gives the group n entries in one call.
func (p *place) fill(n int32) {
	p.Helper()
	var permissions []types.IpPermission
	for i := range n {
		permissions = append(permissions, values(i, i, "192.0.2.0/24"))
	}
	_, err := p.AuthorizeSecurityGroupIngress(p.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &p.group, IpPermissions: permissions})
	p.must(err)
}

func revokeCases() []Case {
	return []Case{
		{Name: "revoking a rule that is not there is not found", run: func(p *place) {
			p.refused(ec2sg.IsNotFound, p.revoke(types.SecurityGroupRule{SecurityGroupRuleId: aws.String(noRule)}))
		}},
		{Name: "revoking twice is not found", run: func(p *place) {
			e := p.add(from4(tcp(1, 2), "192.0.2.0/24"))
			p.must(p.revoke(e))
			p.refused(ec2sg.IsNotFound, p.revoke(e))
		}},
		{Name: "revoking another group's rule is not found", run: func(p *place) {
			e := p.add(from4(tcp(1, 2), "192.0.2.0/24"))
			p.refused(ec2sg.IsNotFound, p.store.Apply(p.Context(), p.friend, plan.Step{Op: plan.Revoke, Before: &e}))
			p.has(rules.Allowance(e))
		}},
		{Name: "revoking from a group that is not there is not found", run: func(p *place) {
			e := p.add(from4(tcp(1, 2), "192.0.2.0/24"))
			p.refused(ec2sg.IsNotFound, p.store.Apply(p.Context(), noGroup, plan.Step{Op: plan.Revoke, Before: &e}))
		}},
		{Name: "revoking a known and an unknown rule revokes neither", run: func(p *place) {
			e := p.add(from4(tcp(1, 2), "192.0.2.0/24"))
			_, err := p.RevokeSecurityGroupIngress(p.Context(), &ec2.RevokeSecurityGroupIngressInput{
				GroupId: &p.group, SecurityGroupRuleIds: []string{*e.SecurityGroupRuleId, noRule},
			})
			p.refused(ec2sg.IsNotFound, err)
			p.has(rules.Allowance(e))
		}},
		{Name: "revoking by values needs no description", run: func(p *place) {
			p.add(described(from4(tcp(1, 2), "192.0.2.0/24"), "log shippers"))
			_, err := p.revokeValues(p.group, values(1, 2, "192.0.2.0/24"))
			p.must(err)
			p.has()
		}},
		{Name: "revoking values inside a range is not found", run: func(p *place) {
			p.add(from4(tcp(24000, 25000), "192.0.2.0/24"))
			_, err := p.revokeValues(p.group, values(24224, 24224, "192.0.2.0/24"))
			p.refused(ec2sg.IsNotFound, err)
			p.has("tcp 24000-25000 192.0.2.0/24")
		}},
		{Name: "revoking known and unknown values revokes neither", Row: "E20", run: func(p *place) {
			p.add(from4(tcp(1, 2), "192.0.2.0/24"))
			_, err := p.revokeValues(p.group, values(1, 2, "192.0.2.0/24"), values(3, 4, "192.0.2.0/24"))
			p.refused(ec2sg.IsNotFound, err)
			p.has("tcp 1-2 192.0.2.0/24")
		}},
		{Name: "revoking unknown values in the default VPC is a footnote", Row: "E24", run: func(p *place) {
			group := p.newGroup("forgiving-"+p.vpc, "")
			out, err := p.revokeValues(group, values(1, 2, "192.0.2.0/24"))
			p.must(err)
			if len(out.UnknownIpPermissions) != 1 {
				p.Errorf("the answer lists %d unknown permissions", len(out.UnknownIpPermissions))
			}
		}},
	}
}

func (p *place) revokeValues(group string, v ...types.IpPermission) (*ec2.RevokeSecurityGroupIngressOutput, error) {
	return p.RevokeSecurityGroupIngress(p.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, IpPermissions: v})
}
