package plan

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

const (
	arnBefore  = "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:9"
	arnAfter   = "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:10"
	arnAnother = "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:1234567"
)

var rolloutNow = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// serving is a service with these deployments, the first of them PRIMARY.
func serving(all ...types.Deployment) types.Service {
	for i := range all {
		all[i].Status = aws.String("ACTIVE")
	}
	if len(all) > 0 {
		all[0].Status = aws.String("PRIMARY")
	}
	return types.Service{Status: aws.String("ACTIVE"), Deployments: all}
}

func deployment(id, definition, state string, age time.Duration) types.Deployment {
	return types.Deployment{
		Id: &id, TaskDefinition: &definition, RolloutState: types.DeploymentRolloutState(state),
		RolloutStateReason: aws.String("ECS says so of " + id), CreatedAt: aws.Time(rolloutNow.Add(-age)),
	}
}

func controlledBy(kind types.DeploymentControllerType) types.Service {
	s := serving()
	s.DeploymentController = &types.DeploymentController{Type: kind}
	return s
}

func TestWhereAServiceStandsInARollout(t *testing.T) {
	const done, runs, fails = "COMPLETED", "IN_PROGRESS", "FAILED"
	classic := func(running int32) types.Deployment {
		d := deployment("new", arnAfter, "", time.Minute)
		d.DesiredCount, d.RunningCount = 2, running
		return d
	}
	asked := Move{State: Moving, Deployment: "new"}
	for _, c := range []struct {
		sentence string
		service  types.Service
		was      Move
		want     Move
	}{
		{"a deleted service is gone", types.Service{Status: aws.String("INACTIVE")}, asked, Move{State: Gone}},
		{"a draining one too", types.Service{Status: aws.String("DRAINING")}, Move{}, Move{State: Gone}},
		{"CodeDeploy's is left", controlledBy(types.DeploymentControllerTypeCodeDeploy), Move{}, Move{State: Left, Why: "its deployments are made by CodeDeploy"}},
		{"an external controller's is left", controlledBy(types.DeploymentControllerTypeExternal), Move{}, Move{State: Left, Why: "its deployments are made by an external controller"}},
		{"ECS's own with a name is not", func() types.Service {
			s := serving(deployment("old", arnBefore, done, time.Hour))
			s.DeploymentController = &types.DeploymentController{Type: types.DeploymentControllerTypeEcs}
			return s
		}(), Move{}, Move{State: Due}},
		{"one without deployments is left", serving(), Move{}, Move{State: Left, Why: "it has no deployment"}},
		{"one at rest is due", serving(deployment("old", arnBefore, done, time.Hour)), Move{}, Move{State: Due}},
		{"one that was left before is due", serving(deployment("old", arnBefore, done, time.Hour)), Move{State: Left, Why: "access denied"}, Move{State: Due}},
		{"somebody's deployment comes first", serving(deployment("old", arnBefore, runs, time.Minute)), Move{}, Move{State: Waiting, Why: "a deployment of web:9 is in progress"}},
		{"somebody's failed deployment is left", serving(deployment("old", arnBefore, fails, time.Minute)), Move{}, Move{State: Left, Why: "its own deployment of web:9 failed"}},
		{"another revision is left", serving(deployment("x", arnAnother, done, time.Hour)), Move{}, Move{State: Left, Why: "it runs web:1234567"}},
		{"the new one goes on", serving(deployment("new", arnAfter, runs, time.Minute), deployment("old", arnBefore, done, time.Hour)), Move{}, asked},
		{"the new one is done, the old one drains", serving(deployment("new", arnAfter, done, time.Minute), deployment("old", arnBefore, done, time.Hour)), asked, asked},
		{"the new one is done and alone", serving(deployment("new", arnAfter, done, time.Minute)), asked, Move{State: Moved, Deployment: "new"}},
		{"a request that was lost took effect", serving(deployment("new", arnAfter, done, time.Minute)), Move{}, Move{State: Moved, Deployment: "new"}},
		{"the new one failed and stays", serving(deployment("new", arnAfter, fails, time.Minute), deployment("old", arnBefore, done, time.Hour)), asked, Move{State: Returning, Why: "ECS says so of new", Deployment: "new"}},
		{"the new one never ends", serving(deployment("new", arnAfter, runs, 181*time.Minute)), asked, Move{State: Returning, Why: "its deployment did not end within three hours", Deployment: "new"}},
		{"the new one has three hours", serving(deployment("new", arnAfter, runs, 179*time.Minute)), asked, asked},
		{
			"ECS rolls back, and lists what failed", serving(deployment("old", arnBefore, runs, time.Minute), deployment("new", arnAfter, fails, time.Hour)), asked,
			Move{State: Failed, Why: "ECS says so of new", Deployment: "new"},
		},
		{"ECS rolls back, and lists it no more", serving(deployment("old", arnBefore, runs, time.Minute)), asked, Move{State: Failed, Why: "ECS says so of old", Deployment: "new"}},
		{"ECS has rolled back", serving(deployment("old", arnBefore, done, time.Minute)), asked, Move{State: Failed, Why: "it was moved back", Deployment: "new"}},
		{"ECS has rolled back, and its events say why", func() types.Service {
			s := serving(deployment("old", arnBefore, done, time.Minute))
			for _, message := range []string{"(service web) has reached a steady state.", "(service web) (deployment new) deployment failed: tasks failed to start."} {
				s.Events = append(s.Events, types.ServiceEvent{Message: &message})
			}
			return s
		}(), asked, Move{State: Failed, Why: "deployment failed: tasks failed to start.", Deployment: "new"}},
		{"what failed stays failed, for the same reason", serving(deployment("old", arnBefore, done, time.Minute)), Move{State: Failed, Why: "w", Deployment: "new"}, Move{State: Failed, Why: "w", Deployment: "new"}},
		{"we moved it back", serving(deployment("again", arnBefore, runs, 0)), Move{State: Returning, Why: "w", Deployment: "new"}, Move{State: Failed, Why: "w", Deployment: "new"}},
		{"somebody moves one that failed", serving(deployment("third", arnAfter, done, 0)), Move{State: Failed, Why: "w", Deployment: "new"}, Move{State: Moved, Deployment: "third"}},
		{"somebody moves it elsewhere", serving(deployment("x", arnAnother, done, 0)), asked, Move{State: Left, Why: "it runs web:1234567", Deployment: "new"}},
		{"behind a Classic Load Balancer, tasks are missing", serving(classic(1)), asked, asked},
		{"behind a Classic Load Balancer, all run", serving(classic(2)), asked, Move{State: Moved, Deployment: "new"}},
	} {
		r := Rollout{From: arnBefore, To: arnAfter}
		if got := r.Next(c.service, c.was, rolloutNow); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.sentence, got, c.want)
		}
	}
}
