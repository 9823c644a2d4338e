package owner_test

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

// web is a definition with a client, a router that maps 24224, and secrets that no patch may show.
func web() rules.Definition {
	return named("app", "log_router")
}

func named(app, router string) rules.Definition {
	secret := []types.KeyValuePair{{Name: aws.String("TOKEN"), Value: aws.String("hunter2")}}
	return rules.Definition{Task: types.TaskDefinition{
		Family: aws.String("web"), Revision: 7, NetworkMode: types.NetworkModeAwsvpc,
		ContainerDefinitions: []types.ContainerDefinition{
			{
				Name: &app, Essential: aws.Bool(true), Environment: secret,
				DependsOn: []types.ContainerDependency{
					{ContainerName: aws.String("migrate"), Condition: types.ContainerConditionSuccess},
					{ContainerName: &router, Condition: types.ContainerConditionStart},
				},
			},
			{
				Name: &router, Essential: aws.Bool(false), Environment: secret,
				FirelensConfiguration: &types.FirelensConfiguration{Type: types.FirelensConfigurationTypeFluentbit},
				PortMappings: []types.PortMapping{
					{ContainerPort: aws.Int32(24224), Protocol: types.TransportProtocolTcp},
					{ContainerPort: aws.Int32(2020), Protocol: types.TransportProtocolTcp, AppProtocol: types.ApplicationProtocolHttp},
				},
			},
		},
	}}
}

// edit is a change of the one container or the other.
type edit struct {
	router bool
	change func(*types.ContainerDefinition)
}

// revision is the plan of a revision that makes these changes.
func revision(from rules.Definition, edits []edit) plan.Revision {
	to := from.With(func(c *types.ContainerDefinition) {
		for _, e := range edits {
			if e.router == (c.FirelensConfiguration != nil) {
				e.change(c)
			}
		}
	})
	return plan.Revision{Current: from, Desired: to, Rules: []string{"FL103"}}
}

// kinds are the kinds of change that fixes make, by name.
func kinds() map[string][]edit {
	k := map[string][]edit{
		"dependency-added": {{false, func(c *types.ContainerDefinition) {
			on := types.ContainerDependency{ContainerName: aws.String("sidecar"), Condition: types.ContainerConditionStart}
			c.DependsOn = append(slices.Clone(c.DependsOn), on)
		}}},
		"condition-changed": {{false, func(c *types.ContainerDefinition) {
			c.DependsOn = slices.Clone(c.DependsOn)
			c.DependsOn[1].Condition = types.ContainerConditionHealthy
		}}},
		"mapping-dropped":      {{true, func(c *types.ContainerDefinition) { c.PortMappings = c.PortMappings[1:] }}},
		"all-mappings-dropped": {{true, func(c *types.ContainerDefinition) { c.PortMappings = nil }}},
		"essential":            {{true, func(c *types.ContainerDefinition) { c.Essential = aws.Bool(true) }}},
		"essential-gone":       {{true, func(c *types.ContainerDefinition) { c.Essential = nil }}},
		"memory":               {{true, func(c *types.ContainerDefinition) { c.MemoryReservation = aws.Int32(100) }}},
		"metadata": {{true, func(c *types.ContainerDefinition) {
			f := *c.FirelensConfiguration
			f.Options = map[string]string{"enable-ecs-log-metadata": "true"}
			c.FirelensConfiguration = &f
		}}},
		"nothing-to-show": {{false, func(c *types.ContainerDefinition) {
			c.Environment = []types.KeyValuePair{{Name: aws.String("TOKEN"), Value: aws.String("hunter3")}}
		}}},
	}
	k["everything"] = slices.Concat(k["dependency-added"], k["mapping-dropped"], k["essential"], k["memory"], k["metadata"], k["nothing-to-show"])
	return k
}

// open is an ingress entry that lets a range in from the world.
func open(about string) ec2types.SecurityGroupRule {
	return ec2types.SecurityGroupRule{
		SecurityGroupRuleId: aws.String("sgr-1"), IpProtocol: aws.String("tcp"), FromPort: aws.Int32(24000), ToPort: aws.Int32(25000),
		CidrIpv4: aws.String("0.0.0.0/0"), Description: &about,
	}
}

// narrowed is the plan that takes 24224 out of an entry; revoked the one that takes the entry away.
func narrowed(e ec2types.SecurityGroupRule) plan.Ingress {
	lower, upper := e, e
	lower.ToPort, upper.FromPort, upper.SecurityGroupRuleId = aws.Int32(24223), aws.Int32(24225), nil
	return ingress(e, lower, upper)
}

func revoked(e ec2types.SecurityGroupRule) plan.Ingress { return ingress(e) }

func ingress(before ec2types.SecurityGroupRule, after ...ec2types.SecurityGroupRule) plan.Ingress {
	return plan.Diff(rules.Group{ID: "sg-0abc", Entries: []ec2types.SecurityGroupRule{before}}, rules.Group{ID: "sg-0abc", Entries: after})
}

// tagged are Copilot's tags and a stack's, all with one value.
func tagged(value string) []types.Tag {
	var all []types.Tag
	for _, key := range []string{"copilot-application", "copilot-environment", "copilot-service", stackName, "ManagedBy"} {
		all = append(all, types.Tag{Key: &key, Value: &value})
	}
	return all
}
