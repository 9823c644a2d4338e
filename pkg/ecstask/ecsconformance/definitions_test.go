package ecsconformance

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

var definitionCases = []check{
	{name: "revisions count up from 1", run: func(t *testing.T, w world) {
		for want := int32(1); want <= 3; want++ {
			if d := w.register(t, plain("web", "")); d.Task.Revision != want || d.Task.Status != types.TaskDefinitionStatusActive {
				t.Errorf("registered %s %s, want revision %d", d.Name(), d.Task.Status, want)
			}
		}
	}},
	{name: "families count by themselves", run: func(t *testing.T, w world) {
		w.register(t, plain("web", ""))
		if d := w.register(t, plain("web-2", "")); d.Task.Revision != 1 {
			t.Errorf("registered %s", d.Name())
		}
	}},
	{name: "a family describes its latest revision", run: func(t *testing.T, w world) {
		w.register(t, plain("web", ""))
		w.register(t, firelens("web", ""))
		if d := w.describe(t, "web"); d.Name() != "web:2" || len(d.Routers()) != 1 {
			t.Errorf("described %s with %d routers", d.Name(), len(d.Routers()))
		}
	}},
	{name: "family and revision describe that revision", run: func(t *testing.T, w world) {
		w.register(t, plain("web", ""))
		w.register(t, firelens("web", ""))
		if d := w.describe(t, "web:1"); d.Name() != "web:1" || len(d.Routers()) != 0 {
			t.Errorf("described %s with %d routers", d.Name(), len(d.Routers()))
		}
	}},
	{name: "an ARN describes that revision", run: func(t *testing.T, w world) {
		first := w.register(t, plain("web", ""))
		w.register(t, plain("web", ""))
		if d := w.describe(t, *first.Task.TaskDefinitionArn); d.Name() != "web:1" {
			t.Errorf("described %s", d.Name())
		}
	}},
	{name: "nothing is unknown to this SDK", run: func(t *testing.T, w world) {
		w.register(t, firelens("web", types.NetworkModeAwsvpc))
		if err := ecstask.Unknown(w.describe(t, "web")); err != nil {
			t.Error(err)
		}
	}},
	{name: "tags come back", run: func(t *testing.T, w world) {
		d := plain("web", "")
		d.Tags = tags("team", "core", "empty", "")
		w.register(t, d)
		got := w.describe(t, "web").Tags
		if len(got) != 2 || *got[0].Key != "team" || *got[0].Value != "core" || aws.ToString(got[1].Value) != "" {
			t.Errorf("tags %v", got)
		}
	}},
	{name: "tags belong to a revision", run: func(t *testing.T, w world) {
		d := plain("web", "")
		d.Tags = tags("team", "core")
		w.register(t, d)
		w.register(t, plain("web", ""))
		if one, two := w.describe(t, "web:1"), w.describe(t, "web:2"); len(one.Tags) != 1 || len(two.Tags) != 0 {
			t.Errorf("tags %v and %v", one.Tags, two.Tags)
		}
	}},
	{name: "tags are left out unless asked for", run: func(t *testing.T, w world) {
		d := plain("web", "")
		d.Tags = tags("team", "core")
		w.register(t, d)
		out := must(w.ecs.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String("web")}))(t)
		if len(out.Tags) != 0 {
			t.Errorf("tags %v", out.Tags)
		}
	}},
	{name: "50 tags fit", run: func(t *testing.T, w world) {
		d := plain("web", "")
		for i := range 50 {
			d.Tags = append(d.Tags, tags(strings.Repeat("k", i+1), "v")...)
		}
		w.register(t, d)
		if got := w.describe(t, "web"); len(got.Tags) != 50 {
			t.Errorf("%d tags", len(got.Tags))
		}
	}},
	{name: "deregistering makes INACTIVE", run: func(t *testing.T, w world) {
		w.register(t, plain("web", ""))
		w.deregister(t, "web:1")
		if d := w.describe(t, "web:1"); d.Task.Status != types.TaskDefinitionStatusInactive {
			t.Errorf("status %s", d.Task.Status)
		}
	}},
	{name: "revision numbers are never used again", run: func(t *testing.T, w world) {
		w.register(t, plain("web", ""))
		w.deregister(t, "web:1")
		if d := w.register(t, plain("web", "")); d.Task.Revision != 2 {
			t.Errorf("registered %s", d.Name())
		}
	}},
	{name: "a family's latest is its latest ACTIVE one", differs: "E40", run: func(t *testing.T, w world) {
		w.register(t, plain("web", ""))
		w.register(t, plain("web", ""))
		w.deregister(t, "web:2")
		if d := w.describe(t, "web"); d.Name() != "web:1" {
			t.Errorf("described %s", d.Name())
		}
	}},
	{name: "families are listed once each", run: func(t *testing.T, w world) {
		for _, family := range []string{"a", "b", "a", "c"} {
			w.register(t, plain(family, ""))
		}
		got := must(w.store.Families(t.Context()))(t)
		if slices.Sort(got); !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("families %v", got)
		}
	}},
	{name: "a family's revisions are listed by status", run: func(t *testing.T, w world) {
		for _, family := range []string{"web", "web", "web-2"} {
			w.register(t, plain(family, ""))
		}
		w.deregister(t, "web:1")
		for status, want := range map[types.TaskDefinitionStatus]string{"ACTIVE": "web:2", "INACTIVE": "web:1"} {
			out := must(w.ecs.ListTaskDefinitions(t.Context(), &ecs.ListTaskDefinitionsInput{FamilyPrefix: aws.String("web"), Status: status}))(t)
			if len(out.TaskDefinitionArns) != 1 || lastPart(out.TaskDefinitionArns[0]) != want {
				t.Errorf("%s: %v, want %s", status, out.TaskDefinitionArns, want)
			}
		}
	}},
	{name: "a described definition registers as the same", run: func(t *testing.T, w world) {
		for _, mode := range []types.NetworkMode{"bridge", "awsvpc", "host"} {
			w.register(t, firelens("web", mode))
			sameAgain(t, w)
		}
	}},
	{name: "a rich definition registers as the same", run: func(t *testing.T, w world) {
		w.register(t, rich())
		sameAgain(t, w)
	}},
	{name: "what was described is what was sent", run: func(t *testing.T, w world) {
		sent := rich()
		w.register(t, sent)
		if diff := plan.Compare(sent, w.describe(t, "rich")); len(diff) != 0 {
			t.Errorf("%+v", diff)
		}
	}},
	{name: "a definition of 60 KB survives", run: func(t *testing.T, w world) {
		d := plain("web", "")
		value := strings.Repeat("x", 60_000)
		d.Task.ContainerDefinitions[0].Environment = []types.KeyValuePair{{Name: aws.String("LONG"), Value: &value}}
		w.register(t, d)
		sameAgain(t, w)
	}},
}

// sameAgain registers what the only family describes, and compares.
func sameAgain(t *testing.T, w world) {
	t.Helper()
	families := must(w.store.Families(t.Context()))(t)
	before := w.describe(t, families[0])
	after := w.describe(t, *w.register(t, before).Task.TaskDefinitionArn)
	if diff := plan.Compare(before, after); len(diff) != 0 {
		t.Errorf("%s became another: %+v", before.Name(), diff)
	}
	if after.Task.Revision != before.Task.Revision+1 {
		t.Errorf("%s became %s", before.Name(), after.Name())
	}
}

// rich has something of most kinds of member, in the form in which ECS stores it.
func rich() rules.Definition {
	d := firelens("rich", types.NetworkModeBridge)
	d.Task.Cpu, d.Task.Memory = aws.String("256"), aws.String("512")
	d.Task.RequiresCompatibilities = []types.Compatibility{types.CompatibilityEc2}
	d.Task.TaskRoleArn = aws.String("arn:aws:iam::123456789012:role/task")
	d.Task.ExecutionRoleArn = aws.String("arn:aws:iam::123456789012:role/execution")
	d.Task.Volumes = []types.Volume{{Name: aws.String("data"), Host: &types.HostVolumeProperties{SourcePath: aws.String("/data")}}}
	d.Task.PlacementConstraints = []types.TaskDefinitionPlacementConstraint{{
		Type: types.TaskDefinitionPlacementConstraintTypeMemberOf, Expression: aws.String("attribute:ecs.os-type == linux"),
	}}
	d.Task.RuntimePlatform = &types.RuntimePlatform{CpuArchitecture: types.CPUArchitectureArm64, OperatingSystemFamily: types.OSFamilyLinux}
	d.Task.ContainerDefinitions[0].User = aws.String("0")
	app := &d.Task.ContainerDefinitions[1]
	app.DependsOn = []types.ContainerDependency{{ContainerName: aws.String("log_router"), Condition: types.ContainerConditionStart}}
	app.Environment = []types.KeyValuePair{{Name: aws.String("EMPTY"), Value: aws.String("")}, {Name: aws.String("A"), Value: aws.String("ä\"\n")}}
	app.Secrets = []types.Secret{{Name: aws.String("TOKEN"), ValueFrom: aws.String("arn:aws:ssm:eu-central-1:123456789012:parameter/token")}}
	app.MountPoints = []types.MountPoint{{SourceVolume: aws.String("data"), ContainerPath: aws.String("/data"), ReadOnly: aws.Bool(true)}}
	app.HealthCheck = &types.HealthCheck{Command: []string{"CMD", "true"}, Interval: aws.Int32(30), Retries: aws.Int32(3), Timeout: aws.Int32(5)}
	app.Ulimits = []types.Ulimit{{Name: types.UlimitNameNofile, SoftLimit: 1024, HardLimit: 65536}}
	app.LinuxParameters = &types.LinuxParameters{InitProcessEnabled: aws.Bool(true), Capabilities: &types.KernelCapabilities{Drop: []string{"ALL"}}}
	app.DockerLabels, app.StopTimeout, app.Cpu = map[string]string{"k": ""}, aws.Int32(120), 10
	app.LogConfiguration.SecretOptions = []types.Secret{{Name: aws.String("apikey"), ValueFrom: aws.String("arn:aws:ssm:eu-central-1:123456789012:parameter/key")}}
	return d
}

func lastPart(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
