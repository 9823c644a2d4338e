package deployments

import (
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// changed is the event of a deployment that begins, has completed or has failed, with the reason that the deployment gives.
func changed(s *service, name string, d deployment, now time.Time) types.PutEventsRequestEntry {
	kind := "INFO"
	if name == "SERVICE_DEPLOYMENT_FAILED" {
		kind = "ERROR"
	}
	return event(s, "ECS Deployment State Change", now, map[string]string{
		"eventType": kind, "eventName": name, "deploymentId": d.ID, "updatedAt": now.Format(time.RFC3339), "reason": d.RolloutStateReason,
	})
}

// steady is the event of a service that has come to rest.
func steady(s *service, now time.Time) types.PutEventsRequestEntry {
	return event(s, "ECS Service Action", now, map[string]string{
		"eventType": "INFO", "eventName": "SERVICE_STEADY_STATE", "clusterArn": s.cluster, "createdAt": now.Format(time.RFC3339),
	})
}

func event(s *service, detailType string, now time.Time, detail map[string]string) types.PutEventsRequestEntry {
	text, _ := json.Marshal(detail) // strings always marshal
	return types.PutEventsRequestEntry{
		Source: aws.String("aws.ecs"), DetailType: &detailType, Detail: aws.String(string(text)), Resources: []string{s.arn}, Time: &now,
	}
}
