package cloudtrail

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// special is where CloudTrail or moto's answer departs from the rule.
type special struct {
	request  func(map[string]any) any
	response func(*exchange, map[string]any) map[string]any
	// reads asks for the group's entries before and after the call.
	reads bool
}

var specials = map[string]special{
	"AuthorizeSecurityGroupIngress": {request: permissionsRequest, response: madeRules, reads: true},
	"AuthorizeSecurityGroupEgress":  {request: permissionsRequest, response: madeRules, reads: true},
	"RevokeSecurityGroupIngress":    {request: permissionsRequest, response: revokedRules, reads: true},
	"RevokeSecurityGroupEgress":     {request: permissionsRequest, response: revokedRules, reads: true},
	"ModifySecurityGroupRules":      {request: modifyRequest, response: modifyResponse},
	"CreateNetworkInterface":        {request: groupsRequest("SecurityGroupId")},
	// Of the next two no public record was found: groupSet is what others read in them.
	"ModifyNetworkInterfaceAttribute": {request: groupsRequest("SecurityGroupId")},
	"ModifyInstanceAttribute":         {request: groupsRequest("GroupId")},
}

// families are the kinds of source of a permission; one that is absent is {}.
var families = []string{"groups", "ipRanges", "ipv6Ranges", "prefixListIds"}

// permissionsRequest: ipPermissions is there and empty in the flat form, and every family is there in the array form.
func permissionsRequest(nested map[string]any) any {
	out, _ := parameters("", nested).(map[string]any)
	permissions, ok := out["ipPermissions"].(map[string]any)
	if !ok {
		out["ipPermissions"] = map[string]any{}
		return out
	}
	items, _ := permissions["items"].([]any)
	for _, item := range items {
		permission, ok := item.(map[string]any)
		for _, f := range families {
			if ok && permission[f] == nil {
				permission[f] = map[string]any{}
			}
		}
	}
	return out
}

// madeRules completes moto's answer, which has the rules of the last permission sent only; AWS lists them all.
func madeRules(x *exchange, out map[string]any) map[string]any {
	items := make([]any, 0, len(x.rules))
	for _, r := range x.rules {
		item := ruleItem(r)
		item["groupOwnerId"] = x.account
		item["securityGroupRuleArn"] = "arn:aws:ec2:" + x.call.Region + ":" + x.account + ":security-group-rule/" + aws.ToString(r.SecurityGroupRuleId)
		items = append(items, item)
	}
	out["_return"], out["securityGroupRuleSet"] = true, map[string]any{"items": items}
	return out
}

// revokedRules adds what recent records have and moto does not answer.
func revokedRules(x *exchange, out map[string]any) map[string]any {
	items := make([]any, 0, len(x.rules))
	for _, r := range x.rules {
		items = append(items, ruleItem(r))
	}
	out["_return"], out["revokedSecurityGroupRuleSet"] = true, map[string]any{"items": items}
	return out
}

// ruleItem is a rule in a response: tags are left out, "-1" has the ports -1 (as moto's have), one source each.
func ruleItem(r ec2types.SecurityGroupRule) map[string]any {
	item := map[string]any{
		"groupId": aws.ToString(r.GroupId), "securityGroupRuleId": aws.ToString(r.SecurityGroupRuleId), "isEgress": aws.ToBool(r.IsEgress),
		"ipProtocol": aws.ToString(r.IpProtocol), "fromPort": port(r.FromPort), "toPort": port(r.ToPort),
	}
	for name, v := range map[string]*string{
		"cidrIpv4": r.CidrIpv4, "cidrIpv6": r.CidrIpv6, "prefixListId": r.PrefixListId, "description": r.Description,
	} {
		if aws.ToString(v) != "" {
			item[name] = *v
		}
	}
	if g := r.ReferencedGroupInfo; g != nil {
		item["referencedGroupInfo"] = map[string]any{"groupId": aws.ToString(g.GroupId), "userId": aws.ToString(g.UserId)}
	}
	return item
}

func port(p *int32) int32 {
	if p == nil {
		return -1
	}
	return *p
}

// modifyRequest keeps the names as they were sent, numbers each rule (tag), and has one rule as an object, several as a list.
func modifyRequest(nested map[string]any) any {
	sent, _ := nested["SecurityGroupRule"].([]any)
	rules := make([]any, 0, len(sent))
	for i, s := range sent {
		rule, _ := asSent("", s).(map[string]any)
		if rule == nil {
			rule = map[string]any{}
		}
		rule["tag"] = i + 1
		rules = append(rules, rule)
	}
	out := map[string]any{"GroupId": nested["GroupId"]}
	switch len(rules) {
	case 0:
	case 1:
		out["SecurityGroupRule"] = rules[0]
	default:
		out["SecurityGroupRule"] = rules
	}
	return map[string]any{"ModifySecurityGroupRulesRequest": out}
}

// asSent types the values and keeps the names.
func asSent(name string, v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		s, _ := v.(string)
		return typed(lowerFirst(name), s)
	}
	out := map[string]any{}
	for k, child := range m {
		out[k] = asSent(k, child)
	}
	return out
}

func modifyResponse(x *exchange, _ map[string]any) map[string]any {
	return map[string]any{"ModifySecurityGroupRulesResponse": map[string]any{
		"xmlns": "http://ec2.amazonaws.com/doc/2016-11-15/", "requestId": x.requestID, "return": true,
	}}
}

// groupsRequest: the groups, which the query has under a name of its own, are groupSet. It is there and empty where none are
// given: for a new interface that means the default group.
func groupsRequest(name string) func(map[string]any) any {
	return func(nested map[string]any) any {
		out, _ := parameters("", nested).(map[string]any)
		items := []any{}
		ids, _ := nested[name].([]any)
		for _, id := range ids {
			items = append(items, map[string]any{"groupId": id})
		}
		delete(out, lowerFirst(name))
		out["groupSet"] = map[string]any{}
		if len(items) > 0 {
			out["groupSet"] = map[string]any{"items": items}
		}
		return out
	}
}
