package ecsfake

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"
)

func breaker(rollback bool) *types.DeploymentConfiguration {
	return &types.DeploymentConfiguration{DeploymentCircuitBreaker: &types.DeploymentCircuitBreaker{Enable: true, Rollback: rollback}}
}

func alarms(rollback bool) *types.DeploymentConfiguration {
	return &types.DeploymentConfiguration{Alarms: &types.DeploymentAlarms{AlarmNames: []string{"5xx"}, Enable: true, Rollback: rollback}}
}

// serve makes service prod/web of web:1 with two tasks, and registers web:2.
func serve(t *testing.T, d *types.DeploymentConfiguration) *Cloud {
	t.Helper()
	cloud, net := stage(t)
	if _, err := cloud.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("prod"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(2),
		NetworkConfiguration: net, DeploymentConfiguration: d,
	}); err != nil {
		t.Fatal(err)
	}
	next := good()
	next.NetworkMode = types.NetworkModeAwsvpc
	if _, err := cloud.RegisterTaskDefinition(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	return cloud
}

func update(t *testing.T, cloud *Cloud, definition string) *types.Service {
	t.Helper()
	out, err := cloud.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("prod"), Service: aws.String("web"), TaskDefinition: &definition})
	if err != nil {
		t.Fatal(err)
	}
	return out.Service
}

// deployments are those of prod/web, each as "status definition state", and after them the service's own definition.
func deployments(t *testing.T, cloud *Cloud) []string {
	t.Helper()
	out, err := cloud.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("prod"), Services: []string{"web"}})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, d := range out.Services[0].Deployments {
		all = append(all, *d.Status+" "+last(*d.TaskDefinition)+" "+string(d.RolloutState))
	}
	return append(all, last(*out.Services[0].TaskDefinition))
}

func TestADeploymentThatFailsGoesBackWhereTheServiceSaysSo(t *testing.T) {
	back := []string{"PRIMARY web:1 IN_PROGRESS", "ACTIVE web:2 FAILED", "web:1"}
	was := []string{"PRIMARY web:1 COMPLETED", "web:1"}
	stuck := []string{"PRIMARY web:2 FAILED", "ACTIVE web:1 COMPLETED", "web:2"}
	still := []string{"PRIMARY web:2 IN_PROGRESS", "ACTIVE web:1 COMPLETED", "web:2"}
	done := []string{"PRIMARY web:2 COMPLETED", "web:2"}
	for _, c := range []struct {
		sentence      string
		configuration *types.DeploymentConfiguration
		failed, later []string
	}{
		{"with a circuit breaker and rollback", breaker(true), back, was},
		{"with alarms and rollback", alarms(true), back, was},
		{"not with a circuit breaker alone", breaker(false), stuck, stuck},
		{"nor with alarms alone", alarms(false), stuck, stuck},
		{"and goes on, perhaps to its end, without either", nil, still, done},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			cloud := serve(t, c.configuration)
			cloud.Settle("prod", "web")
			update(t, cloud, "web:2")
			wantTasks(t, cloud, 4)
			cloud.Fail("prod", "web", "")
			if diff := cmp.Diff(c.failed, deployments(t, cloud)); diff != "" {
				t.Error(diff)
			}
			cloud.Settle("prod", "web")
			if diff := cmp.Diff(c.later, deployments(t, cloud)); diff != "" {
				t.Error(diff)
			}
			wantTasks(t, cloud, 2)
		})
	}
}

// The texts are those of describe-services outputs that people published.
func TestDeploymentsGiveECSsReasons(t *testing.T) {
	cloud := serve(t, breaker(true))
	reasons := func() []string {
		out, err := cloud.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("prod"), Services: []string{"web"}})
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, d := range out.Services[0].Deployments {
			all = append(all, strings.ReplaceAll(*d.RolloutStateReason, *d.Id, "ecs-svc/its-own"))
		}
		return all
	}
	want := func(all ...string) {
		t.Helper()
		if diff := cmp.Diff(all, reasons()); diff != "" {
			t.Error(diff)
		}
	}
	want("ECS deployment ecs-svc/its-own in progress.")
	cloud.Settle("prod", "web")
	want("ECS deployment ecs-svc/its-own completed.")
	update(t, cloud, "web:2")
	cloud.Fail("prod", "web", "")
	want("ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/its-own.", TasksFailedToStart)
	cloud.Settle("prod", "web")
	want("ECS deployment ecs-svc/its-own completed.")
}

func TestAFirstDeploymentHasNothingToGoBackTo(t *testing.T) {
	cloud := serve(t, breaker(true))
	cloud.Fail("prod", "web", "")
	if diff := cmp.Diff([]string{"PRIMARY web:1 FAILED", "web:1"}, deployments(t, cloud)); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyADeploymentInProgressFails(t *testing.T) {
	cloud := serve(t, breaker(true))
	cloud.Settle("prod", "web")
	cloud.Fail("prod", "web", "")
	if diff := cmp.Diff([]string{"PRIMARY web:1 COMPLETED", "web:1"}, deployments(t, cloud)); diff != "" {
		t.Error(diff)
	}
}

// TestARollbackRunsAnInactiveDefinition: ECS refuses one that is INACTIVE to a caller, but goes back to one of its own accord
// (aws/containers-roadmap #328).
func TestARollbackRunsAnInactiveDefinition(t *testing.T) {
	cloud := serve(t, breaker(true))
	cloud.Settle("prod", "web")
	update(t, cloud, "web:2")
	if _, err := cloud.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String("web:1")}); err != nil {
		t.Fatal(err)
	}
	cloud.Fail("prod", "web", "")
	cloud.Settle("prod", "web")
	if diff := cmp.Diff([]string{"PRIMARY web:1 COMPLETED", "web:1"}, deployments(t, cloud)); diff != "" {
		t.Error(diff)
	}
}

func TestAnUpdateDuringADeploymentMakesAnother(t *testing.T) {
	cloud := serve(t, nil)
	cloud.Settle("prod", "web")
	update(t, cloud, "web:2")
	update(t, cloud, "web:1")
	want := []string{"PRIMARY web:1 IN_PROGRESS", "ACTIVE web:2 IN_PROGRESS", "ACTIVE web:1 COMPLETED", "web:1"}
	if diff := cmp.Diff(want, deployments(t, cloud)); diff != "" {
		t.Error(diff)
	}
}

func TestAnUpdateToWhatTheServiceRunsMakesNoDeployment(t *testing.T) {
	cloud := serve(t, nil)
	update(t, cloud, "web:2")
	s := update(t, cloud, *update(t, cloud, "web").TaskDefinition)
	if len(s.Deployments) != 2 || s.DesiredCount != 2 {
		t.Errorf("%d tasks wanted, deployments %+v", s.DesiredCount, s.Deployments)
	}
	out, err := cloud.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("prod"), Service: aws.String("web"), ForceNewDeployment: true})
	if err != nil || len(out.Service.Deployments) != 3 {
		t.Errorf("forced: %+v, %v", out, err)
	}
}

func TestUpdatesThatECSRefuses(t *testing.T) {
	type in = ecs.UpdateServiceInput
	code := func(want string) func(error) bool {
		return func(err error) bool {
			var e interface{ ErrorCode() string }
			return errors.As(err, &e) && e.ErrorCode() == want
		}
	}
	for says, c := range map[string]struct {
		is     func(error) bool
		change func(*testing.T, *Cloud, *in)
	}{
		"TaskDefinition not found.": {code("ClientException"), func(_ *testing.T, _ *Cloud, i *in) { i.TaskDefinition = aws.String("web:9") }},
		"TaskDefinition is inactive": {code("ClientException"), func(t *testing.T, c *Cloud, _ *in) {
			if _, err := c.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String("web:2")}); err != nil {
				t.Fatal(err)
			}
		}},
		"Service not found.": {code("ServiceNotFoundException"), func(_ *testing.T, _ *Cloud, i *in) { i.Service = aws.String("nobody") }},
		"Cluster not found.": {code("ClusterNotFoundException"), func(_ *testing.T, _ *Cloud, i *in) { i.Cluster = aws.String("nowhere") }},
		"Service was not ACTIVE.": {code("ServiceNotActiveException"), func(t *testing.T, c *Cloud, i *in) {
			if _, err := c.DeleteService(t.Context(), &ecs.DeleteServiceInput{Cluster: i.Cluster, Service: i.Service, Force: aws.Bool(true)}); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(says, func(t *testing.T) {
			cloud := serve(t, nil)
			bad := &in{Cluster: aws.String("prod"), Service: aws.String("web"), TaskDefinition: aws.String("web:2")}
			c.change(t, cloud, bad)
			if _, err := cloud.UpdateService(t.Context(), bad); err == nil || !strings.Contains(err.Error(), says) || !c.is(err) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestAnotherControllersServiceKeepsItsDefinition(t *testing.T) {
	for controller, says := range map[types.DeploymentControllerType]string{
		types.DeploymentControllerTypeCodeDeploy: "services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
		types.DeploymentControllerTypeExternal:   "services with a EXTERNAL deployment controller.",
	} {
		cloud, net := stage(t)
		in := &ecs.CreateServiceInput{
			Cluster: aws.String("prod"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), NetworkConfiguration: net,
			DeploymentController: &types.DeploymentController{Type: controller},
		}
		if controller == types.DeploymentControllerTypeExternal {
			in.TaskDefinition = nil
		}
		if _, err := cloud.CreateService(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		for _, change := range []*ecs.UpdateServiceInput{{TaskDefinition: aws.String("web:1")}, {ForceNewDeployment: true}} {
			change.Cluster, change.Service = in.Cluster, in.ServiceName
			var refused *types.InvalidParameterException
			if _, err := cloud.UpdateService(t.Context(), change); !errors.As(err, &refused) || !strings.Contains(*refused.Message, says) {
				t.Errorf("%s: error %v", controller, err)
			}
		}
		if _, err := cloud.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: in.Cluster, Service: in.ServiceName, DesiredCount: aws.Int32(1)}); err != nil {
			t.Errorf("%s: its number of tasks: %v", controller, err)
		}
	}
}
