package owner

import (
	"fmt"

	"github.com/firewarden/firewarden/pkg/rules"
)

// cdkPeers are the calls of ec2.Peer by the member that names the source.
var cdkPeers = []struct{ source, call string }{
	{"CidrIpv4", "ipv4"}, {"CidrIpv6", "ipv6"}, {"PrefixListId", "prefixList"}, {"ReferencedGroupId", "securityGroupId"},
}

// cdkPorts are the calls of ec2.Port by protocol.
var cdkPorts = map[string]string{
	"tcp": "tcpRange", "udp": "udpRange", "icmp": "allIcmp", "icmpv6": "allIcmpV6", "-1": "allTraffic",
}

func cdkIngress(group string, gone, fresh []object) string {
	head := typescript.remark("", "Of securityGroup, which is "+quote(group)+":")
	return head + typescript.removedEntries(gone, nil) + each(fresh, cdkRule)
}

// cdkRule is the call that adds an entry; a comment where ec2.Port and ec2.Peer have no call for it.
func cdkRule(e object) string {
	peer, port := cdkPeer(e), cdkPort(e)
	if peer == "" || port == "" {
		return typescript.remark("", "add: "+typescript.inline(e))
	}
	args := []any{code(peer), code(port)}
	if d := e.str("Description"); d != "" {
		args = append(args, d)
	}
	return "securityGroup.addIngressRule(" + joined(args, typescript.inline) + ");\n"
}

func cdkPeer(e object) string {
	for _, p := range cdkPeers {
		if source := e.str(p.source); source != "" {
			return "ec2.Peer." + p.call + "(" + quote(source) + ")"
		}
	}
	return ""
}

func cdkPort(e object) string {
	protocol := rules.Protocol(e.str("IpProtocol"))
	call, ok := cdkPorts[protocol]
	from, to := e.int("FromPort"), e.int("ToPort")
	ranged := protocol == "tcp" || protocol == "udp"
	switch {
	case !ok, ranged != (from >= 0 && to >= 0): // no such call; tcp without ports, ICMP of one type
		return ""
	case ranged:
		return fmt.Sprintf("ec2.Port.%s(%d, %d)", call, from, to)
	}
	return "ec2.Port." + call + "()"
}

// int is the number of a member; -1, EC2's "any", where there is none.
func (o object) int(name string) int32 {
	for _, m := range o {
		if n, ok := m.value.(int32); ok && m.name == name {
			return n
		}
	}
	return -1
}
