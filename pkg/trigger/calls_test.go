package trigger_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/trigger"
)

const (
	sg     = "sg-0123456789abcdef0"
	hidden = `"HIDDEN_DUE_TO_SECURITY_REASONS"`
)

func TestARegistrationNamesItsFamily(t *testing.T) {
	for _, c := range []struct{ sentence, request, response, family string }{
		{"by the request", `{"family":"web_1-A","containerDefinitions":[]}`, `{"taskDefinition":{"family":"other"}}`, "web_1-A"},
		{"by the response where the request is null", `null`, `{"taskDefinition":{"family":"web"}}`, "web"},
		{"by the response where the request is absent", ``, `{"taskDefinition":{"family":"web"}}`, "web"},
		{"by the response where the request is redacted", hidden, `{"taskDefinition":{"family":"web"}}`, "web"},
		{"by the response where the family is redacted", `{"family":` + hidden + `}`, `{"taskDefinition":{"family":"web"}}`, "web"},
		{"by the response where the request is cut", `{"omitted":true}`, `{"taskDefinition":{"family":"web"}}`, "web"},
		{"whatever the containers look like", `{"containerDefinitions":5,"family":"web"}`, hidden, "web"},
		{"of the longest kind", `{"family":"` + strings.Repeat("a", 255) + `"}`, `null`, strings.Repeat("a", 255)},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			want := trigger.Event{Kind: trigger.Definition, ID: envelopeID, Families: []string{c.family}, Origin: origin("RegisterTaskDefinition")}
			if diff := cmp.Diff(want, parse(t, ecs("RegisterTaskDefinition", c.request, c.response).body())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestARegistrationWithoutAFamilyIsMalformed(t *testing.T) {
	const at = "detail.requestParameters.family"
	for _, c := range []struct{ sentence, request, response, what string }{
		{"neither half", `null`, `null`, at + " is missing"},
		{"both redacted", `{"family":` + hidden + `}`, hidden, at + " is missing"},
		{"a number", `{"family":7}`, `{}`, at + " is missing"},
		{"an ARN", `{"family":"arn:aws:ecs:eu-west-1:1:task-definition/web:1"}`, `{}`, at + " is no family of task definitions"},
		{"a line break at the end", `{"family":"web\n"}`, `{}`, at + " is no family of task definitions"},
		{"one letter too many", `{"family":"` + strings.Repeat("a", 256) + `"}`, `{}`, at + " is no family of task definitions"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			wantMalformed(t, ecs("RegisterTaskDefinition", c.request, c.response).body(), c.what)
		})
	}
}

// perms is an array-form request for one group.
func perms(items string) string {
	return `{"groupId":"` + sg + `","ipPermissions":{"items":[` + items + `]}}`
}

func perm(protocol string, from, to int) string {
	return fmt.Sprintf(`{"ipProtocol":%q,"fromPort":%d,"toPort":%d,"groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{},"prefixListIds":{}}`, protocol, from, to)
}

// ruleSet is a response whose items are as many as they are told.
func ruleSet(items ...string) string {
	return `{"_return":true,"securityGroupRuleSet":{"items":[` + strings.Join(items, ",") + `]}}`
}

func item(protocol string, from, to int) string {
	return fmt.Sprintf(`{"groupOwnerId":"111122223333","groupId":%q,"securityGroupRuleId":"sgr-1","isEgress":false,"ipProtocol":%q,"fromPort":%d,"toPort":%d,"cidrIpv4":"0.0.0.0/0"}`, sg, protocol, from, to)
}

func TestAnIngressEventThatSurelyLeavesThePortAloneIsIgnored(t *testing.T) {
	old := `{"requestId":"r","_return":true}`
	for _, c := range []struct{ sentence, request, response string }{
		{"another port", perms(perm("tcp", 22, 22)), ruleSet(item("tcp", 22, 22))},
		{"up to the port", perms(perm("tcp", 0, 24223)), ruleSet(item("tcp", 0, 24223))},
		{"from behind the port", perms(perm("tcp", 24225, 65535)), ruleSet(item("tcp", 24225, 65535))},
		{"several, all elsewhere", perms(perm("tcp", 22, 22) + "," + perm("udp", 53, 53)), ruleSet(item("tcp", 22, 22), item("udp", 53, 53))},
		{"icmp with codes that look like the port", perms(perm("icmp", 24224, 24224)), old},
		{"icmpv6 by number", perms(perm("58", -1, -1)), old},
		{"another protocol", perms(`{"ipProtocol":"50"}`), ruleSet(`{"groupId":"` + sg + `","ipProtocol":"50","fromPort":-1,"toPort":-1}`)},
		{"a record without a rule set, by its request", perms(perm("tcp", 443, 443)), old},
		{"a record without a response, by its request", perms(perm("tcp", 443, 443)), ``},
		{"a bare object for a list", `{"groupId":"` + sg + `","ipPermissions":{"items":` + perm("tcp", 443, 443) + `}}`, old},
		{"a bare object for a rule set", `null`, `{"securityGroupRuleSet":{"items":` + item("tcp", 443, 443) + `}}`},
		{"the flat form", `{"groupId":"` + sg + `","ipPermissions":{},"ipProtocol":"tcp","fromPort":22,"toPort":22,"cidrIp":"0.0.0.0/0"}`, old},
		{"numbers as strings and a protocol as a number", `{"groupId":"` + sg + `","ipPermissions":{"items":[{"ipProtocol":6,"fromPort":"22","toPort":"22"}]}}`, old},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			e := parse(t, ec2("AuthorizeSecurityGroupIngress", c.request, c.response).body())
			if e.Kind != trigger.Ignored || e.Reason != "leaves 24224 alone" {
				t.Errorf("got %s (%s)", e.Kind, e.Reason)
			}
		})
	}
}

func TestAnIngressEventThatMightMatterNamesItsGroup(t *testing.T) {
	harmless, fine := perms(perm("tcp", 22, 22)), ruleSet(item("tcp", 22, 22))
	for _, c := range []struct{ sentence, request, response string }{
		{"the port", perms(perm("tcp", 24224, 24224)), ruleSet(item("tcp", 24224, 24224))},
		{"a range around it", perms(perm("tcp", 24000, 25000)), ``},
		{"a range that ends there", perms(perm("tcp", 0, 24224)), ``},
		{"a range that starts there", perms(perm("tcp", 24224, 65535)), ``},
		{"tcp by number", perms(perm("6", 24224, 24224)), ``},
		{"udp, which a Fluentd router listens on", perms(perm("udp", 24224, 24224)), ``},
		{"udp by number", perms(perm("17", 24224, 24224)), ``},
		{"tcp by a number written oddly", perms(perm("06", 24224, 24224)), ``},
		{"tcp in capitals", perms(perm("TCP", 24224, 24224)), ``},
		{"all traffic, without ports", perms(`{"ipProtocol":"-1","ipRanges":{"items":[{"cidrIp":"10.0.0.0/8"}]}}`), ``},
		{"all traffic in the response", perms(`{"ipProtocol":"-1"}`), ruleSet(item("-1", -1, -1))},
		{"all traffic as a number", perms(`{"ipProtocol":-1}`), ``},
		{"the second of two", perms(perm("tcp", 22, 22) + "," + perm("tcp", 24224, 24224)), ``},
		{"the flat form", `{"groupId":"` + sg + `","ipPermissions":{},"ipProtocol":"tcp","fromPort":24000,"toPort":25000,"cidrIp":"0.0.0.0/0"}`, ``},
		{"a list beside the flat form", `{"groupId":"` + sg + `","ipPermissions":{"items":[` + perm("tcp", 24224, 24224) + `]},"ipProtocol":"tcp","fromPort":22,"toPort":22}`, ``},
		{"a response that says more than the request", harmless, ruleSet(item("tcp", 22, 22), item("tcp", 24224, 24224))},
		{"tcp without ports", perms(`{"ipProtocol":"tcp"}`), ``},
		{"tcp without an end", perms(`{"ipProtocol":"tcp","fromPort":22}`), ``},
		{"tcp with -1, which is every port", perms(perm("tcp", -1, -1)), ``},
		{"a range upside down", perms(perm("tcp", 30000, 20000)), ``},
		{"a port beyond all ports", perms(perm("tcp", 70000, 70000)), ``},
		{"ports that are words", perms(`{"ipProtocol":"tcp","fromPort":"a","toPort":"b"}`), ``},
		{"ports that are objects", perms(`{"ipProtocol":"tcp","fromPort":{},"toPort":[1]}`), ``},
		{"no protocol", perms(`{"fromPort":22,"toPort":22}`), ``},
		{"a protocol that is none", perms(perm("sctp-ish", 22, 22)), ``},
		{"a protocol beyond all protocols", perms(perm("256", 22, 22)), ``},
		{"a null for an entry", perms("null"), ``},
		{"no entries at all", `{"groupId":"` + sg + `","ipPermissions":{}}`, `{"_return":true}`},
		{"a group as source in the flat form, which is all traffic", `{"groupId":"` + sg + `","ipPermissions":{},"sourceSecurityGroupName":"web"}`, ``},
		{"permissions of another shape", `{"groupId":"` + sg + `","ipPermissions":[` + perm("tcp", 22, 22) + `]}`, ``},
		{"a rule set of another shape", harmless, `{"securityGroupRuleSet":"many"}`},
		{"an item of another shape", harmless, ruleSet(item("tcp", 22, 22), `5`)},
		{"a request marked as cut", `{"groupId":"` + sg + `","omitted":true,"ipPermissions":{"items":[` + perm("tcp", 22, 22) + `]}}`, fine},
		{"a response marked as cut", harmless, `{"omitted":true}`},
		{"a response redacted", harmless, hidden},
		{"a request redacted", hidden, fine},
		{"a part redacted", perms(`{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":` + hidden + `}`), fine},
		{"a record so large that it may be cut", perms(perm("tcp", 22, 22)) + strings.Repeat(" ", 100_000), fine},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			want := trigger.Event{Kind: trigger.Group, ID: envelopeID, Groups: []string{sg}, Origin: origin("AuthorizeSecurityGroupIngress")}
			if diff := cmp.Diff(want, parse(t, ec2("AuthorizeSecurityGroupIngress", c.request, c.response).body())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestARevocationIsJudgedByWhatItTookAway(t *testing.T) {
	revoked := func(items ...string) string {
		return `{"_return":true,"revokedSecurityGroupRuleSet":{"items":[` + strings.Join(items, ",") + `]}}`
	}
	byID := `{"groupId":"` + sg + `","ipPermissions":{},"securityGroupRuleIds":{"items":["sgr-0123456789abcdef0"]}}`
	for _, c := range []struct {
		sentence, request, response string
		kind                        trigger.Kind
	}{
		{"an entry elsewhere", perms(perm("tcp", 22, 22)), revoked(item("tcp", 22, 22)), trigger.Ignored},
		{"an entry elsewhere by its id", byID, revoked(item("tcp", 22, 22)), trigger.Ignored},
		{"an entry elsewhere in a record without a rule set", perms(perm("tcp", 22, 22)), `{"_return":true}`, trigger.Ignored},
		{"the port", perms(perm("tcp", 24224, 24224)), revoked(item("tcp", 24224, 24224)), trigger.Group},
		{"the port by its entry's id", byID, revoked(item("tcp", 22, 22), item("tcp", 24224, 24224)), trigger.Group},
		{"an id in a record without a rule set", byID, `{"_return":true}`, trigger.Group},
		{"all traffic", perms(`{"ipProtocol":"-1"}`), revoked(item("-1", -1, -1)), trigger.Group},
		{"a request redacted", hidden, revoked(item("tcp", 24224, 24224)), trigger.Group},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			e := parse(t, ec2("RevokeSecurityGroupIngress", c.request, c.response).body())
			if e.Kind != c.kind || !cmp.Equal(e.Groups, []string{sg}) {
				t.Errorf("got %s (%s) %v, want %s", e.Kind, e.Reason, e.Groups, c.kind)
			}
		})
	}
	wantMalformed(t, ec2("RevokeSecurityGroupIngress", `null`, `{"revokedSecurityGroupRuleSet":{"items":[{"groupId":"x"}]}}`).body(),
		"detail.responseElements.revokedSecurityGroupRuleSet.items.groupId is no id of a security group")
}

func TestAGroupIsNamedByIdOrResponseOrName(t *testing.T) {
	open := `"ipPermissions":{"items":[` + perm("tcp", 24224, 24224) + `]}`
	for _, c := range []struct {
		sentence, request, response string
		groups, names               []string
	}{
		{"by an old id", `{"groupId":"sg-ef6e8186",` + open + `}`, `null`, []string{"sg-ef6e8186"}, nil},
		{"by the response where the request has a name", `{"groupName":"default",` + open + `}`, ruleSet(item("tcp", 24224, 24224), item("udp", 24224, 24224)), []string{sg}, nil},
		{"by the response where the id is redacted", `{"groupId":` + hidden + `,` + open + `}`, ruleSet(item("tcp", 24224, 24224)), []string{sg}, nil},
		{"by the response where the request is null", `null`, ruleSet(item("tcp", 24224, 24224)), []string{sg}, nil},
		{"by its name where there is no id", `{"groupName":"my group* (a)",` + open + `}`, `{"_return":true}`, nil, []string{"my group* (a)"}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			e := parse(t, ec2("AuthorizeSecurityGroupIngress", c.request, c.response).body())
			want := trigger.Event{Kind: trigger.Group, ID: envelopeID, Groups: c.groups, GroupNames: c.names, Origin: origin("AuthorizeSecurityGroupIngress")}
			if diff := cmp.Diff(want, e); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAGroupThatIsNoneIsMalformed(t *testing.T) {
	const request, response = "detail.requestParameters.", "detail.responseElements.securityGroupRuleSet.items.groupId"
	const modify = request + "ModifySecurityGroupRulesRequest.GroupId"
	for _, c := range []struct{ sentence, name, request, response, what string }{
		{"neither half", "AuthorizeSecurityGroupIngress", `null`, `null`, request + "groupId is missing"},
		{"a request redacted", "AuthorizeSecurityGroupIngress", hidden, `null`, request + "groupId is missing"},
		{"a name redacted", "AuthorizeSecurityGroupIngress", `{"groupName":` + hidden + `}`, `null`, request + "groupId is missing"},
		{"a wildcard for an id", "AuthorizeSecurityGroupIngress", `{"groupId":"sg-*"}`, `null`, request + "groupId is no id of a security group"},
		{"a line break behind an id", "AuthorizeSecurityGroupIngress", `{"groupId":"` + sg + `\n"}`, `null`, request + "groupId is no id of a security group"},
		{"a name with a line break", "AuthorizeSecurityGroupIngress", `{"groupName":"a\nb"}`, `null`, request + "groupName is no name of a security group"},
		{"a response's id that is none", "AuthorizeSecurityGroupIngress", `null`, `{"securityGroupRuleSet":{"items":[{"groupId":"eni-1"}]}}`, response + " is no id of a security group"},
		{"a response's item without an id", "AuthorizeSecurityGroupIngress", `null`, `{"securityGroupRuleSet":{"items":[{}]}}`, request + "groupId is missing"},
		{"a modification of null", "ModifySecurityGroupRules", `null`, `null`, modify + " is missing"},
		{"a modification without a group", "ModifySecurityGroupRules", `{"ModifySecurityGroupRulesRequest":{}}`, `null`, modify + " is missing"},
		{"a modification of something else", "ModifySecurityGroupRules", `{"ModifySecurityGroupRulesRequest":{"GroupId":"vpc-12345678"}}`, `null`, modify + " is no id of a security group"},
	} {
		t.Run(c.sentence, func(t *testing.T) { wantMalformed(t, ec2(c.name, c.request, c.response).body(), c.what) })
	}
}

func TestAModificationIsJudgedByItsRequest(t *testing.T) {
	one := func(entry string) string {
		return `{"SecurityGroupRuleId":"sgr-0123456789abcdef0","tag":1,"SecurityGroupRule":` + entry + `}`
	}
	const at443 = `{"CidrIpv4":"0.0.0.0/0","FromPort":443,"ToPort":443,"IpProtocol":"tcp"}`
	const at24224 = `{"CidrIpv6":"::/0","FromPort":24224,"ToPort":24224,"IpProtocol":"tcp"}`
	for _, c := range []struct {
		sentence, rules string
		kind            trigger.Kind
	}{
		{"one rule elsewhere", one(at443), trigger.Ignored},
		{"several rules elsewhere", `[` + one(at443) + `,` + one(`{"FromPort":-1,"ToPort":-1,"IpProtocol":"icmp"}`) + `]`, trigger.Ignored},
		{"one rule there", one(at24224), trigger.Group},
		{"the second rule there", `[` + one(at443) + `,` + one(at24224) + `]`, trigger.Group},
		{"all traffic as a number", one(`{"IpProtocol":-1}`), trigger.Group},
		{"only a description", one(`{"Description":"x"}`), trigger.Group},
		{"no rules", `[]`, trigger.Group},
		{"rules of another shape", `"sgr-1"`, trigger.Group},
		{"a rule of another shape", `[` + one(`[]`) + `]`, trigger.Group},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			request := `{"ModifySecurityGroupRulesRequest":{"SecurityGroupRule":` + c.rules + `,"GroupId":"` + sg + `"}}`
			e := parse(t, ec2("ModifySecurityGroupRules", request, `{"ModifySecurityGroupRulesResponse":{"return":true}}`).body())
			if e.Kind != c.kind || !cmp.Equal(e.Groups, []string{sg}) {
				t.Errorf("got %s (%s) %v, want %s", e.Kind, e.Reason, e.Groups, c.kind)
			}
		})
	}
}
