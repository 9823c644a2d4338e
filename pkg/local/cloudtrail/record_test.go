package cloudtrail_test

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"
)

const corpus = "../../../../shared/corpus/cloudtrail"

// TestRecordsAreThoseOfRealCalls makes the calls again that were really recorded: the parameters have to be the same to the last
// byte, the answer the same to the ids.
func TestRecordsAreThoseOfRealCalls(t *testing.T) {
	described := rule("sgr-0bb31cddb2c27f401", "sg-04cfb7a4712d75b00", "0.0.0.0/0", 443, 443)
	described.Description = aws.String("TLS from Internet")
	flat := rule("sgr-0a11552a7d225f5c7", "sg-04cfb7a4712d75b00", "0.0.0.0/0", 22, 22)
	array := rule("sgr-0ab4202bcd11d93d2", "sg-0e79c7acdf4a0225e", "0.0.0.0/0", 22, 22)
	cases := map[string]call{
		"invictus/AuthorizeSecurityGroupIngress-74bd84b4.json": {
			body:   query("Action", "AuthorizeSecurityGroupIngress", "GroupId", "sg-04cfb7a4712d75b00", "IpProtocol", "tcp", "FromPort", "22", "ToPort", "22", "CidrIp", "0.0.0.0/0"),
			answer: ok, rules: entries{after: []ec2types.SecurityGroupRule{flat}},
		},
		"invictus/AuthorizeSecurityGroupIngress-7e96f0e7.json": {
			body: query("Action", "AuthorizeSecurityGroupIngress", "GroupId", "sg-04cfb7a4712d75b00", "IpPermissions.1.IpProtocol", "tcp",
				"IpPermissions.1.FromPort", "443", "IpPermissions.1.ToPort", "443", "IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0",
				"IpPermissions.1.IpRanges.1.Description", "TLS from Internet"),
			answer: ok, rules: entries{after: []ec2types.SecurityGroupRule{described}},
		},
		"rubysoho07/ec2_RevokeSecurityGroupIngress.json": {
			body: query("Action", "RevokeSecurityGroupIngress", "GroupId", "sg-0e79c7acdf4a0225e", "IpPermissions.1.IpProtocol", "tcp",
				"IpPermissions.1.FromPort", "22", "IpPermissions.1.ToPort", "22", "IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
			answer: ok, rules: entries{before: []ec2types.SecurityGroupRule{array}},
		},
		"rubysoho07/ec2_ModifySecurityGroupRules.json": {
			body: query("Action", "ModifySecurityGroupRules", "GroupId", "sg-ef6e8186", "SecurityGroupRule.1.SecurityGroupRuleId", "sgr-0481972caed6e2e1c",
				"SecurityGroupRule.1.SecurityGroupRule.CidrIpv4", "127.0.0.1/32", "SecurityGroupRule.1.SecurityGroupRule.FromPort", "443",
				"SecurityGroupRule.1.SecurityGroupRule.ToPort", "443", "SecurityGroupRule.1.SecurityGroupRule.IpProtocol", "tcp"),
			answer: ok,
		},
		"rubysoho07/ec2_CreateSecurityGroup.json": {
			body:   query("Action", "CreateSecurityGroup", "GroupName", "Test", "GroupDescription", "test", "VpcId", "vpc-YOUR_VPC_ID"),
			answer: strings.Replace(ok, "</R>", "<groupId>sg-YOUR_SECURITY_GROUP_ID</groupId></R>", 1),
		},
		"invictus/DeleteSecurityGroup-9606afeb.json": {
			body: query("Action", "DeleteSecurityGroup", "GroupId", "sg-04cfb7a4712d75b00"), answer: `<R><requestId>1</requestId></R>`,
		},
	}
	for path, c := range cases {
		t.Run(path, func(t *testing.T) {
			want := recorded(t, path)
			c.service = "ec2"
			got := recordOf(t, c)
			if diff := cmp.Diff(want["requestParameters"], got["requestParameters"]); diff != "" {
				t.Errorf("requestParameters (-real +ours):\n%s", diff)
			}
			if diff := cmp.Diff(plain(want["responseElements"]), plain(got["responseElements"])); diff != "" {
				t.Errorf("responseElements (-real +ours):\n%s", diff)
			}
			sameTop(t, want, got)
		})
	}
}

// plain drops what is the caller's own, or in newer records only.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, child := range v {
			switch k {
			case "requestId":
				child = "(an id)"
			case "groupOwnerId":
				child = "(an account)"
			case "securityGroupRuleArn":
				continue
			}
			out[k] = plain(child)
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, child := range v {
			out = append(out, plain(child))
		}
		return out
	}
	return v
}

// sameTop checks that every key of a real record is in ours, with a value of its type.
func sameTop(t *testing.T, want, got map[string]any) {
	t.Helper()
	for k, v := range want {
		if k == "sessionCredentialFromConsole" || k == "responseElements" || k == "requestParameters" {
			continue
		}
		if reflect.TypeOf(v) != reflect.TypeOf(got[k]) {
			t.Errorf("%s is %T, really %T", k, got[k], v)
		}
	}
	for _, k := range []string{"eventSource", "eventName", "readOnly", "eventType", "managementEvent", "eventCategory"} {
		if want[k] != got[k] {
			t.Errorf("%s is %v, really %v", k, got[k], want[k])
		}
	}
	who, _ := got["userIdentity"].(map[string]any)
	for _, k := range []string{"type", "principalId", "arn", "accountId", "accessKeyId", "userName"} {
		if s, _ := who[k].(string); s == "" {
			t.Errorf("userIdentity.%s is missing", k)
		}
	}
}

func TestECSRecordsAreInputAndOutputAsTheyAre(t *testing.T) {
	want := recorded(t, "rubysoho07/ecs_CreateCluster.json")
	in, err := json.Marshal(want["requestParameters"])
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(want["responseElements"])
	if err != nil {
		t.Fatal(err)
	}
	got := recordOf(t, call{
		service: "ecs", target: "AmazonEC2ContainerServiceV20141113.CreateCluster", body: string(in), answer: string(out),
	})
	for _, k := range []string{"requestParameters", "responseElements"} {
		if diff := cmp.Diff(want[k], got[k]); diff != "" {
			t.Errorf("%s (-real +ours):\n%s", k, diff)
		}
	}
	sameTop(t, want, got)
}

func TestModifyOfSeveralRulesIsAnArrayWithTags(t *testing.T) {
	got := recordOf(t, call{service: "ec2", answer: ok, body: query("Action", "ModifySecurityGroupRules", "GroupId", "sg-1",
		"SecurityGroupRule.1.SecurityGroupRuleId", "sgr-a", "SecurityGroupRule.1.SecurityGroupRule.IpProtocol", "-1",
		"SecurityGroupRule.2.SecurityGroupRuleId", "sgr-b", "SecurityGroupRule.2.SecurityGroupRule.ToPort", "9")})
	want := map[string]any{"ModifySecurityGroupRulesRequest": map[string]any{"GroupId": "sg-1", "SecurityGroupRule": []any{
		map[string]any{"SecurityGroupRuleId": "sgr-a", "tag": 1.0, "SecurityGroupRule": map[string]any{"IpProtocol": "-1"}},
		map[string]any{"SecurityGroupRuleId": "sgr-b", "tag": 2.0, "SecurityGroupRule": map[string]any{"ToPort": 9.0}},
	}}}
	if diff := cmp.Diff(any(want), got["requestParameters"]); diff != "" {
		t.Error(diff)
	}
}

// TestListsKeepTheirOrderBeyondNine: as texts, "10" comes before "2".
func TestListsKeepTheirOrderBeyondNine(t *testing.T) {
	pairs := []string{"Action", "AuthorizeSecurityGroupIngress", "GroupId", "sg-1", "IpPermissions.1.IpProtocol", "-1"}
	cidrs := []string{"10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16", "10.5.0.0/16", "10.6.0.0/16", "10.7.0.0/16", "10.8.0.0/16", "10.9.0.0/16", "10.10.0.0/16"}
	for i, cidr := range cidrs {
		pairs = append(pairs, "IpPermissions.1.IpRanges."+strconv.Itoa(i+1)+".CidrIp", cidr)
	}
	got := recordOf(t, call{service: "ec2", answer: ok, body: query(pairs...)})
	permission := got["requestParameters"].(map[string]any)["ipPermissions"].(map[string]any)["items"].([]any)[0].(map[string]any)
	var have []string
	for _, r := range permission["ipRanges"].(map[string]any)["items"].([]any) {
		have = append(have, r.(map[string]any)["cidrIp"].(string))
	}
	if diff := cmp.Diff(cidrs, have); diff != "" {
		t.Error(diff)
	}
	for _, absent := range []string{"groups", "ipv6Ranges", "prefixListIds"} {
		if diff := cmp.Diff(any(map[string]any{}), permission[absent]); diff != "" {
			t.Errorf("%s: %s", absent, diff)
		}
	}
	if _, has := permission["fromPort"]; has {
		t.Error("-1 has a port in the request")
	}
}

func TestRefusedCallsHaveACodeAndNoResponse(t *testing.T) {
	ec2Refusal := func(code string) string {
		return `<Response><Errors><Error><Code>` + code + `</Code><Message>no</Message></Error></Errors><RequestID>1</RequestID></Response>`
	}
	authorize := query("Action", "AuthorizeSecurityGroupIngress", "GroupId", "sg-1", "IpProtocol", "-1", "CidrIp", "10.0.0.0/8")
	for want, c := range map[string]call{
		"Client.InvalidPermission.Duplicate": {service: "ec2", status: 400, answer: ec2Refusal("InvalidPermission.Duplicate"), body: authorize},
		"Client.DryRunOperation":             {service: "ec2", status: 412, answer: ec2Refusal("DryRunOperation"), body: authorize + "&DryRun=true"},
		"Server.InternalError":               {service: "ec2", status: 500, answer: ec2Refusal("InternalError"), body: authorize},
		"ClientException": {
			service: "ecs", target: "AmazonEC2ContainerServiceV20141113.RegisterTaskDefinition", status: 400, body: `{"family":"web"}`,
			answer: `{"__type":"com.amazonaws.ecs#ClientException","message":"no"}`,
		},
	} {
		t.Run(want, func(t *testing.T) {
			got := recordOf(t, c)
			if got["errorCode"] != want || got["errorMessage"] != "no" || got["responseElements"] != nil || got["requestParameters"] == nil {
				t.Errorf("errorCode %v, errorMessage %v, responseElements %v", got["errorCode"], got["errorMessage"], got["responseElements"])
			}
		})
	}
}
