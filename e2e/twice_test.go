package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/local/cloud"
	"github.com/firewarden/firewarden/pkg/local/cloudtrail"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// site is a FireLens service behind a group on a local cloud.
type site struct {
	*cloud.Cloud
	ec2    *ec2.Client
	ecs    *ecs.Client
	subnet string
	vpc    string
}

func newSite(t *testing.T, c *cloud.Cloud) *site {
	t.Helper()
	s := &site{Cloud: c, ec2: ec2.NewFromConfig(c.Config()), ecs: ecs.NewFromConfig(c.Config())}
	vpc := must(s.ec2.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.30.0.0/16")}))(t)
	s.vpc = *vpc.Vpc.VpcId
	subnet := must(s.ec2.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{VpcId: &s.vpc, CidrBlock: aws.String("10.30.1.0/24")}))(t)
	s.subnet = *subnet.Subnet.SubnetId
	must(s.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("prod")}))(t)
	return s
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// service makes a group and an awsvpc FireLens service behind it, and returns the group's id.
func (s *site) service(t *testing.T, name string) string {
	t.Helper()
	group := must(s.ec2.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{
		GroupName: &name, Description: aws.String("test"), VpcId: &s.vpc,
	}))(t)
	d := must(s.ecs.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: &name, NetworkMode: ecstypes.NetworkModeAwsvpc, ContainerDefinitions: []ecstypes.ContainerDefinition{
			{
				Name: aws.String(name + "_log_router"), Image: aws.String("public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16"), Memory: aws.Int32(100),
				FirelensConfiguration: &ecstypes.FirelensConfiguration{Type: ecstypes.FirelensConfigurationTypeFluentbit},
				LogConfiguration:      &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverJsonFile},
			},
			{
				Name: aws.String("app"), Image: aws.String("example/app:1"), Memory: aws.Int32(100),
				LogConfiguration: &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverAwsfirelens, Options: map[string]string{"Name": "stdout"}},
			},
		},
	}))(t)
	must(s.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("prod"), ServiceName: &name, TaskDefinition: d.TaskDefinition.TaskDefinitionArn, DesiredCount: aws.Int32(0),
		NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{
			Subnets: []string{s.subnet}, SecurityGroups: []string{*group.GroupId},
		}},
	}))(t)
	return *group.GroupId
}

func (s *site) open(t *testing.T, group string) {
	t.Helper()
	must(s.ec2.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &group, IpPermissions: []ec2types.IpPermission{{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(24000), ToPort: aws.Int32(25000),
			IpRanges: []ec2types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}},
		}},
	}))(t)
}

// idle waits until the stack has nothing left to do.
func (s *site) idle(t *testing.T) {
	t.Helper()
	s.idleFor(t, 2*time.Minute)
}

func (s *site) idleFor(t *testing.T, patience time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.Idle(ctx); err != nil {
		t.Fatal(err)
	}
}

// ledger is the stack's ledger, read past the functions.
func (s *site) ledger() ledger.Ledger {
	return ledger.Ledger{Store: ledger.Table{Client: dynamodb.NewFromConfig(s.Config()), Name: s.Physical("LedgerTable")}}
}

// notices is how many notices were published.
func (s *site) notices() int {
	return len(s.Trail.Calls(cloudtrail.Services("sns"), cloudtrail.Actions("Publish")))
}

// TestOneBatchIsOneRemediation gives the built functions one event ten times and another about the same group, as one batch
// through the Runtime API.
func TestOneBatchIsOneRemediation(t *testing.T) {
	s := newSite(t, up(t, nil))
	group := s.service(t, "web")
	s.idle(t)
	var batch events.SQSEvent
	for i := range 11 {
		name, id := "AuthorizeSecurityGroupIngress", "5a1f7f3e-0000-4000-8000-000000000001"
		request := map[string]any{"groupId": group, "ipPermissions": map[string]any{}, "ipProtocol": "tcp", "fromPort": 24000, "toPort": 25000, "cidrIp": "0.0.0.0/0"}
		if i == 10 {
			id = "5a1f7f3e-0000-4000-8000-000000000002"
			request = map[string]any{"groupId": group, "ipPermissions": map[string]any{}, "ipProtocol": "-1", "cidrIp": "10.0.0.0/8"}
		}
		body := must(json.Marshal(map[string]any{
			"version": "0", "id": id, "detail-type": "AWS API Call via CloudTrail", "source": "aws.ec2", "account": cloud.Account,
			"time": "2026-11-23T12:00:00Z", "region": "eu-west-1", "detail": map[string]any{
				"eventSource": "ec2.amazonaws.com", "eventName": name, "eventTime": "2026-11-23T12:00:00Z", "requestParameters": request,
				"userIdentity": map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/jo"},
			},
		}))(t)
		batch.Records = append(batch.Records, events.SQSMessage{MessageId: fmt.Sprintf("m-%d", i), Body: string(body), EventSource: "aws:sqs"})
	}
	before := time.Now()
	s.open(t, group)
	out := must(s.Invoke(t.Context(), "AuditFunction", batch))(t)
	if len(out.BatchItemFailures) > 0 {
		t.Fatalf("left for another delivery: %v", out.BatchItemFailures)
	}
	s.idle(t)
	all := must(s.ledger().Remediations(t.Context()))(t)
	if len(all) != 1 || all[0].Outcome != ledger.Remediated {
		t.Errorf("remediations %+v, want one", all)
	}
	if n := s.notices(); n != 1 {
		t.Errorf("%d notices, want one", n)
	}
	if got := fmt.Sprint(s.Mutations(before)); got != "[ec2 AuthorizeSecurityGroupIngress ec2 AuthorizeSecurityGroupIngress ec2 ModifySecurityGroupRules]" {
		t.Errorf("changes %s, want the user's one and two of ours", got)
	}
}

// TestAnyClient opens the port with boto3, whose flat arguments make the flat form of the record, and waits until it is closed.
func TestAnyClient(t *testing.T) {
	s := newSite(t, up(t, nil))
	group := s.service(t, "web")
	s.idle(t)
	cmd := exec.CommandContext(t.Context(), root+"/.venv/bin/python", "testdata/open.py", group)
	cmd.Env = must(s.Exports(t.Context()))(t)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
