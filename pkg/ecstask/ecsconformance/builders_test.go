package ecsconformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/rules"
)

// firelens is a small definition with a router and a client.
func firelens(family string, mode types.NetworkMode) rules.Definition {
	return rules.Definition{Task: types.TaskDefinition{
		Family: &family, NetworkMode: mode,
		ContainerDefinitions: []types.ContainerDefinition{
			{
				Name: aws.String("log_router"), Image: aws.String("amazon/aws-for-fluent-bit:3"), MemoryReservation: aws.Int32(50),
				Essential: aws.Bool(true), FirelensConfiguration: &types.FirelensConfiguration{
					Type: types.FirelensConfigurationTypeFluentbit, Options: map[string]string{"enable-ecs-log-metadata": "true"},
				},
			},
			{
				Name: aws.String("app"), Image: aws.String("nginx"), Memory: aws.Int32(64), Essential: aws.Bool(true),
				PortMappings: []types.PortMapping{{
					Name: aws.String("web"), ContainerPort: aws.Int32(80), HostPort: aws.Int32(80), Protocol: types.TransportProtocolTcp,
				}},
				LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwsfirelens, Options: map[string]string{"Name": "null"}},
			},
		},
	}}
}

// plain is a definition without FireLens.
func plain(family string, mode types.NetworkMode) rules.Definition {
	d := firelens(family, mode)
	d.Task.ContainerDefinitions = d.Task.ContainerDefinitions[1:]
	d.Task.ContainerDefinitions[0].LogConfiguration = nil
	return d
}

func tags(pairs ...string) []types.Tag {
	var all []types.Tag
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
	}
	return all
}

func (w world) register(t *testing.T, d rules.Definition) rules.Definition {
	t.Helper()
	return must(w.store.Register(t.Context(), d))(t)
}

func (w world) describe(t *testing.T, ref string) rules.Definition {
	t.Helper()
	return must(w.store.Describe(t.Context(), ref))(t)
}

func (w world) deregister(t *testing.T, ref string) {
	t.Helper()
	must(w.ecs.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: &ref}))(t)
}

func (w world) cluster(t *testing.T, name string) {
	t.Helper()
	must(w.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: &name}))(t)
}

// service makes a Fargate service in cluster "prod" behind these groups; more changes the input.
func (w world) service(t *testing.T, name string, d rules.Definition, net *types.NetworkConfiguration, more ...func(*ecs.CreateServiceInput)) {
	t.Helper()
	in := &ecs.CreateServiceInput{
		Cluster: aws.String("prod"), ServiceName: &name, TaskDefinition: d.Task.TaskDefinitionArn, DesiredCount: aws.Int32(1),
		LaunchType: types.LaunchTypeFargate, NetworkConfiguration: net,
	}
	for _, change := range more {
		change(in)
	}
	must(w.ecs.CreateService(t.Context(), in))(t)
}

// task runs one Fargate task in a cluster and returns its id.
func (w world) task(t *testing.T, cluster string, d rules.Definition, net *types.NetworkConfiguration) string {
	t.Helper()
	out := must(w.ecs.RunTask(t.Context(), &ecs.RunTaskInput{
		Cluster: &cluster, TaskDefinition: d.Task.TaskDefinitionArn, LaunchType: types.LaunchTypeFargate, NetworkConfiguration: net,
	}))(t)
	return lastPart(*out.Tasks[0].TaskArn)
}

// behind is a network configuration; without groups, an empty list, which means the same as none.
func (v vpc) behind(groups ...string) *types.NetworkConfiguration {
	if groups == nil {
		groups = []string{}
	}
	return &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{v.subnet}, SecurityGroups: groups}}
}

func (w world) reader() inventory.Reader {
	return inventory.Reader{ECS: w.ecs, EC2: w.ec2, Definitions: w.store.Describe}
}
