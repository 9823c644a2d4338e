package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
)

// TestAGroupThatOnlyAScheduleUsesIsClosed has a schedule start a family behind a group that nothing else is behind.
func TestAGroupThatOnlyAScheduleUsesIsClosed(t *testing.T) {
	s := newSite(t, up(t, nil))
	s.service(t, "nightly")
	must(s.ecs.DeleteService(t.Context(), &ecs.DeleteServiceInput{Cluster: aws.String("prod"), Service: aws.String("nightly"), Force: aws.Bool(true)}))(t)
	group := *must(s.ec2.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{
		GroupName: aws.String("started"), Description: aws.String("test"), VpcId: &s.vpc,
	}))(t).GroupId
	clusters := must(s.ecs.ListClusters(t.Context(), &ecs.ListClustersInput{}))(t)
	schedules := scheduler.NewFromConfig(s.Config())
	must(schedules.CreateSchedule(t.Context(), &scheduler.CreateScheduleInput{
		Name: aws.String("nightly"), ScheduleExpression: aws.String("rate(1 day)"), FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
		Target: &types.Target{
			Arn: &clusters.ClusterArns[0], RoleArn: aws.String("arn:aws:iam::123456789012:role/starts"), EcsParameters: &types.EcsParameters{
				TaskDefinitionArn: aws.String("arn:aws:ecs:eu-west-1:123456789012:task-definition/nightly"), NetworkConfiguration: &types.NetworkConfiguration{
					AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{s.subnet}, SecurityGroups: []string{group}},
				},
			},
		},
	}))(t)
	s.open(t, group)
	s.idle(t)
	if !s.isOpen(t, group) {
		t.Error("closed although nobody could know who uses it")
	}
	s.sweep(t)
	s.idle(t)
	if s.isOpen(t, group) {
		t.Error("the sweep did not close it")
	}
	must(schedules.DeleteSchedule(t.Context(), &scheduler.DeleteScheduleInput{Name: aws.String("nightly"), GroupName: aws.String("default")}))(t)
	s.sweep(t)
	s.idle(t)
	if users := must(s.ledger().Users(t.Context(), group))(t); len(users) > 0 {
		t.Errorf("the schedule is gone, and the index has %+v", users)
	}
}
