package reconcile_test

import (
	"fmt"
	"slices"

	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// entries are ingress entries as what they let in. Written anew, not taken from the rules and plans, which are under test.
type entries []ec2types.SecurityGroupRule

// protocols that an entry for all traffic is looked at for; 50 stands for those that cannot be listed.
var allProtocols = []string{"tcp", "udp", "icmp", "icmpv6", "50"}

// lets says whether an entry lets a protocol, port and source in.
func lets(e ec2types.SecurityGroupRule, protocol string, port int32, source string) bool {
	if rules.Source(e) != source {
		return false
	}
	switch of := *e.IpProtocol; {
	case of == "-1":
		return true
	case of != protocol:
		return false
	case of == "tcp" || of == "udp":
		return *e.FromPort <= port && port <= *e.ToPort
	}
	return true
}

func (all entries) let(protocol string, port int32, source string) bool {
	return slices.ContainsFunc(all, func(e ec2types.SecurityGroupRule) bool { return lets(e, protocol, port, source) })
}

// probes are ports of which one lies in each part that these entries tell apart.
func (all entries) probes() []int32 {
	ports := []int32{0, rules.Port - 1, rules.Port, rules.Port + 1, 65535}
	for _, e := range all {
		if p := *e.IpProtocol; p == "tcp" || p == "udp" {
			ports = append(ports, *e.FromPort-1, *e.FromPort, *e.ToPort, *e.ToPort+1)
		}
	}
	slices.Sort(ports)
	return slices.DeleteFunc(slices.Compact(ports), func(p int32) bool { return p < 0 || p > 65535 })
}

// refused is the first thing that entries let in and others do not, apart from what may be closed; "" where there is none.
func (all entries) refused(by entries, mayClose func(e ec2types.SecurityGroupRule, protocol string, port int32) bool) string {
	probes := slices.Concat(all, by).probes()
	for _, e := range all {
		for _, protocol := range allProtocols {
			for _, port := range probes {
				if lets(e, protocol, port, rules.Source(e)) && !mayClose(e, protocol, port) && !by.let(protocol, port, rules.Source(e)) {
					return fmt.Sprintf("%s %d from %s", protocol, port, rules.Source(e))
				}
			}
		}
	}
	return ""
}

// mayClose says what a remediation may refuse of what an entry lets in: 24224 of what the router listens on, and what cannot be
// listed where the policy allows to lose it.
func (s *scene) mayClose(e ec2types.SecurityGroupRule, protocol string, port int32) bool {
	return s.closes(e, protocol) && port == rules.Port || *e.IpProtocol == "-1" && s.shape.loss && protocol == "50"
}

// open is the first entry that lets 24224 in although the policy lets it be closed.
func (s *scene) open(now entries) string {
	for _, e := range now {
		for _, protocol := range []string{"tcp", "udp"} {
			if s.closes(e, protocol) && lets(e, protocol, rules.Port, rules.Source(e)) {
				return rules.Allowance(e)
			}
		}
	}
	return ""
}
