package rules

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl203() Rule {
	return Rule{
		ID:       "FL203",
		Title:    "A container waits for a router without a health check to be healthy",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "A container depends on the router with condition HEALTHY, and the router's definition has no healthCheck. A HEALTHCHECK in the router's image does not count: ECS monitors only the " +
				"health checks of the task definition.",
			Why: "Without a health check a container is never healthy, so the one that waits never starts: the task stays PENDING for good, without an event that says why, or stops when the router's " +
				"startTimeout is over. AWS: HEALTHY \"requires that the dependent container has health checks configured in the task definition\". ECS may refuse such a definition, which it does not " +
				"document; the agent does not look.",
			Fix: "Puts START in place of HEALTHY (or drops it where the container depends on the router with START as well), when the policy raises this rule to remediate. START means running, not listening: " +
				"whoever needs the router to be ready adds a health check that works on its image instead, which no fix can choose (FL509). It adds no health check and changes no other dependency.",
			Silent: "Where the router has a healthCheck, whether it can succeed or not (FL509); with no router, or more than one. Unknown where a file does not tell the router's healthCheck or a " +
				"container's dependsOn.",
			Before: `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"}},
{"name": "app", "dependsOn": [{"containerName": "log_router", "condition": "HEALTHY"}]}`,
			After: `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"}},
{"name": "app", "dependsOn": [{"containerName": "log_router", "condition": "START"}]}`,
			Sources: []string{
				srcDependency, srcHealthCheck, "https://github.com/aws/containers-roadmap/issues/1070",
				"aws/amazon-ecs-agent agent/taskresource/dependencygraph/graph.go (HEALTHY resolves where the task definition's health check is reported)",
			},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			router := d.theRouter()
			if router == nil || router.HealthCheck != nil {
				return nil
			}
			found := toBeHealthy.check(d, router)
			if len(found) > 0 {
				if unknown := d.unknownAt("FL203", router, "healthCheck"); unknown != nil {
					return unknown
				}
			}
			return found
		}),
		Fix: fixDefinition(func(d Definition, _ Params) Definition {
			if router := d.theRouter(); router != nil && router.HealthCheck == nil && d.whyAt(router, "healthCheck") == "" {
				return toBeHealthy.fix(d, str(router.Name))
			}
			return d
		}),
	}
}

var toBeHealthy = awaiting{
	rule:  "FL203",
	wrong: func(c types.ContainerCondition) bool { return c == types.ContainerConditionHealthy },
	waits: func(*types.ContainerDefinition) bool { return true },
	say: func(d Definition, router, c *types.ContainerDefinition, _ types.ContainerCondition) Finding {
		f := d.finding("FL203", High, "", fmt.Sprintf("container %s waits for router %s to be healthy, and the router has no health check: it never starts",
			str(c.Name), str(router.Name)))
		if router.StartTimeout != nil {
			f.Evidence = []string{fmt.Sprintf("the router's startTimeout stops the task after %d seconds", *router.StartTimeout)}
		}
		return f
	},
}
