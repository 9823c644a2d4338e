package reconcile_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// TestAServiceAtZeroOfWhichAnEventTellsKeepsItsPort: it was made after the sweep, and names the router's port.
func TestAServiceAtZeroOfWhichAnEventTellsKeepsItsPort(t *testing.T) {
	c := newCloud(t)
	c.indexed()
	definition := c.register(bad("api"))
	_, err := c.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("prod"), ServiceName: aws.String("api"), TaskDefinition: &definition, DesiredCount: aws.Int32(0),
		LoadBalancers: []ecstypes.LoadBalancer{{
			TargetGroupArn: aws.String("arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/logs/1"),
			ContainerName:  aws.String("log_router"), ContainerPort: aws.Int32(24224),
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.run(called("ecs", "CreateService", object{"cluster": "prod", "serviceName": "api", "taskDefinition": "api"}, object{"service": object{
		"serviceArn": arnOf + "service/prod/api", "clusterArn": arnOf + "cluster/prod", "taskDefinition": definition,
	}}))
	want(t, "revision", c.latest("api").Revision, int32(1))
	want(t, "notices", c.statuses(), []string{"reported task-definition/api"})
}

// TestAnAggregatorAtZeroOfWhichAnEventTellsKeepsItsPort: the group has a FireLens user already, so that nothing else asks for the service.
func TestAnAggregatorAtZeroOfWhichAnEventTellsKeepsItsPort(t *testing.T) {
	c := newCloud(t)
	g := c.group("web", tcp(2020, 2020, "10.0.0.0/8", ""))
	c.awsvpcService("web", g)
	c.sweep()
	c.service("aggregator", c.register(aggregator("aggregator", ecstypes.NetworkModeAwsvpc)), g)
	c.run(placed("CreateService", "aggregator", "aggregator", g))
	c.open(g, tcp(24224, 24224, "10.0.0.0/8", ""))
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{"tcp 2020 10.0.0.0/8 ()", "tcp 24224 10.0.0.0/8 ()"})
}
