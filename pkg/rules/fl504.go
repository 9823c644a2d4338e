package rules

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl504() Rule {
	return Rule{
		ID:       "FL504",
		Title:    "The router's own logs go nowhere",
		Severity: Medium,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "The router has no logConfiguration, or its log driver is none.",
			Why: "What goes wrong with logs is said in one place: the router's own output. An output without permission, a full buffer and a crash all look the same from outside: no logs arrive. The maintainers of AWS's " +
				"image ask for awslogs on the router, as all their examples have it. On Fargate a container without a log driver leaves no trace; on EC2 Docker's default driver keeps its output on the instance, until that is " +
				"replaced: severity is low there.",
			Fix:     "None: the log group, and the permission to write to it, are the account's. Add awslogs (options awslogs-group, awslogs-region, awslogs-stream-prefix) to the router.",
			Silent:  "Where the router has a log driver: awsfirelens is FL304's. Unknown where a file does not tell its log driver.",
			Sources: []string{srcContainer, "aws/aws-for-fluent-bit troubleshooting/debugging.md (the router's own log)", "aws-samples/amazon-ecs-firelens-examples"},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				c := &d.Task.ContainerDefinitions[i]
				if !isRouter(c) || c.LogConfiguration != nil && c.LogConfiguration.LogDriver != "" && c.LogConfiguration.LogDriver != "none" {
					continue
				}
				if unknown := d.unknownAt("FL504", c, "logConfiguration.logDriver"); unknown != nil {
					found = append(found, unknown...)
					continue
				}
				found = append(found, d.mute(c))
			}
			return found
		}),
	}
}

func (d Definition) mute(router *types.ContainerDefinition) Finding {
	f := d.finding("FL504", Medium, Path(str(router.Name), "logConfiguration"), fmt.Sprintf("router %s keeps no log of its own: why logs are missing is said nowhere", str(router.Name)))
	silenced := router.LogConfiguration != nil && router.LogConfiguration.LogDriver == "none"
	if !silenced && !slices.Contains(d.Task.RequiresCompatibilities, types.CompatibilityFargate) {
		f.Severity = Low
		f.Message = fmt.Sprintf("router %s names no log driver: its own log stays on the instance and ends with it", str(router.Name))
	}
	return f
}
