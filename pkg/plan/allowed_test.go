package plan_test

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// interval is an inclusive range of ports.
type interval struct{ from, to int32 }

// ports is a set of ports: intervals in order that neither meet nor touch.
type ports []interval

// with is the set and an interval more.
func (p ports) with(more interval) ports {
	all := append(slices.Clone(p), more)
	slices.SortFunc(all, func(a, b interval) int { return cmp.Compare(a.from, b.from) })
	joined := all[:1]
	for _, i := range all[1:] {
		if last := &joined[len(joined)-1]; i.from <= last.to+1 {
			last.to = max(last.to, i.to)
			continue
		}
		joined = append(joined, i)
	}
	return joined
}

// without is the set less one port.
func (p ports) without(port int32) ports {
	var left ports
	for _, i := range p {
		if port < i.from || i.to < port {
			left = append(left, i)
			continue
		}
		if i.from < port {
			left = append(left, interval{i.from, port - 1})
		}
		if port < i.to {
			left = append(left, interval{port + 1, i.to})
		}
	}
	return left
}

// holds says whether every port of another set is in this one.
func (p ports) holds(others ports) bool {
	for _, o := range others {
		if !slices.ContainsFunc(p, func(i interval) bool { return i.from <= o.from && o.to <= i.to }) {
			return false
		}
	}
	return true
}

func (p ports) String() string { return fmt.Sprint([]interval(p)) }

// allowed is what entries let in: ports by protocol and source.
type allowed map[string]ports

// others stands for all protocols that cannot be listed; an entry for protocol 50 is one of them.
const others = "others"

// open is what entries let in, less what part leaves out of each.
func open(entries []types.SecurityGroupRule, part func(types.SecurityGroupRule, string, ports) ports) allowed {
	set := allowed{}
	for _, e := range entries {
		for protocol, p := range spelled(e) {
			key := protocol + " " + rules.Source(e)
			for _, i := range part(e, protocol, p) {
				set[key] = set[key].with(i)
			}
		}
	}
	return set
}

// spelled is what one entry lets in, by protocol. Written anew, not taken from the rules, which are under test.
func spelled(e types.SecurityGroupRule) map[string]ports {
	every := ports{{0, 65535}}
	switch protocol := aws.ToString(e.IpProtocol); protocol {
	case "-1":
		return map[string]ports{"tcp": every, "udp": every, "icmp": every, "icmpv6": every, "50": every, others: every}
	case "tcp", "udp":
		return map[string]ports{protocol: {{*e.FromPort, *e.ToPort}}}
	default:
		return map[string]ports{protocol: every}
	}
}

// lost is the first thing, by protocol and source, that one set holds and another does not; "" where it holds all.
func lost(want, got allowed) string {
	for key, p := range want {
		if !got[key].holds(p) {
			return fmt.Sprintf("%s: %s is not all of %s", key, got[key], p)
		}
	}
	return ""
}
