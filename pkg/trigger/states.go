package trigger

import (
	"regexp"
	"strings"
)

// TaskStateChange is the detail-type, and so the Origin's EventName, of ECS's events about tasks.
const TaskStateChange = "ECS Task State Change"

// taskDetail is what is read of an ECS Task State Change. It has no security groups: an awsvpc task has the interface that it is
// attached to, whose type is "eni" here and "ElasticNetworkInterface" in the API.
type taskDetail struct {
	Task          string `json:"taskArn"`
	Cluster       string `json:"clusterArn"`
	LastStatus    string `json:"lastStatus"`
	DesiredStatus string `json:"desiredStatus"`
	Definition    string `json:"taskDefinitionArn"`
	Attachments   []struct {
		Details []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"details"`
	} `json:"attachments"`
}

// readTask names the family of a task that runs and its interfaces, or its revision where it has none.
func readTask(m message, e *Event) error {
	var d taskDetail
	fill(&d, m.Detail)
	switch {
	case d.LastStatus == "":
		return missing("detail.lastStatus")
	case d.LastStatus != "RUNNING", d.DesiredStatus != "" && d.DesiredStatus != "RUNNING":
		e.ignore(reasonStopping)
		return nil
	}
	e.Kind = Placement
	revision, err := e.addDefinition("detail.taskDefinitionArn", d.Definition)
	if err != nil {
		return err
	}
	for _, a := range d.Attachments {
		for _, detail := range a.Details {
			if detail.Name != "networkInterfaceId" {
				continue
			}
			if err := e.addInterface("detail.attachments.details.value", detail.Value); err != nil {
				return err
			}
		}
	}
	if len(e.Interfaces) == 0 {
		e.Revisions = []string{revision}
	}
	task, cluster := taskForm.FindStringSubmatch(d.Task), clusterForm.FindStringSubmatch(d.Cluster)
	if task != nil && cluster != nil {
		e.Tasks = []Task{{cluster[1], task[1]}}
	}
	return nil
}

// Task is a task, by its cluster's short name and its id.
type Task struct{ Cluster, ID string }

// taskForm is an ARN of a task, with or without its cluster.
var taskForm = regexp.MustCompile(`^arn:[a-z0-9-]+:ecs:[a-z0-9-]+:[0-9]+:task/(?:[A-Za-z0-9_-]{1,255}/)?([a-f0-9-]{1,64})$`)

// readInstance names the EC2 instance behind an ECS Container Instance State Change.
func readInstance(m message, e *Event) error {
	var d struct {
		Instance string `json:"ec2InstanceId"`
	}
	fill(&d, m.Detail)
	if strings.HasPrefix(d.Instance, "mi-") { // ECS Anywhere: a managed node of Systems Manager
		e.ignore(reasonExternal)
		return nil
	}
	e.Kind = Placement
	return e.addInstance("detail.ec2InstanceId", d.Instance)
}

// readServiceEvent names the services of an ECS Service Action or an ECS Deployment State Change, which have them as resources
// and say nothing of definitions and groups. Only the first has the cluster in its detail. A deployment that failed may go back
// to another definition: what the service runs is read afresh, whatever the event's name.
func readServiceEvent(m message, e *Event) error {
	var d struct {
		Cluster string `json:"clusterArn"`
	}
	fill(&d, m.Detail)
	e.Kind = Placement
	if len(m.Resources) == 0 {
		return missing("resources")
	}
	for _, arn := range m.Resources {
		if err := e.addService("resources", arn, d.Cluster); err != nil {
			return err
		}
	}
	return nil
}
