package ecsconformance

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

var deploymentCases = []check{
	{name: "a new service's first deployment is in progress until it comes to rest", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red))
		w.wantDeployments(t, "web:1", "PRIMARY web:1 IN_PROGRESS: ECS deployment 1 in progress.")
		w.settle("prod", "web")
		w.wantDeployments(t, "web:1", "PRIMARY web:1 COMPLETED: ECS deployment 1 completed.")
	}},
	{name: "an update makes a new deployment before the old one", run: func(t *testing.T, w world) {
		w.served(t, nil)
		w.update(t, "web:2")
		w.wantDeployments(t, "web:2", "PRIMARY web:2 IN_PROGRESS: ECS deployment 1 in progress.", "ACTIVE web:1 COMPLETED: ECS deployment 2 completed.")
		w.settle("prod", "web")
		w.wantDeployments(t, "web:2", "PRIMARY web:2 COMPLETED: ECS deployment 1 completed.")
	}},
	{name: "an update while a deployment is in progress makes another", run: func(t *testing.T, w world) {
		w.served(t, nil)
		w.update(t, "web:2")
		w.update(t, "web:1")
		w.wantDeployments(t, "web:1", "PRIMARY web:1 IN_PROGRESS: ECS deployment 1 in progress.",
			"ACTIVE web:2 IN_PROGRESS: ECS deployment 2 in progress.", "ACTIVE web:1 COMPLETED: ECS deployment 3 completed.")
	}},
	{name: "an update to what the service runs makes no deployment", run: func(t *testing.T, w world) {
		w.served(t, nil)
		w.update(t, "web:1")
		w.wantDeployments(t, "web:1", "PRIMARY web:1 COMPLETED: ECS deployment 1 completed.")
	}},
	{name: "an update by force makes a deployment of the same definition", run: func(t *testing.T, w world) {
		w.served(t, nil)
		w.update(t, "", func(in *ecs.UpdateServiceInput) { in.ForceNewDeployment = true })
		w.wantDeployments(t, "web:1", "PRIMARY web:1 IN_PROGRESS: ECS deployment 1 in progress.", "ACTIVE web:1 COMPLETED: ECS deployment 2 completed.")
	}},
	{name: "an update of the number of tasks makes no deployment", run: func(t *testing.T, w world) {
		w.served(t, nil)
		w.update(t, "", func(in *ecs.UpdateServiceInput) { in.DesiredCount = aws.Int32(3) })
		w.wantDeployments(t, "web:1", "PRIMARY web:1 COMPLETED: ECS deployment 1 completed.")
		if d := w.prodWeb(t).Deployments[0]; d.DesiredCount != 3 {
			t.Errorf("%d tasks wanted", d.DesiredCount)
		}
	}},
	{name: "an update keeps the number of tasks and the groups", run: func(t *testing.T, w world) {
		v := w.served(t, nil)
		w.update(t, "web:2")
		w.settle("prod", "web")
		s := w.prodWeb(t)
		if groups := s.Deployments[0].NetworkConfiguration.AwsvpcConfiguration.SecurityGroups; s.DesiredCount != 1 || len(groups) != 1 || groups[0] != v.red {
			t.Errorf("%d tasks behind %v", s.DesiredCount, groups)
		}
	}},
	{name: "a deployment that fails goes back with the circuit breaker's rollback", run: func(t *testing.T, w world) {
		w.served(t, breaker(true))
		w.update(t, "web:2")
		w.fail("prod", "web", "")
		w.wantDeployments(t, "web:1", "PRIMARY web:1 IN_PROGRESS: ECS deployment circuit breaker: rolling back to deploymentId 1.",
			"ACTIVE web:2 FAILED: ECS deployment circuit breaker: tasks failed to start.")
		w.settle("prod", "web")
		w.wantDeployments(t, "web:1", "PRIMARY web:1 COMPLETED: ECS deployment 1 completed.")
	}},
	{name: "a deployment goes back under the id that it had", run: func(t *testing.T, w world) {
		w.served(t, breaker(true))
		id := *w.prodWeb(t).Deployments[0].Id
		w.update(t, "web:2")
		w.fail("prod", "web", "")
		if got := *w.prodWeb(t).Deployments[0].Id; got != id {
			t.Errorf("back under %s, not %s", got, id)
		}
	}},
	{name: "a service that goes back does so with its groups", run: func(t *testing.T, w world) {
		v := w.served(t, breaker(true))
		w.update(t, "web:2", func(in *ecs.UpdateServiceInput) { in.NetworkConfiguration = v.behind(v.blue) })
		w.fail("prod", "web", "")
		w.settle("prod", "web")
		s := w.prodWeb(t)
		if groups := s.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups; len(groups) != 1 || groups[0] != v.red {
			t.Errorf("back behind %v", groups)
		}
		w.wantUsers(t, v.red, "service prod/web web:1")
		w.wantUsers(t, v.blue)
	}},
	{name: "a deployment that fails stays so with the circuit breaker alone", run: func(t *testing.T, w world) {
		w.served(t, breaker(false))
		w.update(t, "web:2")
		w.fail("prod", "web", "")
		w.settle("prod", "web")
		w.wantDeployments(t, "web:2", "PRIMARY web:2 FAILED: ECS deployment circuit breaker: tasks failed to start.",
			"ACTIVE web:1 COMPLETED: ECS deployment 2 completed.")
	}},
	{name: "alarms fail a deployment, too, for a reason of their own", run: func(t *testing.T, w world) {
		w.served(t, &types.DeploymentConfiguration{Alarms: &types.DeploymentAlarms{AlarmNames: []string{"5xx"}, Enable: true, Rollback: true}})
		w.update(t, "web:2")
		w.fail("prod", "web", "alarm detected")
		w.wantDeployments(t, "web:1", "PRIMARY web:1 IN_PROGRESS: alarm detected: rolling back to deploymentId 1.", "ACTIVE web:2 FAILED: alarm detected")
	}},
	{name: "without a circuit breaker no deployment fails", run: func(t *testing.T, w world) {
		w.served(t, nil)
		w.update(t, "web:2")
		w.fail("prod", "web", "")
		w.wantDeployments(t, "web:2", "PRIMARY web:2 IN_PROGRESS: ECS deployment 1 in progress.", "ACTIVE web:1 COMPLETED: ECS deployment 2 completed.")
	}},
	{name: "a first deployment that fails has nothing to go back to", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.service(t, "web", d, v.behind(v.red), func(in *ecs.CreateServiceInput) { in.DeploymentConfiguration = breaker(true) })
		w.fail("prod", "web", "")
		w.wantDeployments(t, "web:1", "PRIMARY web:1 FAILED: ECS deployment circuit breaker: tasks failed to start.")
	}},
	{name: "a deployment that has completed fails no more", run: func(t *testing.T, w world) {
		w.served(t, breaker(true))
		w.fail("prod", "web", "")
		w.wantDeployments(t, "web:1", "PRIMARY web:1 COMPLETED: ECS deployment 1 completed.")
	}},
	{name: "an update to an inactive definition is refused", run: func(t *testing.T, w world) {
		w.served(t, nil)
		w.deregister(t, "web:2")
		w.wantRefused(t, "web:2", "ClientException", "TaskDefinition is inactive")
	}},
	{name: "an update to a definition that is not there is refused", run: func(t *testing.T, w world) {
		w.served(t, nil)
		w.wantRefused(t, "web:9", "ClientException", "")
	}},
	{name: "an update of a deleted service is refused", run: func(t *testing.T, w world) {
		w.served(t, nil)
		must(w.ecs.DeleteService(t.Context(), &ecs.DeleteServiceInput{Cluster: aws.String("prod"), Service: aws.String("web"), Force: aws.Bool(true)}))(t)
		w.wantRefused(t, "web:2", "ServiceNotActiveException", "not ACTIVE")
	}},
	{name: "CodeDeploy's service keeps its definition", run: func(t *testing.T, w world) {
		v, d := stage(t, w)
		w.register(t, plain("web", types.NetworkModeAwsvpc))
		w.service(t, "web", d, v.behind(v.red), func(in *ecs.CreateServiceInput) {
			in.DeploymentController = &types.DeploymentController{Type: types.DeploymentControllerTypeCodeDeploy}
		})
		w.wantRefused(t, "web:2", "InvalidParameterException", "Unable to update task definition on services with a CODE_DEPLOY deployment controller.")
		w.wantDeployments(t, "web:1")
	}},
}

func breaker(rollback bool) *types.DeploymentConfiguration {
	return &types.DeploymentConfiguration{DeploymentCircuitBreaker: &types.DeploymentCircuitBreaker{Enable: true, Rollback: rollback}}
}

// served makes service prod/web of web:1, at rest behind the red group, and registers web:2.
func (w world) served(t *testing.T, d *types.DeploymentConfiguration) vpc {
	t.Helper()
	v, first := stage(t, w)
	w.service(t, "web", first, v.behind(v.red), func(in *ecs.CreateServiceInput) { in.DeploymentConfiguration = d })
	w.settle("prod", "web")
	w.register(t, plain("web", types.NetworkModeAwsvpc))
	return v
}

// update gives prod/web this definition, if any; more changes the input.
func (w world) update(t *testing.T, definition string, more ...func(*ecs.UpdateServiceInput)) {
	t.Helper()
	in := &ecs.UpdateServiceInput{Cluster: aws.String("prod"), Service: aws.String("web")}
	if definition != "" {
		in.TaskDefinition = &definition
	}
	for _, change := range more {
		change(in)
	}
	must(w.ecs.UpdateService(t.Context(), in))(t)
}

func (w world) prodWeb(t *testing.T) types.Service {
	t.Helper()
	out := must(w.ecs.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("prod"), Services: []string{"web"}}))(t)
	if len(out.Services) != 1 {
		t.Fatalf("%d services", len(out.Services))
	}
	return out.Services[0]
}

// wantDeployments compares the definition of prod/web, which is an ARN, and its deployments, each as "status definition state:
// reason" with ids replaced by their deployment's place.
func (w world) wantDeployments(t *testing.T, definition string, want ...string) {
	t.Helper()
	s := w.prodWeb(t)
	if got := *s.TaskDefinition; !strings.HasPrefix(got, "arn:") || lastPart(got) != definition {
		t.Errorf("the service runs %s, not %s", got, definition)
	}
	var got, places []string
	for i, d := range s.Deployments {
		got = append(got, *d.Status+" "+lastPart(*d.TaskDefinition)+" "+string(d.RolloutState)+": "+*d.RolloutStateReason)
		places = append(places, *d.Id, string(rune('1'+i)))
	}
	for i, line := range got {
		got[i] = strings.NewReplacer(places...).Replace(line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func (w world) wantRefused(t *testing.T, definition, code, says string) {
	t.Helper()
	_, err := w.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("prod"), Service: aws.String("web"), TaskDefinition: &definition})
	var refused smithy.APIError
	if !errors.As(err, &refused) || refused.ErrorCode() != code || !strings.Contains(refused.ErrorMessage(), says) {
		t.Errorf("error %v, want %s: %s", err, code, says)
	}
}
