package rules

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl507() Rule {
	return Rule{
		ID:       "FL507",
		Title:    "ECS metadata is switched off, and the policy asks for it",
		Severity: Low,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "The router's option enable-ecs-log-metadata is false, or a value that is neither true nor false, which the agent takes for false; and the policy asks for the metadata.",
			Why:  "Without it records carry no ecs_cluster, ecs_task_arn and ecs_task_definition: when one of forty tasks of a service logs an error, nothing says which, and a search by task definition misses it.",
			Fix: "Sets enable-ecs-log-metadata to true, when the policy raises this rule. Records grow by some 200 bytes. Where an entry point or command of the router's own bypasses the generated configuration, " +
				"the option has no effect, and the rule leaves it alone.",
			Silent: "Unless the policy asks for metadata; where the option is absent or true; where the router has an entry point or command of its own. Unknown where a file does not tell the option.",
			Before: `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit", "options": {"enable-ecs-log-metadata": "false"}}}`,
			After:  `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit", "options": {"enable-ecs-log-metadata": "true"}}}`,
			Sources: []string{
				srcTaskDef, "aws/amazon-ecs-agent agent/taskresource/firelens/firelens_unix.go parseOptions",
				"aws-samples/amazon-ecs-firelens-examples examples/fluent-bit/oomkill-prevention (an entry point of its own)",
			},
		},
		Check: onDefinition(func(d Definition, p Params) []Finding {
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				c := &d.Task.ContainerDefinitions[i]
				if !p.RequireMetadata || !isRouter(c) || ownStart(c) {
					continue
				}
				if unknown := d.unknownAt("FL507", c, metadataPath); unknown != nil {
					found = append(found, unknown...)
				} else if plain(c) {
					f := d.finding("FL507", Low, Path(str(c.Name), metadataPath), fmt.Sprintf("router %s adds no ECS metadata to records", str(c.Name)))
					f.Fixable = true
					found = append(found, f)
				}
			}
			return found
		}),
		Fix: fixDefinition(func(d Definition, p Params) Definition {
			if !p.RequireMetadata {
				return d
			}
			return d.With(func(c *types.ContainerDefinition) {
				if !isRouter(c) || ownStart(c) || !plain(c) || d.whyAt(c, metadataPath) != "" {
					return
				}
				conf := *c.FirelensConfiguration
				conf.Options = maps.Clone(conf.Options)
				conf.Options[metadataOption] = "true"
				c.FirelensConfiguration = &conf
			})
		}),
	}
}

const (
	metadataOption = "enable-ecs-log-metadata"
	metadataPath   = "firelensConfiguration.options." + metadataOption
)

// plain says whether a router adds no ECS metadata. The agent reads the option as Go does.
func plain(router *types.ContainerDefinition) bool {
	value, ok := router.FirelensConfiguration.Options[metadataOption]
	on, err := strconv.ParseBool(value)
	return ok && (err != nil || !on)
}

// ownStart says whether a router starts by an entry point or command of its own.
func ownStart(router *types.ContainerDefinition) bool {
	return len(router.EntryPoint) > 0 || len(router.Command) > 0
}
