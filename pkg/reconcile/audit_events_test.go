package reconcile_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// object is a JSON object.
type object = map[string]any

// called is the event of a call that CloudTrail tells of; answer may be nil.
func called(service, name string, request, answer object) string {
	return envelope("aws."+service, object{
		"eventSource": service + ".amazonaws.com", "eventName": name, "eventTime": "2026-11-23T12:00:00Z",
		"userIdentity":      object{"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/jo"},
		"requestParameters": request, "responseElements": answer,
	})
}

// happened is one of ECS's own events; resource may be empty.
func happened(detailType, resource string, detail object) string {
	body, err := json.Marshal(object{
		"version": "0", "id": "b0a1c5a2-7d1f-4f9e-8a55-6f3c3f0e2d11", "detail-type": detailType, "source": "aws.ecs",
		"account": "123456789012", "time": "2026-11-23T12:00:00Z", "region": "eu-central-1", "resources": []string{resource}, "detail": detail,
	})
	if err != nil {
		panic(err)
	}
	return string(body)
}

const arnOf = "arn:aws:ecs:eu-central-1:123456789012:"

func behind(groups ...string) object {
	return object{"awsvpcConfiguration": object{"subnets": []string{"subnet-1"}, "securityGroups": groups}}
}

func placed(name, service, definition string, groups ...string) string {
	return called("ecs", name, object{"cluster": "prod", "serviceName": service, "taskDefinition": definition, "networkConfiguration": behind(groups...)}, nil)
}

// updated is an update's event whose answer has what the service runs now and where.
func updated(service string, groups ...string) string {
	return called("ecs", "UpdateService", object{"cluster": "prod", "service": service, "taskDefinition": service}, object{"service": object{
		"serviceArn": arnOf + "service/prod/" + service, "clusterArn": arnOf + "cluster/prod",
		"taskDefinition": arnOf + "task-definition/" + service + ":1", "networkConfiguration": behind(groups...),
	}})
}

func steady(service string) string {
	return happened("ECS Service Action", arnOf+"service/prod/"+service, object{"eventName": "SERVICE_STEADY_STATE", "clusterArn": arnOf + "cluster/prod"})
}

// running is the event of a task; eni may be empty.
func running(definition, eni string) string {
	detail := object{"lastStatus": "RUNNING", "desiredStatus": "RUNNING", "taskDefinitionArn": definition, "attachments": []any{}}
	if eni != "" {
		detail["attachments"] = []object{{"type": "eni", "details": []object{{"name": "networkInterfaceId", "value": eni}}}}
	}
	return happened("ECS Task State Change", arnOf+"task/prod/1", detail)
}

// lastTask is the event of the task that was started last, with its ARN and its cluster's.
func (c *cloud) lastTask(definition, eni string) string {
	c.t.Helper()
	tasks, err := c.ecs.ListTasks(c.t.Context(), &ecs.ListTasksInput{Cluster: aws.String("prod")})
	if err != nil {
		c.t.Fatal(err)
	}
	return strings.Replace(running(definition, eni), `"lastStatus"`, fmt.Sprintf(`"taskArn":%q,"clusterArn":%q,"lastStatus"`, tasks.TaskArns[len(tasks.TaskArns)-1], arnOf+"cluster/prod"), 1)
}

// started runs a task alone behind a group and returns its interface.
func (c *cloud) started(definition, group string) string {
	c.t.Helper()
	out, err := c.ecs.RunTask(c.t.Context(), &ecs.RunTaskInput{
		Cluster: aws.String("prod"), TaskDefinition: &definition,
		NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{
			Subnets: []string{c.subnet}, SecurityGroups: []string{group},
		}},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, d := range out.Tasks[0].Attachments[0].Details {
		if *d.Name == "networkInterfaceId" {
			return *d.Value
		}
	}
	c.t.Fatal("the task has no interface")
	return ""
}

// ids are EC2's ids of the instances of cluster prod.
func (c *cloud) instances() []string {
	c.t.Helper()
	tasks, err := c.ecs.ListTasks(c.t.Context(), &ecs.ListTasksInput{Cluster: aws.String("prod")})
	if err != nil {
		c.t.Fatal(err)
	}
	found, err := c.ecs.DescribeTasks(c.t.Context(), &ecs.DescribeTasksInput{Cluster: aws.String("prod"), Tasks: tasks.TaskArns})
	if err != nil {
		c.t.Fatal(err)
	}
	var ids []string
	for _, task := range found.Tasks {
		out, err := c.ecs.DescribeContainerInstances(c.t.Context(), &ecs.DescribeContainerInstancesInput{
			Cluster: aws.String("prod"), ContainerInstances: []string{*task.ContainerInstanceArn},
		})
		if err != nil {
			c.t.Fatal(err)
		}
		ids = append(ids, *out.ContainerInstances[0].Ec2InstanceId)
	}
	return ids
}

// web is a service of that name behind a group that lets nothing in; it returns the group and the definition.
func (c *cloud) web() (group, definition string) {
	group, definition = c.group("web"), c.register(firelens("web", ecstypes.NetworkModeAwsvpc))
	c.service("web", definition, group)
	return group, definition
}

// costs are the calls of EC2 and ECS that events lead to. Each is a row of docs/events.md.
var costs = []struct {
	row    string
	calls  int
	events func(*cloud) []string
}{
	{"ingress entries that leave 24224 alone", 0, func(c *cloud) []string {
		return []string{called("ec2", "AuthorizeSecurityGroupIngress", object{"groupId": c.group("web"), "ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIp": "0.0.0.0/0"}, nil)}
	}},
	{"ingress entries that may matter, of a group that lets nothing on 24224 in", 2, func(c *cloud) []string { return []string{opened(c.group("web"))} }},
	{"the same, where the record has the group's name only", 3, func(c *cloud) []string {
		c.group("web")
		return []string{called("ec2", "AuthorizeSecurityGroupIngress", object{"groupName": "web", "ipProtocol": "-1"}, object{"_return": true})}
	}},
	{"a revocation that leaves 24224 alone", 0, func(c *cloud) []string {
		return []string{called("ec2", "RevokeSecurityGroupIngress", object{"groupId": c.group("web"), "ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIp": "0.0.0.0/0"}, nil)}
	}},
	{"a revocation of 24224, the last that was let in", 2, func(c *cloud) []string { return []string{revoked(c.group("web"))} }},
	{"an interface or instance put behind a group", 2, func(c *cloud) []string {
		return []string{called("ec2", "ModifyNetworkInterfaceAttribute", object{"networkInterfaceId": "eni-0123456789abcdef0", "groupSet": object{"items": []object{{"groupId": c.group("web")}}}}, nil)}
	}},
	{"another attribute of an interface or instance", 0, func(*cloud) []string {
		return []string{called("ec2", "ModifyInstanceAttribute", object{"instanceId": "i-0123456789abcdef0", "instanceType": object{"value": "m7g.large"}}, nil)}
	}},
	{"a task definition, registered or deregistered", 1, func(c *cloud) []string {
		c.register(firelens("web", ecstypes.NetworkModeAwsvpc))
		return []string{deregistered("web:1")}
	}},
	{"a new service or task set behind a group", 4, func(c *cloud) []string {
		g, d := c.web()
		return []string{placed("CreateService", "web", d, g)}
	}},
	{"a new service or task set in bridge or host mode", 2, func(c *cloud) []string {
		c.service("web", c.register(firelens("web", ecstypes.NetworkModeBridge)))
		return []string{called("ecs", "CreateService", object{"cluster": "prod", "serviceName": "web", "taskDefinition": "web"}, nil)}
	}},
	{"a new service in its VPC's default group, emptied", 6, func(c *cloud) []string {
		c.empty(c.defaultGroup())
		c.inDefaultGroup(c.register(firelens("web", ecstypes.NetworkModeAwsvpc)))
		return []string{placed("CreateService", "web", "web")}
	}},
	{"a service changed, or its primary task set", 4, func(c *cloud) []string {
		g, _ := c.web()
		return []string{updated("web", g)}
	}},
	{"the same, where the record lacks the answer", 4, func(c *cloud) []string {
		c.web()
		return []string{called("ecs", "UpdateServicePrimaryTaskSet", object{"cluster": "prod", "service": "web", "primaryTaskSet": "ecs-svc/1"}, nil)}
	}},
	{"a service's number of tasks changed", 0, func(c *cloud) []string {
		c.web()
		return []string{called("ecs", "UpdateService", object{"cluster": "prod", "service": "web", "desiredCount": 3}, nil)}
	}},
	{"a service's deployment, its failure, or its coming to rest", 4, func(c *cloud) []string { c.web(); return []string{steady("web")} }},
	{"the same, of fifty events in one batch about one service", 4, func(c *cloud) []string {
		c.web()
		var all []string
		for range 50 {
			all = append(all, steady("web"))
		}
		return all
	}},
	{"a task that runs, with an interface", 4, func(c *cloud) []string {
		g, d := c.web()
		return []string{running(d, c.started(d, g))}
	}},
	{"the same, of ten tasks of one family and group in one batch", 4, func(c *cloud) []string {
		g, d := c.web()
		var all []string
		for range 10 {
			all = append(all, running(d, c.started(d, g)))
		}
		return all
	}},
	{"a task that runs in bridge mode, the latest revision", 1, func(c *cloud) []string {
		return []string{running(c.register(firelens("web", ecstypes.NetworkModeBridge)), "")}
	}},
	{"a task that runs in bridge mode, an older revision", 2, func(c *cloud) []string {
		old := c.register(firelens("web", ecstypes.NetworkModeBridge))
		c.register(firelens("web", ecstypes.NetworkModeBridge))
		return []string{running(old, "")}
	}},
	{"a task that runs in host mode, with a router", 6, func(c *cloud) []string {
		d := c.register(firelens("node", ecstypes.NetworkModeHost))
		c.instance(d, c.group("nodes"))
		return []string{c.lastTask(d, "")}
	}},
	{"a task of another status", 0, func(*cloud) []string {
		return []string{happened("ECS Task State Change", "", object{"lastStatus": "PENDING", "desiredStatus": "RUNNING", "taskDefinitionArn": arnOf + "task-definition/web:1"})}
	}},
	{"a container instance", 3, func(c *cloud) []string {
		c.instance(c.register(firelens("node", ecstypes.NetworkModeBridge)), c.group("nodes"))
		return []string{joined(c.instances()[0])}
	}},
}

func revoked(group string) string {
	return called("ec2", "RevokeSecurityGroupIngress", object{"groupId": group, "ipProtocol": "tcp", "fromPort": 24224, "toPort": 24224, "cidrIp": "0.0.0.0/0"}, nil)
}

func deregistered(revision string) string {
	return called("ecs", "DeregisterTaskDefinition", object{"taskDefinition": revision}, nil)
}

func joined(instance string) string {
	return happened("ECS Container Instance State Change", arnOf+"container-instance/prod/1", object{"ec2InstanceId": instance, "status": "ACTIVE"})
}

// inDefaultGroup makes service web without groups, in a VPC whose default group both fakes know.
func (c *cloud) inDefaultGroup(definition string) {
	c.t.Helper()
	c.ecs.Network.Adopt(c.vpc, c.subnet, c.defaultGroup(), "default")
	_, err := c.ecs.CreateService(c.t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("prod"), ServiceName: aws.String("web"), TaskDefinition: &definition, DesiredCount: aws.Int32(0),
		NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{Subnets: []string{c.subnet}}},
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *cloud) defaultGroup() string {
	c.t.Helper()
	id, err := c.auditor().Groups.GroupID(c.t.Context(), "default")
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}

// empty takes all that a group lets in away, as a default group lets its own members in from the start.
func (c *cloud) empty(group string) {
	c.t.Helper()
	g, err := c.auditor().Groups.Group(c.t.Context(), group)
	if err != nil {
		c.t.Fatal(err)
	}
	var ids []string
	for _, e := range g.Entries {
		ids = append(ids, *e.SecurityGroupRuleId)
	}
	if _, err := c.ec2.Other().RevokeSecurityGroupIngress(c.t.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, SecurityGroupRuleIds: ids}); err != nil {
		c.t.Fatal(err)
	}
}

func TestEveryEventCostsTheCallsThatTheDocumentationSays(t *testing.T) {
	doc, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, cost := range costs {
		t.Run(cost.row, func(t *testing.T) {
			c := newCloud(t)
			bodies := cost.events(c)
			want(t, "calls", c.calls(bodies...), cost.calls)
			if row := regexp.QuoteMeta(fmt.Sprintf("| %s | %d |", cost.row, cost.calls)); !regexp.MustCompile(`(?m)^` + row).Match(doc) {
				t.Errorf("docs/events.md has no row | %s | %d |", cost.row, cost.calls)
			}
		})
	}
}
