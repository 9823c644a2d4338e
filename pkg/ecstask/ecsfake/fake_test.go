package ecsfake

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// good is a definition of two containers that ECS takes: a router and its client.
func good() *ecs.RegisterTaskDefinitionInput {
	return &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("web"), NetworkMode: types.NetworkModeBridge,
		ContainerDefinitions: []types.ContainerDefinition{
			{
				Name: aws.String("router"), Image: aws.String("r"), MemoryReservation: aws.Int32(50),
				FirelensConfiguration: &types.FirelensConfiguration{Type: types.FirelensConfigurationTypeFluentbit},
			},
			{
				Name: aws.String("app"), Image: aws.String("a"), Memory: aws.Int32(64),
				LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwsfirelens},
				PortMappings:     []types.PortMapping{{ContainerPort: aws.Int32(80), Name: aws.String("web")}},
			},
		},
	}
}

func TestRefusesWhatAWSRefuses(t *testing.T) {
	type in = ecs.RegisterTaskDefinitionInput
	router := func(i *in) *types.ContainerDefinition { return &i.ContainerDefinitions[0] }
	app := func(i *in) *types.ContainerDefinition { return &i.ContainerDefinitions[1] }
	cases := []struct {
		says   string
		change func(*in)
	}{
		{"a firelens configuration object must be configured in one of the containers", func(i *in) { router(i).FirelensConfiguration = nil }},
		{"at least one container has to be configured with the awsfirelens log driver", func(i *in) { app(i).LogConfiguration = nil }},
		{"type should be one of", func(i *in) { router(i).FirelensConfiguration.Type = "" }},
		{"Invalid arn syntax.", func(i *in) {
			router(i).FirelensConfiguration.Options = map[string]string{"config-file-type": "s3", "config-file-value": "s3://bucket/key"}
		}},
		{"cannot be an essential container", func(i *in) { app(i).DependsOn = after("router", types.ContainerConditionComplete) }},
		{"should not have a cycle", func(i *in) {
			app(i).DependsOn, router(i).DependsOn = after("router", types.ContainerConditionStart), after("app", types.ContainerConditionStart)
		}},
		{"Log driver awslogs disallows options: log_key", func(i *in) {
			router(i).LogConfiguration = &types.LogConfiguration{LogDriver: types.LogDriverAwslogs, Options: map[string]string{"log_key": "x"}}
		}},
		{"networkMode is none", func(i *in) { i.NetworkMode = types.NetworkModeNone }},
		{"must match", func(i *in) { i.NetworkMode = types.NetworkModeAwsvpc; app(i).PortMappings[0].HostPort = aws.Int32(81) }},
		{"multiple protocols", func(i *in) {
			app(i).PortMappings = append(app(i).PortMappings, types.PortMapping{ContainerPort: aws.Int32(80), Protocol: types.TransportProtocolUdp})
		}},
		{"names must be unique in a task definition", func(i *in) {
			app(i).PortMappings = append(app(i).PortMappings, types.PortMapping{ContainerPort: aws.Int32(81), Name: aws.String("web")})
		}},
		{"takes no hostPort", func(i *in) {
			app(i).PortMappings[0] = types.PortMapping{ContainerPortRange: aws.String("80-90"), HostPort: aws.Int32(80)}
		}},
		{"at least one essential container", func(i *in) { router(i).Essential, app(i).Essential = aws.Bool(false), aws.Bool(false) }},
		{"Container names must be unique", func(i *in) { app(i).Name = aws.String("router") }},
		{"Container list cannot be empty", func(i *in) { i.ContainerDefinitions = nil }},
		{"At least one of 'memory' or 'memoryReservation'", func(i *in) { app(i).Memory = nil }},
		{"Fargate only supports", func(i *in) { i.RequiresCompatibilities = []types.Compatibility{types.CompatibilityFargate} }},
		{"Family contains invalid characters", func(i *in) { i.Family = aws.String("a/b") }},
		{"Max allowed length is '65536'", func(i *in) { app(i).Command = []string{strings.Repeat("x", 70_000)} }},
		{"reserved for system use", func(i *in) { i.Tags = []types.Tag{{Key: aws.String("AWS:stack")}} }},
		{"exceeds the limit of 50", func(i *in) {
			for n := range 51 {
				i.Tags = append(i.Tags, types.Tag{Key: aws.String(strconv.Itoa(n))})
			}
		}},
		{"Duplicate tag keys", func(i *in) { i.Tags = []types.Tag{{Key: aws.String("a")}, {Key: aws.String("a")}} }},
	}
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			cloud, in := New(), good()
			if _, err := cloud.RegisterTaskDefinition(t.Context(), good()); err != nil {
				t.Fatal(err)
			}
			c.change(in)
			if _, err := cloud.RegisterTaskDefinition(t.Context(), in); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func after(name string, when types.ContainerCondition) []types.ContainerDependency {
	return []types.ContainerDependency{{ContainerName: &name, Condition: when}}
}

func TestStoresWhatECSStores(t *testing.T) {
	cases := map[types.NetworkMode]int32{types.NetworkModeBridge: 0, types.NetworkModeAwsvpc: 80, types.NetworkModeHost: 80}
	for mode, host := range cases {
		in := good()
		in.NetworkMode = mode
		out, err := New().RegisterTaskDefinition(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		router, app := out.TaskDefinition.ContainerDefinitions[0], out.TaskDefinition.ContainerDefinitions[1]
		if *router.User != "0" || app.User != nil || !*app.Essential || router.Environment == nil || app.VolumesFrom == nil {
			t.Errorf("%s: stored %+v and %+v", mode, router, app)
		}
		if m := app.PortMappings[0]; *m.HostPort != host || m.Protocol != types.TransportProtocolTcp {
			t.Errorf("%s: mapping to %d/%s, want %d/tcp", mode, *m.HostPort, m.Protocol, host)
		}
	}
}

func TestRevisionsAreImmutable(t *testing.T) {
	cloud, in := New(), good()
	out, err := cloud.RegisterTaskDefinition(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	*in.ContainerDefinitions[0].Image = "changed by the caller"
	out.TaskDefinition.ContainerDefinitions[1].LogConfiguration.LogDriver = "changed in the answer"
	got, err := cloud.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String("web")})
	if err != nil {
		t.Fatal(err)
	}
	c := got.TaskDefinition.ContainerDefinitions
	if *c[0].Image != "r" || c[1].LogConfiguration.LogDriver != types.LogDriverAwsfirelens {
		t.Errorf("stored %s, %s", *c[0].Image, c[1].LogConfiguration.LogDriver)
	}
}

func TestManyAtOnceGetRevisionsOfTheirOwn(t *testing.T) {
	cloud := New()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := cloud.RegisterTaskDefinition(t.Context(), good()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	out, err := cloud.ListTaskDefinitions(t.Context(), &ecs.ListTaskDefinitionsInput{MaxResults: aws.Int32(15)})
	if err != nil || len(out.TaskDefinitionArns) != 15 || out.NextToken == nil {
		t.Fatalf("%d revisions, more: %v, %v", len(out.TaskDefinitionArns), out.NextToken != nil, err)
	}
	out, err = cloud.ListTaskDefinitions(t.Context(), &ecs.ListTaskDefinitionsInput{NextToken: out.NextToken})
	if err != nil || len(out.TaskDefinitionArns) != 5 || !strings.HasSuffix(out.TaskDefinitionArns[4], "web:20") {
		t.Errorf("then %v, %v", out.TaskDefinitionArns, err)
	}
}

// stage is a cluster "prod", a VPC, and web:1 in awsvpc mode.
func stage(t *testing.T) (*Cloud, *types.NetworkConfiguration) {
	t.Helper()
	cloud, in := New(), good()
	in.NetworkMode = types.NetworkModeAwsvpc
	_, group, subnet := cloud.Network.AddVPC()
	if _, err := cloud.RegisterTaskDefinition(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if _, err := cloud.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("prod")}); err != nil {
		t.Fatal(err)
	}
	return cloud, &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{subnet}, SecurityGroups: []string{group}}}
}

func TestServicesThatECSRefuses(t *testing.T) {
	type in = ecs.CreateServiceInput
	cases := map[string]func(*Cloud, *in){
		"Cluster not found.":                      func(_ *Cloud, i *in) { i.Cluster = aws.String("nowhere") },
		"TaskDefinition not found.":               func(_ *Cloud, i *in) { i.TaskDefinition = aws.String("nobody") },
		"Network Configuration must be provided":  func(_ *Cloud, i *in) { i.NetworkConfiguration = nil },
		"not idempotent":                          func(_ *Cloud, i *in) { i.ServiceName = aws.String("there") },
		"subnets can not be empty":                func(_ *Cloud, i *in) { i.NetworkConfiguration.AwsvpcConfiguration.Subnets = nil },
		"at most 5":                               func(_ *Cloud, i *in) { i.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups = make([]string, 6) },
		"does not exist in the task definition":   func(_ *Cloud, i *in) { i.LoadBalancers = bound("nobody", 80) },
		"did not have a container port 81":        func(_ *Cloud, i *in) { i.LoadBalancers = bound("app", 81) },
		"does not refer to any named PortMapping": func(_ *Cloud, i *in) { i.ServiceConnectConfiguration = connect("nobody") },
		"same VPC": func(c *Cloud, i *in) {
			_, other, _ := c.Network.AddVPC()
			i.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups = []string{other}
		},
	}
	for says, change := range cases {
		t.Run(says, func(t *testing.T) {
			cloud, net := stage(t)
			in := func(name string) *in {
				return &ecs.CreateServiceInput{
					Cluster: aws.String("prod"), ServiceName: &name, TaskDefinition: aws.String("web"), NetworkConfiguration: clone(net),
				}
			}
			if _, err := cloud.CreateService(t.Context(), in("there")); err != nil {
				t.Fatal(err)
			}
			bad := in("bad")
			change(cloud, bad)
			if _, err := cloud.CreateService(t.Context(), bad); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func bound(container string, port int32) []types.LoadBalancer {
	return []types.LoadBalancer{{ContainerName: &container, ContainerPort: &port}}
}

func connect(name string) *types.ServiceConnectConfiguration {
	return &types.ServiceConnectConfiguration{Enabled: true, Services: []types.ServiceConnectService{{PortName: &name}}}
}

func TestRolloutDrainsTheOldDeployment(t *testing.T) {
	cloud, net := stage(t)
	prod, web := aws.String("prod"), aws.String("web")
	if _, err := cloud.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: prod, ServiceName: web, TaskDefinition: web, DesiredCount: aws.Int32(2), NetworkConfiguration: net,
	}); err != nil {
		t.Fatal(err)
	}
	next := good()
	next.NetworkMode = types.NetworkModeAwsvpc
	if _, err := cloud.RegisterTaskDefinition(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	out, err := cloud.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: prod, Service: web, TaskDefinition: web})
	if err != nil {
		t.Fatal(err)
	}
	d := out.Service.Deployments
	if len(d) != 2 || *d[0].Status != "PRIMARY" || last(*d[0].TaskDefinition) != "web:2" || *d[1].Status != "ACTIVE" || last(*d[1].TaskDefinition) != "web:1" {
		t.Errorf("deployments %+v", d)
	}
	wantTasks(t, cloud, 4)
	cloud.Settle("prod", "web")
	wantTasks(t, cloud, 2)
}

func wantTasks(t *testing.T, cloud *Cloud, want int) {
	t.Helper()
	out, err := cloud.ListTasks(t.Context(), &ecs.ListTasksInput{Cluster: aws.String("prod")})
	if err != nil || len(out.TaskArns) != want || len(cloud.Network.interfaces) != want {
		t.Errorf("%d tasks with %d interfaces, want %d (%v)", len(out.TaskArns), len(cloud.Network.interfaces), want, err)
	}
}

func TestBatchesAreLimited(t *testing.T) {
	cloud, _ := stage(t)
	if _, err := cloud.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("prod"), Services: make([]string, 11)}); err == nil {
		t.Error("11 services described")
	}
	if _, err := cloud.DescribeTasks(t.Context(), &ecs.DescribeTasksInput{Cluster: aws.String("prod"), Tasks: make([]string, 101)}); err == nil {
		t.Error("101 tasks described")
	}
	if _, err := cloud.ListServices(t.Context(), &ecs.ListServicesInput{Cluster: aws.String("prod"), MaxResults: aws.Int32(101)}); err == nil {
		t.Error("a page of 101 listed")
	}
}

func TestFaultsComeAtTheCallTheyAreToldTo(t *testing.T) {
	cloud, lost := New(), errors.New("timeout")
	cloud.FailAt(1, Fault{Err: lost})
	cloud.FailAt(2, Fault{Err: lost, Late: true})
	for range 2 {
		if _, err := cloud.RegisterTaskDefinition(t.Context(), good()); !errors.Is(err, lost) {
			t.Errorf("error %v", err)
		}
	}
	out, err := cloud.RegisterTaskDefinition(t.Context(), good())
	if err != nil || out.TaskDefinition.Revision != 2 || cloud.Count("RegisterTaskDefinition") != 3 {
		t.Errorf("revision %d after %d calls, %v", out.TaskDefinition.Revision, len(cloud.Calls()), err)
	}
}
