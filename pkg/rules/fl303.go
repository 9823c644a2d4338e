package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl303() Rule {
	return Rule{
		ID:       "FL303",
		Title:    "A half of FireLens: clients without a router, or a router without clients",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "Containers log with awsfirelens and none has a firelensConfiguration, or one has a firelensConfiguration and none logs with awsfirelens.",
			Why: "ECS refuses to register both halves: \"When awsfirelens log driver is specified in log configuration, a firelens configuration object must be configured in one of the containers\", and " +
				"\"When a firelensConfiguration object is specified, at least one container has to be configured with the awsfirelens log driver\". The deployment fails. The usual cause is a tool or SDK older than " +
				"FireLens that drops firelensConfiguration as it copies a definition.",
			Fix:    "None: add the missing half, or take the other away.",
			Silent: "With both halves, or neither; where the only client is the router itself (FL304). Unknown where a file does not tell a log driver or who is the router.",
			Before: `{"name": "app", "logConfiguration": {"logDriver": "awsfirelens"}}, alone`,
			After: `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"}},
{"name": "app", "logConfiguration": {"logDriver": "awsfirelens"}}`,
			Sources: []string{
				srcTaskDef, "https://github.com/turnerlabs/fargate/issues/60", "https://github.com/fabfuel/ecs-deploy/issues/164",
				"https://github.com/aws/amazon-cloudwatch-logs-for-fluent-bit/issues/20",
			},
		},
		Check: onDefinition(halves),
	}
}

func halves(d Definition, _ Params) []Finding {
	router, client := false, false
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		router, client = router || isRouter(c), client || usesFirelens(c)
	}
	switch {
	case router == client:
		return nil
	case client:
		if path, why := d.hiddenRouter(); why != "" {
			return d.unknown("FL303", path, why)
		}
		return []Finding{d.finding("FL303", High, "containerDefinitions", fmt.Sprintf(
			"no container has a firelensConfiguration, and these log with awsfirelens: %s; ECS refuses to register that", strings.Join(some(d.firelensUsers()), ", ")))}
	}
	if path, why := d.hiddenClient(); why != "" {
		return d.unknown("FL303", path, why)
	}
	return []Finding{d.finding("FL303", High, "containerDefinitions", fmt.Sprintf(
		"no container logs with awsfirelens, and %s has a firelensConfiguration; ECS refuses to register that", strings.Join(some(d.routerNames()), ", ")))}
}

// firelensUsers are the names of the containers that log with awsfirelens, sorted.
func (d Definition) firelensUsers() []string {
	var names []string
	for i := range d.Task.ContainerDefinitions {
		if c := &d.Task.ContainerDefinitions[i]; usesFirelens(c) {
			names = append(names, str(c.Name))
		}
	}
	slices.Sort(names)
	return names
}

// hiddenClient says where a container that the source cannot tell may log with awsfirelens: "" where none may.
func (d Definition) hiddenClient() (path, why string) {
	if len(d.Unknown) == 0 {
		return "", ""
	}
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		if why := d.whyAt(c, "logConfiguration.logDriver"); why != "" {
			return Path(str(c.Name), "logConfiguration.logDriver"), why
		}
	}
	return d.hiddenContainer()
}

// selfLogging says whether a router logs through itself.
func selfLogging(c *types.ContainerDefinition) bool { return isRouter(c) && usesFirelens(c) }
