package cloudtrail

import (
	"testing"
	"time"
)

func TestPeakIsTheBusiestWindowWhereverItBegins(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var calls []Call
	for _, ms := range []int{1500, 0, 900, 1000, 1800, 5000} {
		calls = append(calls, Call{Time: start.Add(time.Duration(ms) * time.Millisecond)})
	}
	if got := Peak(calls, time.Second); got != 4 { // 900, 1000, 1500, 1800
		t.Errorf("peak %d, want 4", got)
	}
	if got := Peak(nil, time.Second); got != 0 {
		t.Errorf("peak of nothing %d", got)
	}
}

func TestOnlyWhatChangesIsMutating(t *testing.T) {
	for action, want := range map[string]bool{
		"DescribeSecurityGroups": false, "GetItem": false, "ListTasks": false, "Query": false, "BatchGetItem": false, "AssumeRole": false,
		"GET /2015-03-31/functions": false, "AuthorizeSecurityGroupIngress": true, "RegisterTaskDefinition": true, "PutItem": true,
		"DeleteSecurityGroup": true, "Publish": true, "POST /2015-03-31/functions": true,
	} {
		if got := mutates(action); got != want {
			t.Errorf("%s: %v, want %v", action, got, want)
		}
	}
}

func TestASessionIsAnAssumedRole(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	got := userIdentity("123456789012", "ASIA1234", "arn:aws:sts::123456789012:assumed-role/RemediateRole/remediate", now)
	context, _ := got["sessionContext"].(map[string]any)
	issuer, _ := context["sessionIssuer"].(map[string]any)
	if got["type"] != "AssumedRole" || issuer["arn"] != "arn:aws:iam::123456789012:role/RemediateRole" || issuer["userName"] != "RemediateRole" {
		t.Errorf("identity %v", got)
	}
}
