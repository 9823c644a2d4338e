package rules

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl202() Rule {
	return Rule{
		ID:       "FL202",
		Title:    "A client waits for the router to end",
		Severity: High,
		Mode:     Remediate,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "A container that logs through the router depends on it with condition COMPLETE or SUCCESS, which come true when the router has ended.",
			Why: "A router runs as long as its task. Its client therefore never starts: the task stays PENDING, or stops when the router's startTimeout is over. Should the router end after all, by a " +
				"crash (COMPLETE) or a clean exit (SUCCESS), the client starts at the one moment at which nobody takes its logs. ECS refuses to register such a dependency on an essential container (\"A " +
				"dependency container with SUCCESS or COMPLETE condition cannot be an essential container\"), and a container is essential unless its definition says otherwise; with a router that " +
				"is not essential it goes through.",
			Fix: "Registers a revision with START in place of COMPLETE or SUCCESS: the router is started before the client and stopped after it. Where the client depends on the router a second time, " +
				"with START or HEALTHY, that dependency alone is left. It changes no other dependency. START means running, not listening.",
			Silent: "For containers that log elsewhere: a job that runs when the router has ended may be meant. For START and HEALTHY (FL203); with no router, or more than one. Unknown where a file " +
				"does not tell a client's dependsOn, or who is the router.",
			Before: `{"name": "app", "logConfiguration": {"logDriver": "awsfirelens"}, "dependsOn": [{"containerName": "log_router", "condition": "SUCCESS"}]}`,
			After:  `{"name": "app", "logConfiguration": {"logDriver": "awsfirelens"}, "dependsOn": [{"containerName": "log_router", "condition": "START"}]}`,
			Sources: []string{
				srcDependency, srcGuide, "https://github.com/boto/boto3/issues/2436",
				"aws/amazon-ecs-agent agent/taskresource/dependencygraph/graph.go (COMPLETE and SUCCESS resolve when the container has stopped)",
			},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			if router := d.theRouter(); router != nil {
				return toEnd.check(d, router)
			}
			if d.someClientAwaitsAnEnd() {
				return d.unsure("FL202")
			}
			return nil
		}),
		Fix: fixDefinition(func(d Definition, _ Params) Definition {
			if router := d.theRouter(); router != nil {
				return toEnd.fix(d, str(router.Name))
			}
			return d
		}),
	}
}

var toEnd = awaiting{rule: "FL202", wrong: ends, waits: isClient, say: sayToEnd}

func sayToEnd(d Definition, router, c *types.ContainerDefinition, condition types.ContainerCondition) Finding {
	f := d.finding("FL202", High, "", fmt.Sprintf("container %s logs through %s and waits for it with %s: it starts only when the router has ended",
		str(c.Name), str(router.Name), condition))
	if essential(router) && d.whyAt(router, "essential") == "" {
		f.Evidence = []string{"the router is essential: ECS refuses to register COMPLETE and SUCCESS on it"}
	}
	return f
}

func (d Definition) someClientAwaitsAnEnd() bool {
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		for _, dep := range c.DependsOn {
			if isClient(c) && ends(dep.Condition) {
				return true
			}
		}
	}
	return false
}
