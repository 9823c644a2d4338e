package rules

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl305() Rule {
	return Rule{
		ID:       "FL305",
		Title:    "An unknown or malformed setting of firelensConfiguration",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "firelensConfiguration has no type, or one that is neither fluentbit nor fluentd; or its options hold a key that does not exist, an enable-ecs-log-metadata that is no boolean, a config-file-type " +
				"other than s3 and file, or one of config-file-type and config-file-value without the other.",
			Why: "The agent ignores what it does not know without a word. A config-file-value without its type is never read: the filter that takes card numbers out of the logs is in a file that nobody includes. " +
				"enable-ecs-log-metadata: \"yes\" switches the metadata off. A config-file-type that is wrong or has no value fails the task (\"option config-file-type is specified but config-file-value is not " +
				"specified\"). A type other than the two is refused by ECS. Severity is high where the task or its registration fails, else medium.",
			Fix: "None: what was meant, its author knows. Three options exist: enable-ecs-log-metadata (true or false), config-file-type (s3 or file) and config-file-value; options of the output belong in the " +
				"client's logConfiguration.",
			Silent: "Without a router. Whether a configuration file exists, or is right, is not asked. Unknown where a file does not tell a value.",
			Before: `"firelensConfiguration": {"type": "fluentbit", "options": {"config-file-value": "/fluent-bit/etc/extra.conf"}}`,
			After: `"firelensConfiguration": {"type": "fluentbit", "options":
 {"config-file-type": "file", "config-file-value": "/fluent-bit/etc/extra.conf"}}`,
			Sources: []string{srcFirelens, srcTaskDef, "aws/amazon-ecs-agent agent/taskresource/firelens/firelens_unix.go parseOptions"},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				if c := &d.Task.ContainerDefinitions[i]; isRouter(c) {
					found = append(found, d.routerType(c)...)
					found = append(found, d.routerOptions(c)...)
				}
			}
			return found
		}),
	}
}

func (d Definition) routerType(c *types.ContainerDefinition) []Finding {
	const field = "firelensConfiguration.type"
	switch kind := c.FirelensConfiguration.Type; {
	case kind == fluentBit || kind == fluentd:
		return nil
	case d.whyAt(c, field) != "":
		return d.unknownAt("FL305", c, field)
	case kind == "":
		return []Finding{d.finding("FL305", High, Path(str(c.Name), field), fmt.Sprintf("the firelensConfiguration of %s has no type: ECS refuses to register it", str(c.Name)))}
	}
	return []Finding{d.finding("FL305", High, Path(str(c.Name), field), fmt.Sprintf(
		"the firelensConfiguration of %s has a type that is neither fluentbit nor fluentd: ECS refuses to register it", str(c.Name)))}
}

// The options of firelensConfiguration. No other key exists.
const (
	withMetadata = "enable-ecs-log-metadata"
	configType   = "config-file-type"
	configValue  = "config-file-value"
)

// routerOptions are the findings of a router's options, by key.
func (d Definition) routerOptions(c *types.ContainerDefinition) []Finding {
	const field = "firelensConfiguration.options"
	if why := d.unknownAt("FL305", c, field); why != nil {
		return why
	}
	options := c.FirelensConfiguration.Options
	if len(options) == 0 && len(d.Unknown) == 0 {
		return nil
	}
	var found []Finding
	for _, key := range []string{withMetadata, configType, configValue} {
		if _, there := options[key]; !there { // a boolean, say, which the source leaves out
			found = append(found, d.unknownAt("FL305", c, field+"."+key)...)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(options)) {
		sev, wrong := malformed(key, options)
		switch other := partner[key]; {
		case wrong == "":
		case fillIn(key):
			found = append(found, d.unknown("FL305", Path(str(c.Name), field), "a key of the options is a placeholder")...)
		case d.whyAt(c, field+"."+key) != "":
			found = append(found, d.unknownAt("FL305", c, field+"."+key)...)
		case other != "" && options[other] == "" && d.whyAt(c, field+"."+other) != "": // told above
		default:
			found = append(found, d.finding("FL305", sev, Path(str(c.Name), field+"."+key), fmt.Sprintf("option %s of the firelensConfiguration of %s %s", key, str(c.Name), wrong)))
		}
	}
	return found
}

// partner is the option without which another has no effect.
var partner = map[string]string{configType: configValue, configValue: configType}

// malformed says what is wrong with one of a router's options, "" where nothing is.
func malformed(key string, options map[string]string) (sev Severity, wrong string) {
	value := options[key]
	switch key {
	case withMetadata:
		if _, err := strconv.ParseBool(value); err != nil {
			return Medium, "is no boolean, which switches the metadata off"
		}
	case configType:
		switch {
		case value != "s3" && value != "file":
			return High, "is neither s3 nor file, which fails the task"
		case options[configValue] == "":
			return High, "has no config-file-value, which fails the task"
		}
	case configValue:
		if _, typed := options[configType]; !typed {
			return Medium, "has no config-file-type: the file is ignored"
		}
	default:
		return Medium, "does not exist: it has no effect"
	}
	return "", ""
}
