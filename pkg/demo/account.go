package demo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// account is what the demo's user has in the cloud: a VPC, a cluster, a FireLens service behind a group.
type account struct {
	ec2         *ec2.Client
	ecs         *ecs.Client
	iam         *iam.Client
	vpc, subnet string
	// web guards the FireLens service; friend is a group it refers to; other is a group that no FireLens task uses.
	web, friend, other string
	prefixList         string
}

// build makes the account's things. None of them opens 24224.
func build(ctx context.Context, cfg aws.Config) (*account, error) {
	a := &account{ec2: ec2.NewFromConfig(cfg), ecs: ecs.NewFromConfig(cfg), iam: iam.NewFromConfig(cfg)}
	steps := []struct {
		what string
		do   func(context.Context) error
	}{
		{"a VPC", a.network},
		{"a prefix list", a.list},
		{"security groups", a.groups},
		{"a cluster", func(ctx context.Context) error {
			_, err := a.ecs.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("prod")})
			return err
		}},
		{"task roles", a.roles},
		{"a FireLens service", a.service},
	}
	for _, s := range steps {
		if err := s.do(ctx); err != nil {
			return nil, fmt.Errorf("making %s: %w", s.what, err)
		}
	}
	return a, nil
}

func (a *account) network(ctx context.Context) error {
	vpc, err := a.ec2.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.20.0.0/16")})
	if err != nil {
		return err
	}
	a.vpc = *vpc.Vpc.VpcId
	subnet, err := a.ec2.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: &a.vpc, CidrBlock: aws.String("10.20.1.0/24")})
	if err != nil {
		return err
	}
	a.subnet = *subnet.Subnet.SubnetId
	return nil
}

func (a *account) list(ctx context.Context) error {
	out, err := a.ec2.CreateManagedPrefixList(ctx, &ec2.CreateManagedPrefixListInput{
		PrefixListName: aws.String("offices"), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(2),
		Entries: []ec2types.AddPrefixListEntry{{Cidr: aws.String("192.0.2.0/24"), Description: aws.String("office")}},
	})
	if err == nil {
		a.prefixList = *out.PrefixList.PrefixListId
	}
	return err
}

func (a *account) groups(ctx context.Context) error {
	for name, id := range map[string]*string{"web": &a.web, "bastion": &a.friend, "aggregator": &a.other} {
		out, err := a.ec2.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
			GroupName: aws.String(name), Description: aws.String("the demo's " + name), VpcId: &a.vpc,
		})
		if err != nil {
			return err
		}
		*id = *out.GroupId
	}
	return nil
}

// service runs an awsvpc definition with a router behind the web group.
func (a *account) service(ctx context.Context) error {
	out, err := a.ecs.RegisterTaskDefinition(ctx, definition("web", ecstypes.NetworkModeAwsvpc))
	if err != nil {
		return err
	}
	_, err = a.ecs.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: aws.String("prod"), ServiceName: aws.String("web"), TaskDefinition: out.TaskDefinition.TaskDefinitionArn,
		DesiredCount: aws.Int32(0),
		NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{
			Subnets: []string{a.subnet}, SecurityGroups: []string{a.web},
		}},
	})
	return err
}

// definition is a compliant task definition with a router and a client; in bridge mode it lacks only the client's dependsOn.
func definition(family string, mode ecstypes.NetworkMode) *ecs.RegisterTaskDefinitionInput {
	return &ecs.RegisterTaskDefinitionInput{
		Family: &family, NetworkMode: mode, TaskRoleArn: aws.String("arn:aws:iam::123456789012:role/" + taskRole(family)), Cpu: aws.String("256"), Memory: aws.String("512"),
		Tags: []ecstypes.Tag{{Key: aws.String("team"), Value: aws.String("payments")}, {Key: aws.String("cost-center"), Value: aws.String("4711")}},
		ContainerDefinitions: []ecstypes.ContainerDefinition{
			{
				Name: aws.String(family + "_log_router"), Image: aws.String("public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16"),
				Essential: aws.Bool(true), MemoryReservation: aws.Int32(100), LogConfiguration: &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverJsonFile},
				FirelensConfiguration: &ecstypes.FirelensConfiguration{
					Type: ecstypes.FirelensConfigurationTypeFluentbit, Options: map[string]string{"enable-ecs-log-metadata": "true"},
				},
			},
			{
				Name: aws.String("app"), Image: aws.String("public.ecr.aws/docker/library/httpd:2.4"), Essential: aws.Bool(true), MemoryReservation: aws.Int32(100),
				Environment: []ecstypes.KeyValuePair{{Name: aws.String("FEATURE_FLAGS"), Value: aws.String("")}},
				LogConfiguration: &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverAwsfirelens, Options: map[string]string{
					"Name": "kinesis_firehose", "region": "eu-west-1", "delivery_stream": "app-logs", "retry_limit": "2",
				}},
			},
		},
	}
}

// entry is one ingress entry as the demo compares it: its allowance with its description, and its id and tags.
type entry struct {
	id, text string
	tags     map[string]string
}

// entries are a group's ingress entries.
func (a *account) entries(ctx context.Context, group string) ([]entry, error) {
	out, err := a.ec2.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{
		Filters: []ec2types.Filter{{Name: aws.String("group-id"), Values: []string{group}}},
	})
	if err != nil {
		return nil, fmt.Errorf("reading group %s: %w", group, err)
	}
	var all []entry
	for _, r := range out.SecurityGroupRules {
		if aws.ToBool(r.IsEgress) {
			continue
		}
		e := entry{id: aws.ToString(r.SecurityGroupRuleId), text: entryText(r), tags: map[string]string{}}
		for _, t := range r.Tags {
			e.tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
		all = append(all, e)
	}
	return all, nil
}
