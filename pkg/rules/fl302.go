package rules

import (
	"slices"
	"strings"
)

func fl302() Rule {
	return Rule{
		ID:       "FL302",
		Title:    "More than one router in a task",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "More than one container has a firelensConfiguration.",
			Why: "A task has one log socket and one generated configuration. The agent's own parts disagree on which router that is: one takes the first in the definition, the one that orders containers the " +
				"last, so clients wait for a router that does not get their logs. AWS's CDK refuses a second one (\"Firelens log router is already added in this task.\"); what ECS does is not documented.",
			Fix:    "None: which of them is meant, its author knows. Send what the second did from the one router, by its configuration file or by further outputs.",
			Silent: "With one router or none. Unknown where there is one and a file does not tell whether another container is a router too.",
			Before: `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"}},
{"name": "audit_router", "firelensConfiguration": {"type": "fluentbit"}}`,
			After: `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit",
 "options": {"config-file-type": "file", "config-file-value": "/fluent-bit/etc/audit.conf"}}}`,
			Sources: []string{srcGuide, srcAgentTask, "aws/aws-cdk packages/aws-cdk-lib/aws-ecs/lib/base/task-definition.ts (one router a task)"},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			switch names := d.routerNames(); {
			case len(names) > 1:
				return []Finding{d.finding("FL302", High, "containerDefinitions", "a task has one router at most, and these have a firelensConfiguration: "+strings.Join(some(names), ", "))}
			case len(names) == 1 && len(d.Unknown) > 0:
				if path, why := d.hiddenRouter(); why != "" && path != Path(names[0], "firelensConfiguration") {
					return d.unknown("FL302", path, why)
				}
			}
			return nil
		}),
	}
}

// routerNames are the names of the routers, sorted.
func (d Definition) routerNames() []string {
	var names []string
	for i := range d.Task.ContainerDefinitions {
		if c := &d.Task.ContainerDefinitions[i]; isRouter(c) {
			names = append(names, str(c.Name))
		}
	}
	slices.Sort(names)
	return names
}
