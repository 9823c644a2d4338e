package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/local/cloud"
	"github.com/firewarden/firewarden/pkg/local/cloudtrail"
)

// exposed is a bridge definition whose router maps 24224; nothing else is to be said of it.
func exposed(family, image string) *ecs.RegisterTaskDefinitionInput {
	in := closed(family, image)
	in.ContainerDefinitions[0].PortMappings = []ecstypes.PortMapping{{ContainerPort: aws.Int32(24224), HostPort: aws.Int32(24224)}}
	return in
}

// closed is the same without the mapping.
func closed(family, image string) *ecs.RegisterTaskDefinitionInput {
	return &ecs.RegisterTaskDefinitionInput{
		Family: &family, NetworkMode: ecstypes.NetworkModeBridge, ContainerDefinitions: []ecstypes.ContainerDefinition{
			{
				Name: aws.String(family + "_log_router"), Image: aws.String("public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16"), Memory: aws.Int32(100),
				Essential: aws.Bool(true), FirelensConfiguration: &ecstypes.FirelensConfiguration{Type: ecstypes.FirelensConfigurationTypeFluentbit},
				LogConfiguration: &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverJsonFile},
			},
			{
				Name: aws.String("app"), Image: &image, Memory: aws.Int32(100),
				DependsOn:        []ecstypes.ContainerDependency{{ContainerName: aws.String(family + "_log_router"), Condition: ecstypes.ContainerConditionStart}},
				LogConfiguration: &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverAwsfirelens, Options: map[string]string{"Name": "stdout"}},
			},
		},
	}
}

// deploy registers a bad definition and makes a service of it at once, as a pipeline does.
func (s *site) deploy(t *testing.T, name string, edit func(*ecs.CreateServiceInput)) {
	t.Helper()
	d := must(s.ecs.RegisterTaskDefinition(t.Context(), exposed(name, "example/app:1")))(t)
	in := &ecs.CreateServiceInput{
		Cluster: aws.String("prod"), ServiceName: &name, TaskDefinition: d.TaskDefinition.TaskDefinitionArn, DesiredCount: aws.Int32(2),
		DeploymentConfiguration: &ecstypes.DeploymentConfiguration{
			DeploymentCircuitBreaker: &ecstypes.DeploymentCircuitBreaker{Enable: true, Rollback: true}, MinimumHealthyPercent: aws.Int32(100),
		},
	}
	edit(in)
	must(s.ecs.CreateService(t.Context(), in))(t)
}

func (s *site) runs(t *testing.T, service string) string {
	t.Helper()
	out := must(s.ecs.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("prod"), Services: []string{service}}))(t)
	arn := aws.ToString(out.Services[0].TaskDefinition)
	return arn[strings.LastIndex(arn, "/")+1:]
}

// TestRollouts moves a service that asks for nothing special, one whose deployment fails, and one that CodeDeploy deploys; each is
// told of truthfully, and each runs in the end what the notice says.
func TestRollouts(t *testing.T) {
	s := newSite(t, up(t, func(o *cloud.Options) {
		o.Parameters = map[string]string{"Policy": "rollout: update-service\nderegister_corrected: true\n", "AllowRollout": "true"}
	}))
	in := s.subscribe(t, "notices")
	s.deploy(t, "moves", func(*ecs.CreateServiceInput) {})
	s.deploy(t, "fails", func(in *ecs.CreateServiceInput) {
		in.Tags = []ecstypes.Tag{{Key: aws.String("local:deployment"), Value: aws.String("fail")}}
	})
	s.deploy(t, "blue", func(in *ecs.CreateServiceInput) {
		in.DeploymentController = &ecstypes.DeploymentController{Type: ecstypes.DeploymentControllerTypeCodeDeploy}
		in.DeploymentConfiguration = nil
	})
	s.idle(t)
	told := in.notices(t)
	for _, c := range []struct {
		service, runs string
		told          []string
		says          string
	}{
		{"moves", "moves:2", []string{"rolling out", "remediated"}, "moves:1 is deregistered"},
		{"fails", "fails:1", []string{"rolling out", "rollout failed"}, "the deployment of service prod/fails failed, and it runs fails:1 again: "},
		{"blue", "blue:1", []string{"corrected"}, "service prod/blue was left as it is: its deployments are made by CodeDeploy"},
	} {
		all := told["task-definition/"+c.service]
		if got := statuses(all); !slices.Equal(got, c.told) {
			t.Errorf("%s: told %v, want %v", c.service, got, c.told)
			continue
		}
		if got := s.runs(t, c.service); got != c.runs {
			t.Errorf("%s runs %s, want %s", c.service, got, c.runs)
		}
		if notes := strings.Join(all[len(all)-1].Notes, "\n"); !strings.Contains(notes, c.says) {
			t.Errorf("%s: notes %q do not say %q", c.service, notes, c.says)
		}
	}
	for _, call := range s.Trail.Calls(cloudtrail.Actions("UpdateService")) {
		t.Logf("%s %s", call.Time.Format("15:04:05.000"), call.Action)
	}
	if n := len(s.Trail.Calls(cloudtrail.Actions("UpdateService"))); n != 2 {
		t.Errorf("%d UpdateService calls, want one for moves and one for fails", n)
	}
}
