package deployments_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/local/deployments"
)

const arn = "arn:aws:ecs:us-east-1:123456789012:"

// emulator has one service, in this status and of this controller, and definitions of any name.
type emulator struct{ status, controller string }

func (e emulator) DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	return &ecs.DescribeServicesOutput{Services: []types.Service{{
		Status: &e.status, DeploymentController: &types.DeploymentController{Type: types.DeploymentControllerType(e.controller)},
	}}}, nil
}

func (emulator) DescribeTaskDefinition(_ context.Context, in *ecs.DescribeTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error) {
	if *in.TaskDefinition == "nobody" {
		return nil, errors.New("not found")
	}
	status := types.TaskDefinitionStatusActive
	if *in.TaskDefinition == "old" {
		status = types.TaskDefinitionStatusInactive
	}
	return &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &types.TaskDefinition{
		TaskDefinitionArn: aws.String(arn + "task-definition/" + *in.TaskDefinition), Status: status,
	}}, nil
}

// room is a controller before an emulator, with what it sent.
type room struct {
	*deployments.Controller
	emulator emulator
	sent     []string
}

func newRoom() *room {
	r := &room{emulator: emulator{"ACTIVE", "ECS"}}
	r.Controller = deployments.New(deployments.Options{ECS: &r.emulator, Settle: time.Minute, Send: func(e eventtypes.PutEventsRequestEntry) {
		var d struct{ EventType, EventName, Reason, DeploymentID string }
		_ = json.Unmarshal([]byte(*e.Detail), &d)
		if d.DeploymentID != "" {
			d.Reason = " " + strings.ReplaceAll(d.Reason, d.DeploymentID, "ecs-svc/1")
		}
		r.sent = append(r.sent, d.EventType+" "+d.EventName+d.Reason)
	}})
	return r
}

// answer is what the emulator says of the service, whatever was asked: its first deployment and definition.
func (r *room) answer() string {
	return `{"serviceArn":"` + arn + `service/prod/web","clusterArn":"` + arn + `cluster/prod","status":"` + r.emulator.status +
		`","taskDefinition":"web:9","desiredCount":2,"deploymentController":{"type":"` + r.emulator.controller + `"},"kept":1.50,` +
		`"deployments":[{"id":"ecs-svc/5","status":"PRIMARY","taskDefinition":"` + arn + `task-definition/web:1","desiredCount":2,` +
		`"createdAt":1700000000.5,"rolloutState":"IN_PROGRESS"}]}`
}

// call makes a call with these parameters and returns what a client gets.
func (r *room) call(t *testing.T, action, parameters string) deployments.Answer {
	t.Helper()
	in := map[string]any{}
	if err := json.Unmarshal([]byte(parameters), &in); err != nil {
		t.Fatal(err)
	}
	out, err := r.Handle(t.Context(), deployments.Call{Action: action, Parameters: in, Pass: func() (deployments.Answer, error) {
		if action == "DescribeServices" {
			return deployments.Answer{Status: 200, Body: []byte(`{"services":[` + r.answer() + `],"failures":[]}`)}, nil
		}
		return deployments.Answer{Status: 200, Body: []byte(`{"service":` + r.answer() + `}`)}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// described is the service as a client sees it.
type described struct {
	TaskDefinition             string
	RunningCount, PendingCount int
	Kept                       json.Number
	Deployments                []struct{ Status, TaskDefinition, RolloutState string }
}

// wantStates compares the states of the deployments, PRIMARY first.
func (r *room) wantStates(t *testing.T, want ...string) described {
	t.Helper()
	var out struct{ Services []described }
	if err := json.Unmarshal(r.call(t, "DescribeServices", `{}`).Body, &out); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range out.Services[0].Deployments {
		got = append(got, d.Status+" "+d.RolloutState)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	return out.Services[0]
}

func (r *room) wantSent(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, r.sent); diff != "" {
		t.Error(diff)
	}
	r.sent = nil
}

const (
	began   = "INFO SERVICE_DEPLOYMENT_IN_PROGRESS ECS deployment ecs-svc/1 in progress."
	ended   = "INFO SERVICE_DEPLOYMENT_COMPLETED ECS deployment ecs-svc/1 completed."
	rests   = "INFO SERVICE_STEADY_STATE"
	broke   = "ERROR SERVICE_DEPLOYMENT_FAILED ECS deployment circuit breaker: tasks failed to start."
	goes    = "INFO SERVICE_DEPLOYMENT_IN_PROGRESS ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1."
	failing = `{"tags":[{"key":"local:deployment","value":"fail"}],"deploymentConfiguration":{"deploymentCircuitBreaker":{"enable":true,"rollback":true}}}`
)

// later lets this much of the test's own time pass.
func later(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestADeploymentTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom()
		defer r.Close()
		r.call(t, "CreateService", `{}`)
		r.wantStates(t, "PRIMARY IN_PROGRESS")
		later(time.Minute)
		r.wantStates(t, "PRIMARY COMPLETED")
		r.call(t, "UpdateService", `{"taskDefinition":"web:9"}`)
		s := r.wantStates(t, "PRIMARY IN_PROGRESS", "ACTIVE COMPLETED")
		if s.TaskDefinition != arn+"task-definition/web:9" || s.RunningCount != 2 || s.PendingCount != 2 || s.Kept != "1.50" {
			t.Errorf("described %+v", s)
		}
		later(time.Minute)
		r.wantStates(t, "PRIMARY COMPLETED")
		r.wantSent(t, began, ended, rests, began, ended, rests)
	})
}

func TestATaggedServiceFailsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom()
		defer r.Close()
		r.call(t, "CreateService", failing)
		later(time.Minute)
		r.call(t, "UpdateService", `{"taskDefinition":"web:9"}`)
		later(time.Minute)
		if s := r.wantStates(t, "PRIMARY IN_PROGRESS", "ACTIVE FAILED"); s.TaskDefinition != arn+"task-definition/web:1" || s.RunningCount != 2 {
			t.Errorf("went back to %+v", s)
		}
		later(time.Minute)
		r.wantStates(t, "PRIMARY COMPLETED")
		r.wantSent(t, began, ended, rests, began, broke, goes, ended, rests)
		r.call(t, "UpdateService", `{"taskDefinition":"web:9"}`)
		later(time.Minute)
		r.wantSent(t, began, ended, rests)
	})
}

func TestATaggedServiceWithoutACircuitBreakerNeverEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom()
		defer r.Close()
		r.call(t, "CreateService", `{"tags":[{"key":"local:deployment","value":"fail"}]}`)
		later(time.Minute)
		r.call(t, "UpdateService", `{"forceNewDeployment":true}`)
		if r.Pending() != 1 {
			t.Errorf("%d deployments are to end, want 1", r.Pending())
		}
		later(24 * time.Hour)
		if r.Pending() != 0 {
			t.Errorf("%d deployments are to end, want none", r.Pending())
		}
		r.wantStates(t, "PRIMARY IN_PROGRESS", "ACTIVE COMPLETED")
		r.wantSent(t, began, ended, rests, began)
	})
}

func TestAClosedControllerEndsNothingMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // and the bubble would not end with a goroutine left
		r := newRoom()
		r.call(t, "CreateService", `{}`)
		r.Close()
		later(time.Hour)
		r.wantStates(t, "PRIMARY IN_PROGRESS")
		r.wantSent(t, began)
	})
}

func TestAServiceThatIsGoneHasNoDeployments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom()
		defer r.Close()
		r.call(t, "CreateService", `{}`)
		r.emulator.status = "INACTIVE"
		r.call(t, "DeleteService", `{}`)
		later(time.Hour)
		r.wantStates(t)
		r.wantSent(t, began)
	})
}

// TestAServiceThatCloudFormationMadeIsTakenAsItIs: the controller sees it for the first time, and it is at rest.
func TestAServiceThatCloudFormationMadeIsTakenAsItIs(t *testing.T) {
	r := newRoom()
	defer r.Close()
	if s := r.wantStates(t, "PRIMARY COMPLETED"); s.RunningCount != 2 {
		t.Errorf("described %+v", s)
	}
	r.call(t, "UpdateService", `{"taskDefinition":"web:9"}`)
	r.wantStates(t, "PRIMARY IN_PROGRESS", "ACTIVE COMPLETED")
}

func TestWhatECSRefusesDoesNotReachTheEmulator(t *testing.T) {
	for _, c := range []struct {
		sentence, parameters string
		emulator             emulator
		want                 string
	}{
		{"an inactive definition", `{"taskDefinition":"old"}`, emulator{"ACTIVE", "ECS"}, `{"__type":"ClientException","message":"TaskDefinition is inactive"}`},
		{"a service that is gone", `{"taskDefinition":"web"}`, emulator{"INACTIVE", "ECS"}, `{"__type":"ServiceNotActiveException","message":"Service was not ACTIVE."}`},
		{"CodeDeploy's service", `{"taskDefinition":"web"}`, emulator{"ACTIVE", "CODE_DEPLOY"}, `{"__type":"InvalidParameterException","message":"Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment."}`},
		{"CodeDeploy's service, by force", `{"forceNewDeployment":true}`, emulator{"ACTIVE", "CODE_DEPLOY"}, `{"__type":"InvalidParameterException","message":"Cannot force a new deployment on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment."}`},
		{"a service of another controller", `{"taskDefinition":"web"}`, emulator{"ACTIVE", "EXTERNAL"}, `{"__type":"InvalidParameterException","message":"Unable to update task definition on services with a EXTERNAL deployment controller."}`},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			r := newRoom()
			defer r.Close()
			r.emulator = c.emulator
			if got := r.call(t, "UpdateService", c.parameters); got.Status != 400 || string(got.Body) != c.want {
				t.Errorf("got %d %s", got.Status, got.Body)
			}
		})
	}
}

func TestTheEmulatorRefusesWhatIsNotThere(t *testing.T) {
	r := newRoom()
	defer r.Close()
	refused := deployments.Answer{Status: 400, Body: []byte(`{"__type":"ClientException"}`)}
	got, err := r.Handle(t.Context(), deployments.Call{
		Action: "UpdateService", Parameters: map[string]any{"taskDefinition": "nobody"},
		Pass: func() (deployments.Answer, error) { return refused, nil },
	})
	if err != nil || got.Status != 400 || string(got.Body) != string(refused.Body) || len(r.sent) > 0 {
		t.Errorf("got %+v, %v, and sent %v", got, err, r.sent)
	}
}

func TestAnotherControllersServiceShowsNoDeployments(t *testing.T) {
	r := newRoom()
	defer r.Close()
	r.emulator.controller = "CODE_DEPLOY"
	r.call(t, "CreateService", `{"deploymentConfiguration":{"maximumPercent":200}}`)
	got := r.call(t, "UpdateService", `{"desiredCount":3}`)
	if !strings.Contains(string(got.Body), `"taskDefinition":"web:9"`) || !strings.Contains(string(got.Body), `"maximumPercent":200`) || len(r.sent) > 0 {
		t.Errorf("got %s, sent %v", got.Body, r.sent)
	}
}
