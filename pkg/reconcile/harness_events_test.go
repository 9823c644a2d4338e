package reconcile_test

import (
	"encoding/json"
)

// opened is the event of an ingress change that opens 24224 in a group.
func opened(group string) string {
	return envelope("aws.ec2", map[string]any{
		"eventSource": "ec2.amazonaws.com", "eventName": "AuthorizeSecurityGroupIngress", "eventTime": "2026-11-23T12:00:00Z",
		"userIdentity":      map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/jo"},
		"requestParameters": map[string]any{"groupId": group, "ipPermissions": map[string]any{}, "ipProtocol": "tcp", "fromPort": 24000, "toPort": 25000, "cidrIp": "0.0.0.0/0"},
	})
}

// registered is the event of a registration.
func registered(family string) string {
	return envelope("aws.ecs", map[string]any{
		"eventSource": "ecs.amazonaws.com", "eventName": "RegisterTaskDefinition", "eventTime": "2026-11-23T12:00:00Z",
		"userIdentity":      map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/jo"},
		"requestParameters": map[string]any{"family": family},
	})
}

func envelope(source string, detail map[string]any) string {
	body, err := json.Marshal(map[string]any{
		"version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": "AWS API Call via CloudTrail", "source": source,
		"account": "123456789012", "time": "2026-11-23T12:00:00Z", "region": "eu-central-1", "detail": detail,
	})
	if err != nil {
		panic(err)
	}
	return string(body)
}
