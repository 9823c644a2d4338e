package cloudtrail

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// starting are the calls of ECS that start tasks. moto's run at once, and nothing tells of it.
var starting = map[string]bool{"RunTask": true, "StartTask": true}

// taskStates are the events that ECS itself sends, without any trail, when tasks run: one for each that a call started.
func taskStates(x *exchange) ([]types.PutEventsRequestEntry, error) {
	if x.call.Service != "ecs" || !starting[x.call.Action] || !x.call.Changed() {
		return nil, nil
	}
	var answer struct {
		Tasks []map[string]any `json:"tasks"`
	}
	if err := json.Unmarshal(x.answer, &answer); err != nil {
		return nil, fmt.Errorf("reading the tasks that were started: %w", err)
	}
	var all []types.PutEventsRequestEntry
	for _, task := range answer.Tasks {
		detail, err := json.Marshal(taskState(task))
		if err != nil {
			return nil, err
		}
		arn, _ := task["taskArn"].(string)
		all = append(all, types.PutEventsRequestEntry{
			Source: aws.String("aws.ecs"), DetailType: aws.String("ECS Task State Change"), Detail: aws.String(string(detail)),
			Resources: []string{arn}, Time: aws.Time(x.call.Time),
		})
	}
	return all, nil
}

// taskState is a task as its event has it: its interface's attachment is of type "eni", where the API says
// "ElasticNetworkInterface".
func taskState(task map[string]any) map[string]any {
	task["lastStatus"], task["desiredStatus"] = "RUNNING", "RUNNING"
	attachments, _ := task["attachments"].([]any)
	for _, a := range attachments {
		attachment, ok := a.(map[string]any)
		if ok && attachment["type"] == "ElasticNetworkInterface" {
			attachment["type"] = "eni"
		}
	}
	return task
}
