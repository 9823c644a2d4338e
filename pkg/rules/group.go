package rules

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Group is a security group with its ingress entries, and who uses it.
type Group struct {
	// ID is the group's "sg-…" id; Name and VPC are for people. Owner is the owning account.
	ID, Name, VPC, Owner string
	// Tags are the group's own: information for people.
	Tags []types.Tag
	// Entries are the ingress entries, one a source, as DescribeSecurityGroupRules gives them. A desired entry without a
	// SecurityGroupRuleId is one to be created.
	Entries []types.SecurityGroupRule
	// Users are the tasks' definitions that the group guards. Empty: unused now.
	Users []User
	// Servers are what else behind the group may serve 24224 itself, in words. They are looked for in live audits.
	Servers []string
}

// User is one reason for which a group matters.
type User struct {
	// By is "service", "task", "container instance", or, for what is to start tasks, "schedule" or "EventBridge rule".
	By string
	// Name is cluster/service, the task's id, cluster/instance with EC2's id of the instance, or cluster/group/schedule and cluster/bus/rule
	// with the cluster in which the tasks start.
	Name string
	// Definition is the task definition that runs (or would run) there.
	Definition Definition
}

// Kind is KindGroup.
func (g Group) Kind() Kind { return KindGroup }

// Ref is "security-group/" and the id.
func (g Group) Ref() string { return string(KindGroup) + "/" + g.ID }

// FirelensUsers are the users whose definition has a router in that network mode: services first, each kind by name, whoever listed them.
func (g Group) FirelensUsers(mode string) []User {
	var found []User
	for _, u := range g.Users {
		if string(u.Definition.NetworkMode()) == mode && len(u.Definition.Routers()) > 0 {
			found = append(found, u)
		}
	}
	slices.SortStableFunc(found, func(a, b User) int {
		return cmp.Or(rank(a)-rank(b), strings.Compare(a.By, b.By), strings.Compare(a.Name, b.Name))
	})
	return found
}

func rank(u User) int {
	if u.By == "service" {
		return 0
	}
	return 1
}

// allPorts is what tcp and udp entries without ports mean.
var allPorts = ports{0, 65535}

// Protocol is the canonical protocol of an entry: "tcp", "udp", "icmp", "icmpv6", "-1" (all traffic), or a number.
func Protocol(name string) string {
	if canonical, ok := protocolNumbers[strings.ToLower(name)]; ok {
		return canonical
	}
	return strings.ToLower(name)
}

var protocolNumbers = map[string]string{"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}

// Covers says whether an ingress entry lets a protocol and port in. All-traffic entries cover every port.
func Covers(e types.SecurityGroupRule, protocol string, port int32) bool {
	switch Protocol(str(e.IpProtocol)) {
	case "-1":
		return true
	case protocol:
		return entryPorts(e).covers(port)
	}
	return false
}

func entryPorts(e types.SecurityGroupRule) ports {
	if e.FromPort == nil || e.ToPort == nil || *e.FromPort < 0 {
		return allPorts
	}
	return ports{*e.FromPort, *e.ToPort}
}

// Source is the canonical source of an entry: a CIDR, a prefix list's id, or a group's id.
func Source(e types.SecurityGroupRule) string {
	switch {
	case e.ReferencedGroupInfo != nil:
		return str(e.ReferencedGroupInfo.GroupId)
	default:
		return cmp.Or(str(e.CidrIpv4), str(e.CidrIpv6), str(e.PrefixListId))
	}
}

// Allowance is what an entry is, apart from its id, description and tags: "tcp 24000-25000 0.0.0.0/0". EC2 refuses two
// entries of one group with the same.
func Allowance(e types.SecurityGroupRule) string {
	return Protocol(str(e.IpProtocol)) + " " + portsText(e) + " " + Source(e)
}

func portsText(e types.SecurityGroupRule) string {
	switch Protocol(str(e.IpProtocol)) {
	case "tcp", "udp":
		return entryPorts(e).String()
	case "icmp", "icmpv6":
		if e.FromPort != nil && e.ToPort != nil {
			return "type " + ports{*e.FromPort, *e.FromPort}.String() + " code " + ports{*e.ToPort, *e.ToPort}.String()
		}
	}
	return "all"
}

// listens are the protocols that the routers of these users listen on: tcp, and udp where one is Fluentd, whose in_forward
// binds a UDP heartbeat socket on the same port.
func listens(users []User) []string {
	for _, u := range users {
		for _, r := range u.Definition.Routers() {
			if r.FirelensConfiguration.Type == "fluentd" {
				return []string{"tcp", "udp"}
			}
		}
	}
	return []string{"tcp"}
}

// close24224 returns the entries with 24224 taken out for these protocols. All-traffic entries are left alone unless they are
// to be spelled out, with 24224 taken out for the protocols of spelled. Entries that need no change are returned as they are;
// the first remaining part keeps the entry's id, further ones have none.
func close24224(entries []types.SecurityGroupRule, protocols, spelled []string) []types.SecurityGroupRule {
	var desired []types.SecurityGroupRule
	for _, e := range entries {
		for i, part := range remainder(e, protocols, spelled) {
			if i > 0 {
				part.SecurityGroupRuleId, part.SecurityGroupRuleArn = nil, nil
			}
			desired = append(desired, part)
		}
	}
	return desired
}

// remainder is what an entry becomes: itself, its narrowed parts, or nothing.
func remainder(e types.SecurityGroupRule, protocols, spelled []string) []types.SecurityGroupRule {
	protocol := Protocol(str(e.IpProtocol))
	switch {
	case protocol == "-1" && spelled != nil:
		return spelledOut(e, spelled)
	case slices.Contains(protocols, protocol):
		var parts []types.SecurityGroupRule
		for _, left := range entryPorts(e).without(Port) {
			parts = append(parts, narrowed(e, protocol, left))
		}
		return parts
	}
	return []types.SecurityGroupRule{e}
}

// spelledOut lists the protocols of an all-traffic entry that can be listed, without 24224.
func spelledOut(e types.SecurityGroupRule, protocols []string) []types.SecurityGroupRule {
	var parts []types.SecurityGroupRule
	for _, protocol := range []string{"tcp", "udp"} {
		left := []ports{allPorts}
		if slices.Contains(protocols, protocol) {
			left = allPorts.without(Port)
		}
		for _, r := range left {
			parts = append(parts, narrowed(e, protocol, r))
		}
	}
	return append(parts, narrowed(e, "icmp", ports{-1, -1}), narrowed(e, "icmpv6", ports{-1, -1}))
}

func narrowed(e types.SecurityGroupRule, protocol string, p ports) types.SecurityGroupRule {
	if Protocol(str(e.IpProtocol)) == protocol && entryPorts(e) == p {
		return e
	}
	e.IpProtocol, e.FromPort, e.ToPort = &protocol, &p.from, &p.to
	return e
}
