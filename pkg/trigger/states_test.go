package trigger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/trigger"
)

// happened is one of ECS's own events.
func happened(detailType, resources, detail string) string {
	return `{"version":"0","id":"` + envelopeID + `","detail-type":"` + detailType + `","source":"aws.ecs","account":"111122223333",` +
		`"time":"2026-05-04T03:02:01Z","region":"eu-west-1","resources":` + resources + `,"detail":` + detail + `}`
}

// ecsOrigin is that of every event above.
func ecsOrigin(detailType string) trigger.Origin {
	return trigger.Origin{
		EventID: envelopeID, EventName: detailType, Time: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC), Account: "111122223333",
		Region: "eu-west-1", Principal: "ecs.amazonaws.com",
	}
}

// task is the detail of a task's event.
func task(last, desired, attachments string) string {
	return `{"version":4,"clusterArn":"` + cluster + `","taskDefinitionArn":"` + revision + `","group":"service:web","lastStatus":"` + last +
		`","desiredStatus":"` + desired + `","attachments":` + attachments + `}`
}

// arn is how ARNs of ECS begin.
const arn = "arn:aws:ecs:eu-west-1:111122223333:"

// itself is the detail of the event of a running task with that ARN.
func itself(of string) string {
	return `{"taskArn":"` + of + `",` + task("RUNNING", "RUNNING", `[]`)[1:]
}

func TestATaskThatRunsNamesItsFamilyAndInterfaces(t *testing.T) {
	attached := `[{"type":"sdi","details":[]},{"type":"eni","details":[{"name":"subnetId","value":"subnet-1"},{"name":"networkInterfaceId","value":"` + eni + `"}]}]`
	const detailType = "ECS Task State Change"
	web := []string{"web"}
	for _, c := range []struct {
		sentence, detail string
		want             trigger.Event
	}{
		{"with an interface", task("RUNNING", "RUNNING", attached), trigger.Event{Kind: trigger.Placement, Families: web, Interfaces: []string{eni}}},
		{"without one, and so its revision", task("RUNNING", "RUNNING", `[]`), trigger.Event{Kind: trigger.Placement, Families: web, Revisions: []string{"web:7"}}},
		{"with attachments of another shape", task("RUNNING", "RUNNING", `{}`), trigger.Event{Kind: trigger.Placement, Families: web, Revisions: []string{"web:7"}}},
		{"and itself", itself(arn + "task/prod/0123abcd"), trigger.Event{Kind: trigger.Placement, Families: web, Revisions: []string{"web:7"}, Tasks: []trigger.Task{{Cluster: "prod", ID: "0123abcd"}}}},
		{"and itself, by an ARN of the old form", itself(arn + "task/0123-abcd"), trigger.Event{Kind: trigger.Placement, Families: web, Revisions: []string{"web:7"}, Tasks: []trigger.Task{{Cluster: "prod", ID: "0123-abcd"}}}},
		{"and not what is no task", itself(arn + "service/prod/web"), trigger.Event{Kind: trigger.Placement, Families: web, Revisions: []string{"web:7"}}},
		{"but not before it runs", task("PENDING", "RUNNING", attached), trigger.Event{Kind: trigger.Ignored}},
		{"nor once it shall stop", task("RUNNING", "STOPPED", attached), trigger.Event{Kind: trigger.Ignored}},
		{"nor when it has stopped", task("STOPPED", "STOPPED", attached), trigger.Event{Kind: trigger.Ignored}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			c.want.ID, c.want.Origin = envelopeID, ecsOrigin(detailType)
			if c.want.Kind == trigger.Ignored {
				c.want.Reason = "no task that is running and shall run on"
			}
			if diff := cmp.Diff(c.want, parse(t, happened(detailType, `[]`, c.detail))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAContainerInstanceNamesItsInstance(t *testing.T) {
	const detailType = "ECS Container Instance State Change"
	want := trigger.Event{Kind: trigger.Placement, ID: envelopeID, Instances: []string{"i-0123456789abcdef0"}, Origin: ecsOrigin(detailType)}
	if diff := cmp.Diff(want, parse(t, happened(detailType, `[]`, `{"ec2InstanceId":"i-0123456789abcdef0","status":"ACTIVE"}`))); diff != "" {
		t.Error(diff)
	}
	e := parse(t, happened(detailType, `[]`, `{"ec2InstanceId":"mi-0123456789abcdef0"}`))
	if e.Kind != trigger.Ignored || e.Reason != "an external instance has no security groups" {
		t.Errorf("an external instance: got %s (%s)", e.Kind, e.Reason)
	}
}

func TestAnEventOfAServiceNamesIt(t *testing.T) {
	const old = `["arn:aws:ecs:eu-west-1:111122223333:service/web"]`
	for _, c := range []struct {
		sentence, detailType, resources, detail string
		want                                    trigger.Service
	}{
		{"by its ARN", "ECS Service Action", `["` + service + `"]`, `{"eventName":"SERVICE_STEADY_STATE","clusterArn":"` + cluster + `"}`, trigger.Service{Cluster: "prod", Name: "web"}},
		{"by an ARN of the old form, with the cluster's", "ECS Service Action", old, `{"clusterArn":"` + cluster + `"}`, trigger.Service{Cluster: "prod", Name: "web"}},
		{"by its ARN, in a deployment", "ECS Deployment State Change", `["` + service + `"]`, `{"eventName":"SERVICE_DEPLOYMENT_IN_PROGRESS"}`, trigger.Service{Cluster: "prod", Name: "web"}},
		{"by its ARN, in a deployment that failed", "ECS Deployment State Change", `["` + service + `"]`, `{"eventType":"ERROR","eventName":"SERVICE_DEPLOYMENT_FAILED"}`, trigger.Service{Cluster: "prod", Name: "web"}},
		{"by an ARN of the old form, in a deployment", "ECS Deployment State Change", old, `{"deploymentId":"ecs-svc/1"}`, trigger.Service{Name: "web"}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			want := trigger.Event{Kind: trigger.Placement, ID: envelopeID, Services: []trigger.Service{c.want}, Origin: ecsOrigin(c.detailType)}
			if diff := cmp.Diff(want, parse(t, happened(c.detailType, c.resources, c.detail))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnEventOfECSThatNamesNothingIsMalformed(t *testing.T) {
	for _, c := range []struct{ sentence, body, what string }{
		{"a task without a status", happened("ECS Task State Change", `[]`, `{}`), "detail.lastStatus is missing"},
		{"a task without a detail", happened("ECS Task State Change", `[]`, `null`), "detail.lastStatus is missing"},
		{"a task without a definition", happened("ECS Task State Change", `[]`, `{"lastStatus":"RUNNING"}`), "detail.taskDefinitionArn is missing"},
		{"a task of something else", happened("ECS Task State Change", `[]`, `{"lastStatus":"RUNNING","taskDefinitionArn":"arn:aws:s3:::x"}`), "detail.taskDefinitionArn is no task definition"},
		{"a task with a strange interface", happened("ECS Task State Change", `[]`, task("RUNNING", "RUNNING", `[{"details":[{"name":"networkInterfaceId","value":"*"}]}]`)), "detail.attachments.details.value is no id of a network interface"},
		{"an instance without an id", happened("ECS Container Instance State Change", `[]`, `{}`), "detail.ec2InstanceId is missing"},
		{"an instance with a strange id", happened("ECS Container Instance State Change", `[]`, `{"ec2InstanceId":"i-\n"}`), "detail.ec2InstanceId is no id of an instance"},
		{"a service's event without a service", happened("ECS Service Action", `[]`, `{}`), "resources is missing"},
		{"a service's event of a bucket", happened("ECS Service Action", `["arn:aws:s3:::x"]`, `{}`), "resources is no service"},
		{"a service in a strange cluster", happened("ECS Service Action", `["web"]`, `{"clusterArn":"arn:aws:s3:::x"}`), "resources is in no cluster"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			wantMalformed(t, c.body, c.what)
		})
	}
}
