package rules

import "fmt"

func fl304() Rule {
	return Rule{
		ID:       "FL304",
		Title:    "The router logs through itself",
		Severity: Medium,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "The container with the firelensConfiguration logs with awsfirelens itself.",
			Why: "What the router has to say goes through the router. When its output fails, the message that says why has to take that output: nobody reads it, and each attempt to send it makes another " +
				"one. With an output to stdout it feeds itself until its memory ends. And when it cannot start at all, its reasons are nowhere. ECS registers it: the agent only leaves out the dependency on itself.",
			Fix:     "None: give the router the awslogs driver, as AWS's examples do, with a log group of your choice.",
			Silent:  "Where the router has another log driver, or none (FL504). Unknown where a file does not tell the router's log driver.",
			Before:  `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"}, "logConfiguration": {"logDriver": "awsfirelens"}}`,
			After:   `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"}, "logConfiguration": {"logDriver": "awslogs"}}`,
			Sources: []string{srcTaskDef, srcAgentTask, "https://github.com/aws/amazon-ecs-agent/pull/2147"},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				c := &d.Task.ContainerDefinitions[i]
				switch {
				case selfLogging(c):
					found = append(found, d.finding("FL304", Medium, Path(str(c.Name), "logConfiguration.logDriver"), fmt.Sprintf("router %s logs through itself", str(c.Name))))
				case isRouter(c):
					found = append(found, d.unknownAt("FL304", c, "logConfiguration.logDriver")...)
				}
			}
			return found
		}),
	}
}
