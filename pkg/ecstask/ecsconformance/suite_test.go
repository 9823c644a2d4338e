package ecsconformance

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/local"
	"github.com/firewarden/firewarden/pkg/local/cloudtrail"
)

const root = "../../.."

// check is one case. Where moto is known to differ from AWS, differs names the row of docs/emulator.md.
type check struct {
	name    string
	run     func(*testing.T, world)
	differs string
}

// suite is every case, by room.
func suite() []check {
	var all []check
	for _, some := range [][]check{definitionCases, refusalCases, userCases, hostCases, bindingCases, deploymentCases} {
		all = append(all, some...)
	}
	return all
}

// world is an empty account.
type world struct {
	ecs     api
	ec2     inventory.EC2
	store   ecstask.Store
	network func(*testing.T) vpc
	// instance makes an EC2 instance behind these groups and returns its id.
	instance func(t *testing.T, v vpc, groups ...string) string
	// settle completes a service's deployment at once; fail lets it fail for this reason, or the circuit breaker's.
	settle func(cluster, service string)
	fail   func(cluster, service, reason string)
}

// vpc is a VPC with two groups beside its default one.
type vpc struct{ subnet, standard, red, blue string }

// api is what the cases call beside the adapters.
type api interface {
	ecstask.API
	inventory.ECS
	making
	hosting
	ending
}

type making interface {
	CreateCluster(context.Context, *ecs.CreateClusterInput, ...func(*ecs.Options)) (*ecs.CreateClusterOutput, error)
	CreateService(context.Context, *ecs.CreateServiceInput, ...func(*ecs.Options)) (*ecs.CreateServiceOutput, error)
	UpdateService(context.Context, *ecs.UpdateServiceInput, ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error)
	CreateTaskSet(context.Context, *ecs.CreateTaskSetInput, ...func(*ecs.Options)) (*ecs.CreateTaskSetOutput, error)
	RunTask(context.Context, *ecs.RunTaskInput, ...func(*ecs.Options)) (*ecs.RunTaskOutput, error)
}

type hosting interface {
	RegisterContainerInstance(context.Context, *ecs.RegisterContainerInstanceInput, ...func(*ecs.Options)) (*ecs.RegisterContainerInstanceOutput, error)
	StartTask(context.Context, *ecs.StartTaskInput, ...func(*ecs.Options)) (*ecs.StartTaskOutput, error)
}

type ending interface {
	DeregisterTaskDefinition(context.Context, *ecs.DeregisterTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DeregisterTaskDefinitionOutput, error)
	DeleteService(context.Context, *ecs.DeleteServiceInput, ...func(*ecs.Options)) (*ecs.DeleteServiceOutput, error)
	StopTask(context.Context, *ecs.StopTaskInput, ...func(*ecs.Options)) (*ecs.StopTaskOutput, error)
	ListTaskDefinitions(context.Context, *ecs.ListTaskDefinitionsInput, ...func(*ecs.Options)) (*ecs.ListTaskDefinitionsOutput, error)
}

func TestOnTheFake(t *testing.T) {
	for _, c := range suite() {
		t.Run(c.name, func(t *testing.T) { c.run(t, fakeWorld()) })
	}
}

func TestOnTheEmulator(t *testing.T) {
	emulator := startEmulator(t)
	for _, c := range suite() {
		t.Run(c.name, func(t *testing.T) {
			if c.differs != "" {
				t.Skipf("moto differs: docs/emulator.md %s", c.differs)
			}
			if err := emulator.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			c.run(t, emulatorWorld(t, emulator.URL))
		})
	}
}

// Nine of ten cases run on both, and each difference is written down.
func TestDifferencesAreFewAndWrittenDown(t *testing.T) {
	text, err := os.ReadFile(root + "/docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	all, differ := 0, 0
	for _, c := range suite() {
		all++
		if c.differs == "" {
			continue
		}
		differ++
		if !strings.Contains(string(text), "| "+c.differs+" |") {
			t.Errorf("%s: docs/emulator.md has no row %s", c.name, c.differs)
		}
	}
	if all < 20 || differ*10 > all {
		t.Errorf("%d of %d cases do not run on both", differ, all)
	}
}

func fakeWorld() world {
	cloud := ecsfake.New()
	return world{
		ecs: cloud, ec2: cloud.Network, store: ecstask.Store{API: cloud},
		network: func(*testing.T) vpc {
			id, standard, subnet := cloud.Network.AddVPC()
			return vpc{subnet, standard, cloud.Network.AddGroup(id, "red"), cloud.Network.AddGroup(id, "blue")}
		},
		instance: func(_ *testing.T, v vpc, groups ...string) string {
			return cloud.Network.AddInstance(v.subnet, groups...)
		},
		settle: cloud.Settle, fail: cloud.Fail,
	}
}

// emulatorWorld is the emulator behind the local cloud's proxy, whose deployments wait for the cases to end them.
func emulatorWorld(t *testing.T, direct string) world {
	t.Helper()
	who := credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", "")
	proxy := must(cloudtrail.New(cloudtrail.Options{
		Upstream: direct, Region: ecsfake.Region, Account: ecsfake.Account, Events: silent{}, Warn: t.Logf, Settle: time.Hour,
		EC2: ec2.New(ec2.Options{BaseEndpoint: &direct, Region: ecsfake.Region, Credentials: who, HTTPClient: copying{}}),
		ECS: ecs.New(ecs.Options{BaseEndpoint: &direct, Region: ecsfake.Region, Credentials: who, HTTPClient: copying{}}),
	}))(t)
	t.Cleanup(proxy.Close)
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	url := server.URL
	cloud := ecs.New(ecs.Options{BaseEndpoint: &url, Region: ecsfake.Region, Credentials: who, HTTPClient: copying{}})
	network := ec2.New(ec2.Options{BaseEndpoint: &url, Region: ecsfake.Region, Credentials: who, HTTPClient: copying{}})
	return world{
		ecs: cloud, ec2: network, store: ecstask.Store{API: cloud},
		network: func(t *testing.T) vpc { return emulatorVPC(t, network) },
		instance: func(t *testing.T, v vpc, groups ...string) string {
			t.Helper()
			out := must(network.RunInstances(t.Context(), &ec2.RunInstancesInput{
				ImageId: aws.String("ami-0123456789abcdef0"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1),
				SubnetId: &v.subnet, SecurityGroupIds: groups,
			}))(t)
			return *out.Instances[0].InstanceId
		},
		settle: proxy.Deployments().Settle, fail: proxy.Deployments().Fail,
	}
}

// silent is a bus that nobody listens to.
type silent struct{}

func (silent) PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	return &eventbridge.PutEventsOutput{}, nil
}

// copying sends each request with a body of its own. With the SDK's, about one in 100 answers of more than 4 KiB of a fast
// loopback server breaks off (aws-sdk-go-v2 #1825), and the attempt after it registers another revision.
type copying struct{}

func (copying) Do(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	return http.DefaultClient.Do(req)
}

func emulatorVPC(t *testing.T, network *ec2.Client) vpc {
	t.Helper()
	made := must(network.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.9.0.0/16")}))(t)
	id := made.Vpc.VpcId
	// Without DNS host names moto cannot make the interface of a task.
	must(network.ModifyVpcAttribute(t.Context(), &ec2.ModifyVpcAttributeInput{
		VpcId: id, EnableDnsHostnames: &ec2types.AttributeBooleanValue{Value: aws.Bool(true)},
	}))(t)
	subnet := must(network.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{VpcId: id, CidrBlock: aws.String("10.9.1.0/24")}))(t)
	groups := must(network.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{
		Filters: []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{*id}}},
	}))(t)
	group := func(name string) string {
		out := must(network.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{VpcId: id, GroupName: &name, Description: &name}))(t)
		return *out.GroupId
	}
	return vpc{*subnet.Subnet.SubnetId, *groups.SecurityGroups[0].GroupId, group("red"), group("blue")}
}

func startEmulator(t *testing.T) *local.Emulator {
	t.Helper()
	python, err := local.Python(root)
	if err != nil {
		t.Fatal(err)
	}
	emulator, err := local.StartEmulator(t.Context(), python, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(emulator.Stop)
	return emulator
}

// must fails the test where a call that has to succeed does not.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
