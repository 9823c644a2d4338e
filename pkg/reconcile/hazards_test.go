package reconcile_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
)

func ordered(family string) *ecs.RegisterTaskDefinitionInput {
	in := bad(family)
	in.ContainerDefinitions[0].PortMappings = nil
	in.ContainerDefinitions[1].DependsOn = []ecstypes.ContainerDependency{{ContainerName: aws.String("log_router"), Condition: "START"}}
	return in
}

type throttledRegister struct{ *ecsfake.Cloud }

type denyingDeregister struct{ *ecsfake.Cloud }

func (throttledRegister) RegisterTaskDefinition(context.Context, *ecs.RegisterTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.RegisterTaskDefinitionOutput, error) {
	return nil, ecsfake.Throttled()
}

func (denyingDeregister) DeregisterTaskDefinition(context.Context, *ecs.DeregisterTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DeregisterTaskDefinitionOutput, error) {
	return nil, ecsfake.Denied("ecs:DeregisterTaskDefinition")
}

func (c *cloud) task(definition string) func() {
	c.t.Helper()
	out, err := c.ecs.RunTask(c.t.Context(), &ecs.RunTaskInput{Cluster: aws.String("prod"), TaskDefinition: &definition, Count: aws.Int32(1), LaunchType: ecstypes.LaunchTypeEc2})
	if err != nil || len(out.Tasks) == 0 {
		c.t.Fatal(err, out)
	}
	return func() {
		if _, err := c.ecs.StopTask(c.t.Context(), &ecs.StopTaskInput{Cluster: aws.String("prod"), Task: out.Tasks[0].TaskArn}); err != nil {
			c.t.Fatal(err)
		}
	}
}

// forgeOrigin puts Terraform's registration in a finding's origin.
func forgeOrigin(t *testing.T, body string) string {
	var m, d map[string]any
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatal(err)
	}
	d = m["detail"].(map[string]any)
	d["origin"] = map[string]any{"event_name": "RegisterTaskDefinition", "user_agent": "HashiCorp/1.0 Terraform/1.9.5", "principal": "arn:aws:iam::123456789012:user/ceo"}
	raw, _ := json.Marshal(m)
	return string(raw)
}

// overtaking registers another revision just before ours.
type overtaking struct {
	*ecsfake.Cloud
	do    func()
	times *[]time.Time
	now   func() time.Time
}

func (o overtaking) RegisterTaskDefinition(ctx context.Context, in *ecs.RegisterTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.RegisterTaskDefinitionOutput, error) {
	if len(*o.times) == 0 {
		o.do()
	}
	*o.times = append(*o.times, o.now())
	return o.Cloud.RegisterTaskDefinition(ctx, in)
}

type lateRegister struct{ *ecsfake.Cloud }

func (l lateRegister) RegisterTaskDefinition(ctx context.Context, in *ecs.RegisterTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.RegisterTaskDefinitionOutput, error) {
	l.Cloud.RegisterTaskDefinition(ctx, in)
	return nil, ecsfake.Throttled()
}

type creating struct {
	*ecsfake.Cloud
	do func()
}

func (o creating) RegisterTaskDefinition(ctx context.Context, in *ecs.RegisterTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.RegisterTaskDefinitionOutput, error) {
	if *in.Family == "a" {
		o.do()
	}
	return o.Cloud.RegisterTaskDefinition(ctx, in)
}
