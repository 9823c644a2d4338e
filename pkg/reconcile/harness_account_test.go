package reconcile_test

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ec2sg"
)

// group makes a security group and lets these entries in.
func (c *cloud) group(name string, entries ...ec2types.IpPermission) string {
	c.t.Helper()
	other := c.ec2.Other()
	out, err := other.CreateSecurityGroup(c.t.Context(), &ec2.CreateSecurityGroupInput{
		GroupName: &name, Description: aws.String("test"), VpcId: &c.vpc,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.ecs.Network.Adopt(c.vpc, c.subnet, *out.GroupId, name)
	c.open(*out.GroupId, entries...)
	return *out.GroupId
}

func (c *cloud) open(group string, entries ...ec2types.IpPermission) {
	c.t.Helper()
	if len(entries) == 0 {
		return
	}
	_, err := c.ec2.Other().AuthorizeSecurityGroupIngress(c.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &group, IpPermissions: entries,
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

func tcp(from, to int32, cidr, description string) ec2types.IpPermission {
	return ec2types.IpPermission{
		IpProtocol: aws.String("tcp"), FromPort: &from, ToPort: &to,
		IpRanges: []ec2types.IpRange{{CidrIp: &cidr, Description: &description}},
	}
}

// register registers a definition given as JSON of the SDK's input.
func (c *cloud) register(in *ecs.RegisterTaskDefinitionInput) string {
	c.t.Helper()
	out, err := c.ecs.RegisterTaskDefinition(c.t.Context(), in)
	if err != nil {
		c.t.Fatal(err)
	}
	return *out.TaskDefinition.TaskDefinitionArn
}

func firelens(family string, mode ecstypes.NetworkMode) *ecs.RegisterTaskDefinitionInput {
	return &ecs.RegisterTaskDefinitionInput{
		Family: &family, NetworkMode: mode, Tags: []ecstypes.Tag{{Key: aws.String("team"), Value: aws.String("payments")}},
		ContainerDefinitions: []ecstypes.ContainerDefinition{
			{
				Name: aws.String("log_router"), Image: aws.String("public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16"), Memory: aws.Int32(100),
				FirelensConfiguration: &ecstypes.FirelensConfiguration{Type: ecstypes.FirelensConfigurationTypeFluentbit},
			},
			{
				Name: aws.String("app"), Image: aws.String("example/app:1"), Memory: aws.Int32(200),
				Environment:      []ecstypes.KeyValuePair{{Name: aws.String("EMPTY"), Value: aws.String("")}},
				LogConfiguration: &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverAwsfirelens, Options: map[string]string{"Name": "stdout"}},
			},
		},
	}
}

// bad is a bridge definition with a mapping of 24224 on the router and no dependsOn.
func bad(family string) *ecs.RegisterTaskDefinitionInput {
	in := firelens(family, ecstypes.NetworkModeBridge)
	in.ContainerDefinitions[0].PortMappings = []ecstypes.PortMapping{
		{ContainerPort: aws.Int32(24224), HostPort: aws.Int32(24224)}, {ContainerPort: aws.Int32(2020)},
	}
	return in
}

// service runs a family in awsvpc mode behind groups, with no tasks.
func (c *cloud) service(name, definition string, groups ...string) {
	c.t.Helper()
	in := &ecs.CreateServiceInput{Cluster: aws.String("prod"), ServiceName: &name, TaskDefinition: &definition, DesiredCount: aws.Int32(0)}
	if len(groups) > 0 {
		in.NetworkConfiguration = &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{
			Subnets: []string{c.subnet}, SecurityGroups: groups,
		}}
	}
	if _, err := c.ecs.CreateService(c.t.Context(), in); err != nil {
		c.t.Fatal(err)
	}
}

// awsvpcService is a service of a FireLens task behind a group.
func (c *cloud) awsvpcService(name, group string) {
	c.t.Helper()
	c.service(name, c.register(firelens(name, ecstypes.NetworkModeAwsvpc)), group)
}

// entries are the group's ingress entries now, as "tcp 24000-25000 0.0.0.0/0 (description)".
func (c *cloud) entries(group string) []string {
	c.t.Helper()
	g, err := ec2sg.Store{API: c.ec2.Other()}.Group(c.t.Context(), group)
	if err != nil {
		c.t.Fatal(err)
	}
	return texts(g.Entries)
}
