package reconcile_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// TestAServiceThatMovedFromOneDefaultGroupToAnother is behind the other one, although neither is named, and no event told of it.
func TestAServiceThatMovedFromOneDefaultGroupToAnother(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Cap = rules.Report
	c.inDefaultGroup(c.register(firelens("web", ecstypes.NetworkModeAwsvpc)))
	g := c.defaultGroup()
	c.empty(g)
	c.sweep()
	want(t, "users", c.users(g), []string{"service prod/web runs web:1"})
	_, other, subnet := c.ecs.Network.AddVPC()
	for other == g || subnet == c.subnet { // both fakes count from one
		_, other, subnet = c.ecs.Network.AddVPC()
	}
	c.stop("web")
	if _, err := c.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("prod"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web:1"), DesiredCount: aws.Int32(0),
		NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{Subnets: []string{subnet}}},
	}); err != nil {
		t.Fatal(err)
	}
	c.open(g, tcp(24224, 24224, "10.0.0.0/8", ""))
	c.run(opened(g))
	want(t, "notices", c.statuses(), []string(nil))
	want(t, "users", c.users(g), []string(nil))
	want(t, "users of the other one", c.users(other), []string{"service prod/web runs web:1"})
}
