package e2e

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/firewarden/firewarden/pkg/local/cloud"
)

// TestTheGroupOfAHostModeInstanceIsClosed starts a host-mode FireLens task on a container instance and opens the instance's group.
func TestTheGroupOfAHostModeInstanceIsClosed(t *testing.T) {
	s := newSite(t, up(t, nil))
	group := *must(s.ec2.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{
		GroupName: aws.String("instances"), Description: aws.String("test"), VpcId: &s.vpc,
	}))(t).GroupId
	run := must(s.ec2.RunInstances(t.Context(), &ec2.RunInstancesInput{
		ImageId: aws.String("ami-12c6146b"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1), SubnetId: &s.subnet, SecurityGroupIds: []string{group},
	}))(t)
	instance := must(s.ecs.RegisterContainerInstance(t.Context(), &ecs.RegisterContainerInstanceInput{
		Cluster: aws.String("prod"), InstanceIdentityDocument: aws.String(`{"instanceId": "` + *run.Instances[0].InstanceId + `"}`),
	}))(t)
	d := must(s.ecs.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("agent"), NetworkMode: ecstypes.NetworkModeHost, ContainerDefinitions: []ecstypes.ContainerDefinition{
			{
				Name: aws.String("agent_log_router"), Image: aws.String("public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16"), Memory: aws.Int32(100),
				FirelensConfiguration: &ecstypes.FirelensConfiguration{Type: ecstypes.FirelensConfigurationTypeFluentbit},
				LogConfiguration:      &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverJsonFile},
			},
			{
				Name: aws.String("app"), Image: aws.String("example/app:1"), Memory: aws.Int32(100),
				LogConfiguration: &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverAwsfirelens, Options: map[string]string{"Name": "stdout"}},
			},
		},
	}))(t)
	must(s.ecs.StartTask(t.Context(), &ecs.StartTaskInput{
		Cluster: aws.String("prod"), TaskDefinition: d.TaskDefinition.TaskDefinitionArn,
		ContainerInstances: []string{*instance.ContainerInstance.ContainerInstanceArn},
	}))(t)
	s.open(t, group)
	s.idle(t)
	if s.isOpen(t, group) {
		t.Error("the instance's group is open")
	}
	all := must(s.ledger().Remediations(t.Context()))(t)
	if len(all) != 1 || strings.Join(all[0].Rules, " ") != "FL102" {
		t.Errorf("remediations %+v, want one by FL102", all)
	}
}

// failing answers every read of one group with an error that nobody knows: the SDK does not try again, a delivery does.
func failing(group *string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			form := string(body)
			if *group != "" && strings.Contains(form, "Action=DescribeSecurityGroups&") && strings.Contains(form, *group) {
				http.Error(w, "<Response><Errors><Error><Code>Unheard.Of</Code><Message>broken</Message></Error></Errors></Response>", http.StatusBadRequest)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(w, r)
		})
	}
}

// TestAPoisonMessageEndsInTheDeadLetterQueue has one group that cannot be read, and another beside it in the same batch. The queue's
// visibility is shortened, for six minutes a delivery is too long for a test.
func TestAPoisonMessageEndsInTheDeadLetterQueue(t *testing.T) {
	var broken string
	s := newSite(t, up(t, func(o *cloud.Options) { o.Middleware = failing(&broken) }))
	poison, good := s.service(t, "poison"), s.service(t, "good")
	s.idle(t)
	queues := sqs.NewFromConfig(s.Direct())
	url := s.Physical("AuditQueue")
	must(queues.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"VisibilityTimeout": "1"}}))(t)
	time.Sleep(2 * time.Second) // the emulator fixes a message's visibility when the long poll that gets it begins: let those end
	broken = poison
	for _, group := range []string{poison, good} {
		if err := s.Send(t.Context(), "AuditQueue", opening(t, group, 1)); err != nil {
			t.Fatal(err)
		}
	}
	s.open(t, good)
	deadline := time.Now().Add(3 * time.Minute)
	for depth := 0; depth == 0; {
		if time.Now().After(deadline) {
			t.Fatal("the poison message is not in the dead-letter queue")
		}
		depth = must(s.Depth(t.Context(), "AuditDeadLetterQueue"))(t)
		time.Sleep(idlePause)
	}
	if n := must(s.Depth(t.Context(), "AuditDeadLetterQueue"))(t); n != 1 {
		t.Errorf("%d messages in the dead-letter queue, want the poison one", n)
	}
	if s.isOpen(t, good) {
		t.Error("the rest of the batch was not done")
	}
	alarm := s.Properties("AuditDeadLetterAlarm")
	if alarm["MetricName"] != "ApproximateNumberOfMessagesVisible" || alarm["Namespace"] != "AWS/SQS" {
		t.Errorf("the alarm watches %v of %v", alarm["MetricName"], alarm["Namespace"])
	}
}

// idlePause is between two looks at a queue.
const idlePause = 200 * time.Millisecond
