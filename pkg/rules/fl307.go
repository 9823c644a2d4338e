package rules

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl307() Rule {
	return Rule{
		ID:       "FL307",
		Title:    "A configuration file at the path that ECS keeps for its own",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "config-file-value, or a file variable of the init process, names the file into which ECS writes the generated configuration: /fluent-bit/etc/fluent-bit.conf for Fluent Bit, " +
				"/fluentd/etc/fluent.conf for Fluentd. Or a volume is mounted at that path.",
			Why: "AWS reserves these paths. ECS mounts what it generates over whatever the image has there, so the author's file is never read, and the generated file is told to include itself: filters, " +
				"parsers and outputs of that file do not exist, and the router may not start. A volume at the path is a second mount of one place.",
			Fix:     "None: copy the file to another path in the image, /fluent-bit/etc/extra.conf say, and name that.",
			Silent:  "For any other path; for an image that has a file there which nothing names: that cannot be seen. Unknown where a file does not tell the value.",
			Before:  `"options": {"config-file-type": "file", "config-file-value": "/fluent-bit/etc/fluent-bit.conf"}`,
			After:   `"options": {"config-file-type": "file", "config-file-value": "/fluent-bit/etc/extra.conf"}`,
			Sources: []string{srcTaskDef, "https://github.com/aws-samples/amazon-ecs-firelens-examples/issues/45", "https://github.com/aws/aws-for-fluent-bit/issues/834", "aws/amazon-ecs-agent agent/api/task/task.go (bind mounts of the generated file)"},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				if c := &d.Task.ContainerDefinitions[i]; isRouter(c) {
					found = append(found, d.reservedFile(c)...)
				}
			}
			return found
		}),
	}
}

func (d Definition) reservedFile(c *types.ContainerDefinition) []Finding {
	var found []Finding
	taken := GeneratedConfig(c.FirelensConfiguration.Type)
	say := func(field, what string) {
		found = append(found, d.finding("FL307", High, Path(str(c.Name), field), fmt.Sprintf("%s of router %s is %s, which ECS reserves for the generated configuration", what, str(c.Name), taken)))
	}
	const value = "firelensConfiguration.options." + configValue
	o := c.FirelensConfiguration.Options
	switch file := o[configValue]; {
	case o[configType] != "file":
	case file == "":
		found = append(found, d.unknownAt("FL307", c, value)...)
	case path.Clean(file) == taken:
		say(value, "the configuration file")
	case fillIn(file) && couldBe(file, taken):
		found = append(found, d.unknownAt("FL307", c, value)...)
	}
	for i := range c.Environment {
		name := str(c.Environment[i].Name)
		if initFrom(name) == FromInitFile && path.Clean(str(c.Environment[i].Value)) == taken {
			say("environment["+name+"]", "the file of variable "+name)
		}
	}
	if slices.ContainsFunc(c.MountPoints, func(m types.MountPoint) bool { return m.ContainerPath != nil && path.Clean(*m.ContainerPath) == taken }) {
		say("mountPoints", "a mount point")
	}
	return found
}

// couldBe says whether a text with a placeholder may become another: what stands before the first placeholder is its beginning.
func couldBe(text, other string) bool {
	known := text
	for _, mark := range []string{"${", "#{", "{{", "$$$", "<"} {
		known, _, _ = strings.Cut(known, mark)
	}
	return strings.HasPrefix(other, known)
}
