package rules

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl314() Rule {
	return Rule{
		ID:       "FL314",
		Title:    "The router's user is given by name",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "The router's user is not a number, or a number and a group: \"fluent\", \"fluent:fluent\", \"root\".",
			Why: "The agent gives the router's socket to its user, and reads the number to do so: a name fails the task (\"unable to determine the user ID\"), whatever the image knows it as. Older agents refused any user but " +
				"0. Severity is medium on Fargate, whose agent is not public.",
			Fix:    "None: which number the image has for that name is in the image (id -u NAME). \"1000\", \"1000:1000\" and \"1000:fluent\" are read.",
			Silent: "Where there is no user, or its first part is a number: whether an agent is new enough for another than 0 (1.96.0) is not in the definition. Unknown where a file does not tell the user.",
			Before: `"user": "fluent"`,
			After:  `"user": "1000"`,
			Sources: []string{
				srcContainer, "https://github.com/cloudposse/terraform-aws-ecs-container-definition/issues/97",
				"aws/amazon-ecs-agent ecs-agent/utils/firelens/firelens.go (forms of user)", "aws/amazon-ecs-agent CHANGELOG.md 1.96.0",
			},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				if c := &d.Task.ContainerDefinitions[i]; isRouter(c) && (byName(str(c.User)) || d.whyAt(c, "user") != "") {
					found = append(found, d.namedUser(c)...)
				}
			}
			return found
		}),
	}
}

// byName says whether a user is no number.
func byName(user string) bool {
	id, _, _ := strings.Cut(user, ":")
	return user != "" && (id == "" || strings.Trim(id, "0123456789") != "")
}

func (d Definition) namedUser(c *types.ContainerDefinition) []Finding {
	if found := d.unknownAt("FL314", c, "user"); found != nil {
		return found
	}
	f := d.finding("FL314", High, Path(str(c.Name), "user"), fmt.Sprintf("the user of router %s is given by name, and ECS reads a number: the task cannot start", str(c.Name)))
	if !d.onInstances() {
		f.Severity, f.Evidence = Medium, []string{"shown by the agent for instances; Fargate's is not public"}
	}
	return []Finding{f}
}
