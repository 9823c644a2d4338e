package owner_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/owner"
	"github.com/firewarden/firewarden/pkg/plan"
)

// from is an entry with another source.
func from(change func(*types.SecurityGroupRule)) types.SecurityGroupRule {
	e := open("")
	e.CidrIpv4 = nil
	change(&e)
	return e
}

// spelledOut is the plan that makes tcp without 24224, udp and both kinds of ICMP of an entry for all traffic.
func spelledOut() plan.Ingress {
	all := open("all of it")
	all.IpProtocol, all.FromPort, all.ToPort = aws.String("-1"), aws.Int32(-1), aws.Int32(-1)
	protocol := func(name string, from, to int32) types.SecurityGroupRule {
		e := all
		e.SecurityGroupRuleId, e.IpProtocol, e.FromPort, e.ToPort = nil, &name, &from, &to
		return e
	}
	return ingress(all, protocol("tcp", 0, 24223), protocol("tcp", 24225, 65535), protocol("udp", 0, 65535),
		protocol("icmp", -1, -1), protocol("icmpv6", -1, -1), protocol("50", -1, -1), protocol("icmp", 8, 0), protocol("tcp", -1, -1))
}

// TestIngressPatches has one file a language, with every kind of plan and source.
func TestIngressPatches(t *testing.T) {
	plans := map[string]plan.Ingress{
		"narrowed":             narrowed(open("logs of the office")),
		"revoked":              revoked(open("")),
		"spelled out":          spelledOut(),
		"narrowed IPv6":        narrowed(from(func(e *types.SecurityGroupRule) { e.CidrIpv6 = aws.String("::/0") })),
		"narrowed prefix list": narrowed(from(func(e *types.SecurityGroupRule) { e.PrefixListId = aws.String("pl-1") })),
		"narrowed group": narrowed(from(func(e *types.SecurityGroupRule) {
			e.ReferencedGroupInfo = &types.ReferencedSecurityGroup{GroupId: aws.String("sg-0def")}
		})),
		"narrowed, of no source": narrowed(from(func(*types.SecurityGroupRule) {})),
	}
	for tool, language := range languages {
		var all strings.Builder
		for _, name := range slices.Sorted(maps.Keys(plans)) {
			patch := owner.Owner{Tool: tool}.PatchIngress(plans[name])
			parses(t, tool, patch)
			all.WriteString("== " + name + "\n" + patch)
		}
		golden(t, "ingress-"+strings.ToLower(cmp.Or(string(tool), "plain"))+"."+language+".txt", all.String())
	}
}
