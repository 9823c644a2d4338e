package trigger_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/trigger"
)

const (
	eni      = "eni-0123456789abcdef0"
	sg2      = "sg-ef6e8186"
	revision = "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:7"
	cluster  = "arn:aws:ecs:eu-west-1:111122223333:cluster/prod"
	service  = "arn:aws:ecs:eu-west-1:111122223333:service/prod/web"
)

// behind is a network configuration with these groups, as JSON.
func behind(groups string) string {
	return `"networkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-1"],"securityGroups":[` + groups + `]}}`
}

// answered is the answer of a call about a service.
func answered(rest string) string {
	return `{"service":{"serviceArn":"` + service + `","serviceName":"web","clusterArn":"` + cluster + `"` + rest + `}}`
}

// named is an event's names, for comparing: families, groups, services.
type named struct {
	Families, Groups []string
	Services         []trigger.Service
}

func TestAServicesCallNamesItsDefinitionAndGroupsOrElseTheService(t *testing.T) {
	const g = `"` + sg + `"`
	web := []trigger.Service{{Cluster: "prod", Name: "web"}}
	both := named{[]string{"web"}, []string{sg}, nil}
	bare := named{Families: []string{"web"}}
	for _, c := range []struct {
		sentence, call, request, response string
		want                              named
	}{
		{"a new service", "CreateService", `{"cluster":"prod","serviceName":"web","taskDefinition":"web:7",` + behind(g) + `}`, `null`, both},
		{"a new service of a family", "CreateService", `{"serviceName":"web","taskDefinition":"web",` + behind(g) + `}`, `null`, both},
		{"a new service of an ARN", "CreateService", `{"serviceName":"web","taskDefinition":"` + revision + `",` + behind(g) + `}`, `null`, both},
		{"a new service without interfaces", "CreateService", `{"cluster":"prod","serviceName":"web","taskDefinition":"web:7"}`, `null`, bare},
		{"a new service in the default group", "CreateService", `{"cluster":"` + cluster + `","serviceName":"web","taskDefinition":"web:7",` + behind(``) + `}`, `null`, named{[]string{"web"}, nil, web}},
		{"a new service whose definition its task sets bring", "CreateService", `{"cluster":"prod","serviceName":"web","deploymentController":{"type":"EXTERNAL"}}`, answered(``), named{nil, nil, web}},
		{"a new service in the default cluster", "CreateService", `{"serviceName":"web","taskDefinition":"web","networkConfiguration":{"awsvpcConfiguration":{"subnets":[]}}}`, `null`, named{[]string{"web"}, nil, []trigger.Service{{Cluster: "default", Name: "web"}}}},
		{"an update of the definition", "UpdateService", `{"cluster":"prod","service":"web","taskDefinition":"web:8"}`, answered(`,"taskDefinition":"` + revision + `",` + behind(g)), both},
		{"an update of the groups", "UpdateService", `{"cluster":"prod","service":"web",` + behind(g) + `}`, answered(`,"taskDefinition":"` + revision + `",` + behind(g)), both},
		{"an update by an ARN, without an answer", "UpdateService", `{"service":"` + service + `",` + behind(g) + `}`, `null`, named{nil, []string{sg}, web}},
		{"an update by an ARN of the old form", "UpdateService", `{"cluster":"prod","service":"arn:aws:ecs:eu-west-1:111122223333:service/web","taskDefinition":"web"}`, `null`, named{[]string{"web"}, nil, web}},
		{"an update without interfaces", "UpdateService", `{"cluster":"prod","service":"web","taskDefinition":"web:8"}`, answered(`,"taskDefinition":"` + revision + `"`), bare},
		{"an update of something else", "UpdateService", `{"cluster":"prod","service":"web","forceNewDeployment":true}`, answered(`,"taskDefinition":"` + revision + `",` + behind(g)), both},
		{"a number of tasks beside a definition", "UpdateService", `{"cluster":"prod","service":"web","desiredCount":1,"taskDefinition":"web"}`, `null`, named{[]string{"web"}, nil, web}},
		{"a new task set", "CreateTaskSet", `{"cluster":"prod","service":"web","taskDefinition":"web:8",` + behind(g) + `}`, `null`, both},
		{"a new task set without interfaces", "CreateTaskSet", `{"cluster":"prod","service":"web","taskDefinition":"web:8"}`, `null`, bare},
		{"another primary task set", "UpdateServicePrimaryTaskSet", `{"cluster":"prod","service":"web","primaryTaskSet":"ecs-svc/1"}`, `{"taskSet":{"serviceArn":"` + service + `","clusterArn":"` + cluster + `","taskDefinition":"` + revision + `",` + behind(g) + `}}`, both},
		{"another primary task set without an answer", "UpdateServicePrimaryTaskSet", `{"cluster":"prod","service":"web","primaryTaskSet":"ecs-svc/1"}`, `null`, named{nil, nil, web}},
		{"groups of both halves", "UpdateService", `{"cluster":"prod","service":"web",` + behind(g) + `}`, answered(`,"taskDefinition":"` + revision + `",` + behind(`"`+sg2+`"`)), named{[]string{"web"}, []string{sg, sg2}, nil}},
		{"a request redacted", "UpdateService", hidden, answered(`,"taskDefinition":"` + revision + `",` + behind(g)), named{[]string{"web"}, []string{sg}, web}},
		{"an answer that is cut", "UpdateService", `{"cluster":"prod","service":"web","taskDefinition":"web:8"}`, `{"omitted":true}`, named{[]string{"web"}, nil, web}},
		{"a number of tasks in a record that is cut", "UpdateService", `{"cluster":"prod","service":"web","desiredCount":3}`, `{"omitted":true}`, named{nil, nil, web}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			e := parse(t, ecs(c.call, c.request, c.response).body())
			if diff := cmp.Diff(c.want, named{e.Families, e.Groups, e.Services}); diff != "" || e.Kind != trigger.Placement {
				t.Errorf("%s\n%s", e.Kind, diff)
			}
			about := slices.Concat(e.About, e.Services)
			if len(about) != 1 || about[0].Name != "web" || about[0].Cluster != "prod" && about[0].Cluster != "default" {
				t.Errorf("it tells of %v", about)
			}
		})
	}
}

func TestAutoScalingIsIgnored(t *testing.T) {
	answer := answered(`,"taskDefinition":"` + revision + `",` + behind(`"`+sg+`"`))
	e := parse(t, ecs("UpdateService", `{"cluster":"prod","service":"web","desiredCount":3}`, answer).body())
	if e.Kind != trigger.Ignored || e.Reason != "changes the number of tasks only" {
		t.Errorf("got %s (%s)", e.Kind, e.Reason)
	}
	if e := parse(t, ecs("CreateService", `{"cluster":"prod","service":"web","desiredCount":3}`, answer).body()); e.Kind != trigger.Placement {
		t.Errorf("a new service: got %s (%s)", e.Kind, e.Reason)
	}
}

func TestADeregistrationNamesItsFamily(t *testing.T) {
	for _, c := range []struct{ sentence, request, response string }{
		{"by a revision", `{"taskDefinition":"web:3"}`, `null`},
		{"by an ARN", `{"taskDefinition":"` + revision + `"}`, `null`},
		{"by the response where the request is redacted", hidden, `{"taskDefinition":{"taskDefinitionArn":"` + revision + `","family":"web"}}`},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			want := trigger.Event{Kind: trigger.Definition, ID: envelopeID, Families: []string{"web"}, Origin: origin("DeregisterTaskDefinition")}
			if diff := cmp.Diff(want, parse(t, ecs("DeregisterTaskDefinition", c.request, c.response).body())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnAttributeNamesItsGroupsOrElseWhatHasThem(t *testing.T) {
	const instance = "i-0123456789abcdef0"
	const put = `"groupSet":{"items":[{"groupId":"` + sg + `"},{"groupId":"` + sg2 + `"}]}`
	for _, c := range []struct {
		sentence, call, request string
		want                    trigger.Event
	}{
		{"an interface's groups", "ModifyNetworkInterfaceAttribute", `{"networkInterfaceId":"` + eni + `",` + put + `}`, trigger.Event{Kind: trigger.Group, Groups: []string{sg, sg2}}},
		{"an instance's groups", "ModifyInstanceAttribute", `{"instanceId":"` + instance + `",` + put + `}`, trigger.Event{Kind: trigger.Group, Groups: []string{sg, sg2}}},
		{"a bare object for a list", "ModifyInstanceAttribute", `{"instanceId":"` + instance + `","groupSet":{"items":{"groupId":"` + sg + `"}}}`, trigger.Event{Kind: trigger.Group, Groups: []string{sg}}},
		{"another attribute of an interface", "ModifyNetworkInterfaceAttribute", `{"networkInterfaceId":"` + eni + `","sourceDestCheck":{"value":false}}`, trigger.Event{Kind: trigger.Ignored, Reason: "changes no security groups"}},
		{"another attribute of an instance", "ModifyInstanceAttribute", `{"instanceId":"` + instance + `","userData":"<sensitiveDataRemoved>"}`, trigger.Event{Kind: trigger.Ignored, Reason: "changes no security groups"}},
		{"another attribute beside an empty set", "ModifyNetworkInterfaceAttribute", `{"networkInterfaceId":"` + eni + `","groupSet":{},"description":{"value":"x"}}`, trigger.Event{Kind: trigger.Ignored, Reason: "changes no security groups"}},
		{"groups of another shape", "ModifyNetworkInterfaceAttribute", `{"networkInterfaceId":"` + eni + `","groupSet":"` + sg + `"}`, trigger.Event{Kind: trigger.Placement, Interfaces: []string{eni}}},
		{"groups of another shape of an instance", "ModifyInstanceAttribute", `{"instanceId":"` + instance + `","groupSet":["` + sg + `"]}`, trigger.Event{Kind: trigger.Placement, Instances: []string{instance}}},
		{"a parameter that is not known", "ModifyNetworkInterfaceAttribute", `{"networkInterfaceId":"` + eni + `","securityGroupIdSet":{"items":[]}}`, trigger.Event{Kind: trigger.Placement, Interfaces: []string{eni}}},
		{"a group that is redacted", "ModifyNetworkInterfaceAttribute", `{"networkInterfaceId":"` + eni + `","groupSet":{"items":[{"groupId":` + hidden + `}]}}`, trigger.Event{Kind: trigger.Placement, Interfaces: []string{eni}}},
		{"a request that is cut", "ModifyInstanceAttribute", `{"instanceId":"` + instance + `","omitted":true}`, trigger.Event{Kind: trigger.Placement, Instances: []string{instance}}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			c.want.ID, c.want.Origin = envelopeID, origin(c.call)
			if diff := cmp.Diff(c.want, parse(t, ec2(c.call, c.request, `{"_return":true}`).body())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAPlacementThatNamesNothingIsMalformed(t *testing.T) {
	const request = "detail.requestParameters."
	for _, c := range []struct{ sentence, body, what string }{
		{"a service's call of null", ecs("UpdateService", `null`, `null`).body(), request + "service is missing"},
		{"a service with a line break", ecs("UpdateService", `{"service":"web\n"}`, `null`).body(), request + "service is no service"},
		{"a service of another kind of ARN", ecs("UpdateService", `{"service":"`+revision+`"}`, `null`).body(), request + "service is no service"},
		{"a cluster that is a path", ecs("UpdateService", `{"service":"web","cluster":"../x"}`, `null`).body(), request + "service is in no cluster"},
		{"a definition that is a service", ecs("CreateService", `{"serviceName":"web","taskDefinition":"`+service+`"}`, `null`).body(), request + "taskDefinition is no task definition"},
		{"a group that is none", ecs("CreateService", `{"serviceName":"web","taskDefinition":"web",`+behind(`"sg-*"`)+`}`, `null`).body(), request + "networkConfiguration.awsvpcConfiguration.securityGroups is no id of a security group"},
		{"a deregistration of nothing", ecs("DeregisterTaskDefinition", `{}`, `null`).body(), request + "taskDefinition is missing"},
		{"an interface's call of null", ec2("ModifyNetworkInterfaceAttribute", `null`, `null`).body(), request + "networkInterfaceId is missing"},
		{"an instance's call of null", ec2("ModifyInstanceAttribute", `null`, `null`).body(), request + "instanceId is missing"},
		{"an interface's group that is none", ec2("ModifyNetworkInterfaceAttribute", `{"networkInterfaceId":"`+eni+`","groupSet":{"items":[{"groupId":"x"}]}}`, `null`).body(), request + "groupSet.items.groupId is no id of a security group"},
		{"an instance that is none", ec2("ModifyInstanceAttribute", `{"instanceId":"web","groupSet":5}`, `null`).body(), request + "instanceId is no id of an instance"},
		{"an interface that is none", ec2("ModifyNetworkInterfaceAttribute", `{"networkInterfaceId":"eni-*","groupSet":5}`, `null`).body(), request + "networkInterfaceId is no id of a network interface"},
	} {
		t.Run(c.sentence, func(t *testing.T) { wantMalformed(t, c.body, c.what) })
	}
}
