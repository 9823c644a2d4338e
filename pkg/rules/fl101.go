package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func fl101() Rule {
	return Rule{
		ID:       "FL101",
		Title:    "A security group of an awsvpc task with a FireLens router lets port 24224 in",
		Severity: Medium,
		Mode:     Remediate,
		Kind:     KindGroup,
		Needs:    NeedsAccount,
		Doc: Doc{
			What: "A task in awsvpc network mode runs a FireLens router, and an ingress entry of one of its security groups covers port 24224 over tcp " +
				"(or udp, where the router is Fluentd). AWS: \"you must not allow ingress traffic on port 24224 in the security group your task uses\".",
			Why: "The forward protocol that the router speaks has no authentication as ECS configures it: whoever reaches the port can inject log records under " +
				"any tag, or fill the router's buffers until the application's own logs are lost. The listener that ECS generates is on loopback in awsvpc; a custom " +
				"configuration file, entry point or image that opens its own listener (Fluent Bit's forward input defaults to 0.0.0.0:24224) makes an open entry real " +
				"the moment it is deployed. Severity is high where the definition shows that this may be so, medium otherwise.",
			Fix: "Takes 24224, and nothing else, out of the entry: exactly 24224 is revoked by its rule id; a range that ends or starts there is narrowed in place, " +
				"so that id, tags and description stay; a range around it is split: the upper part is authorized first, with the same source, description and tags, then the " +
				"original is narrowed to the lower part. Entries for all traffic are reported only, unless the policy sets allow_protocol_loss. Established flows live " +
				"on until they end.",
			Silent: "For groups that no awsvpc task or service with a router uses; for egress; for udp where no router is Fluentd; for an aggregator that serves " +
				"24224 without a firelensConfiguration. Groups of host-mode instances are another rule's.",
			Before:  "ingress  tcp  24000-25000  0.0.0.0/0",
			After:   "ingress  tcp  24000-24223  0.0.0.0/0\ningress  tcp  24225-25000  0.0.0.0/0",
			Sources: []string{srcTaskDef, srcModifySGR, srcAgentConf, srcFluentd},
		},
		Check: onGroup(func(g Group, p Params) []Finding { return openEntries("FL101", g, g.FirelensUsers("awsvpc"), p) }),
		Fix:   fixGroup(func(g Group, p Params) Group { return closed(g, g.FirelensUsers("awsvpc"), p) }),
	}
}

// openEntries are the findings of a group whose entries let 24224 in to these users: one for each protocol and source.
func openEntries(rule string, g Group, users []User, p Params) []Finding {
	if len(users) == 0 {
		return nil
	}
	var found []Finding
	bySource := map[string]int{}
	protocols := listens(users)
	for _, e := range g.Entries {
		if !slices.ContainsFunc(protocols, func(proto string) bool { return Covers(e, proto, Port) }) {
			continue
		}
		f := openEntry(rule, g, e, users, p)
		if i, seen := bySource[f.Path]; seen {
			found[i].Evidence = append(found[i].Evidence, f.Evidence[0])
			continue
		}
		bySource[f.Path] = len(found)
		found = append(found, f)
	}
	return found
}

func openEntry(rule string, g Group, e types.SecurityGroupRule, users []User, p Params) Finding {
	protocol := Protocol(str(e.IpProtocol))
	f := Finding{
		Rule:     rule,
		Severity: Medium,
		Status:   Noncompliant,
		Resource: g.Ref(),
		Path:     "ingress[" + protocol + " " + Source(e) + "]",
		Message:  fmt.Sprintf("%s lets port %d in from %s to the FireLens router of %s", g.ID, Port, Source(e), describeUsers(users)),
		Evidence: []string{"entry " + str(e.SecurityGroupRuleId) + ": " + Allowance(e)},
		Fixable:  protocol != "-1" || p.AllowProtocolLoss,
	}
	for _, u := range users {
		line := u.By + " " + u.Name + " runs " + u.Definition.Name()
		if why := u.Definition.OwnListener(); why != "" {
			f.Severity, line = High, line+": "+why
		}
		f.Evidence = append(f.Evidence, line)
	}
	return f
}

// closed is the group with 24224 taken out of its entries for what these users' routers listen on.
func closed(g Group, users []User, p Params) Group {
	if len(users) > 0 {
		g.Entries = close24224(g.Entries, listens(users), p)
	}
	return g
}

const usersNamed = 3

func describeUsers(users []User) string {
	var names []string
	for i, u := range users {
		if i == usersNamed {
			return strings.Join(names, ", ") + fmt.Sprintf(" and %d more", len(users)-i)
		}
		names = append(names, u.By+" "+u.Name)
	}
	return strings.Join(names, ", ")
}
