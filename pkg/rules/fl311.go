package rules

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl311() Rule {
	return Rule{
		ID:       "FL311",
		Title:    "log-driver-buffer-limit is malformed or out of range",
		Severity: Medium,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "A container that logs with awsfirelens has a log-driver-buffer-limit that is no whole number of 0 to 536870911, or spells the option in another case.",
			Why: "AWS: \"The buffer limit must be greater than or equal to 0 and less than 536870912 log lines\". It counts lines, not bytes: \"10m\" is no limit of ten megabytes. ECS or the log driver refuses " +
				"what is malformed, and the task does not start. In another case the option is not ECS's: it goes to the output plugin, which stops the router (\"unknown configuration property\"), and the buffer keeps " +
				"its default of 1048576 lines.",
			Fix:     "None: how many lines the task's memory has room for, its author knows: the size of a line times the limit.",
			Silent:  "Where the option is absent, or a number in the range; for containers with another driver. Unknown where a file does not tell the value.",
			Before:  `"options": {"Name": "cloudwatch_logs", "log-driver-buffer-limit": "10m"}`,
			After:   `"options": {"Name": "cloudwatch_logs", "log-driver-buffer-limit": "2097152"}`,
			Sources: []string{"https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-docker-buffer-limit.html", srcAgentOptions},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				if c := &d.Task.ContainerDefinitions[i]; usesFirelens(c) {
					found = append(found, d.bufferLimit(c)...)
				}
			}
			return found
		}),
	}
}

const (
	bufferOption = "log-driver-buffer-limit"
	bufferBound  = 536870912 // log lines; the limit must be less
)

func (d Definition) bufferLimit(c *types.ContainerDefinition) []Finding {
	wrong := func(key, value string) bool {
		return strings.EqualFold(key, bufferOption) && (key != bufferOption || !inLines(value))
	}
	var found []Finding
	if _, there := c.LogConfiguration.Options[bufferOption]; !there {
		found = d.unknownAt("FL311", c, "logConfiguration.options."+bufferOption)
	}
	for _, key := range optionsWhere(c, wrong) {
		if why := d.whyOption(c, key); why != "" && key == bufferOption {
			found = append(found, d.unknown("FL311", optionPath(c, key), why)...)
			continue
		}
		message := fmt.Sprintf("%s of container %s is no whole number of 0 to %d", bufferOption, str(c.Name), bufferBound-1)
		if key != bufferOption {
			message = fmt.Sprintf("option %s of container %s is not spelled %s: it goes to the output plugin", key, str(c.Name), bufferOption)
		}
		found = append(found, d.finding("FL311", Medium, optionPath(c, key), message))
	}
	return found
}

// inLines says whether a value is a limit of log lines that ECS takes.
func inLines(value string) bool {
	n, err := strconv.ParseInt(value, 10, 64)
	return err == nil && n >= 0 && n < bufferBound
}
