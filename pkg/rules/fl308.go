package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl308() Rule {
	return Rule{
		ID:       "FL308",
		Title:    "A client's log options name no output",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "A client of a Fluent Bit router has log options but no Name, a client of a Fluentd router has some but no @type, the key is spelled in another case or is that of the other router, or its value is " +
				"empty. Or a client has no option of an output at all, and the router has no configuration of its own that could have an output, or one that was read and has none.",
			Why: "The agent looks for exactly Name or @type. With other options and without that key it cannot write the configuration (\"missing output key Name which is required for firelens configuration of type " +
				"fluentbit\"), and no task starts; ECS registers the definition all the same. Without any option it writes no output: Fluent Bit takes the records, finds no route for them and drops them.",
			Fix: "None: which output is meant, its author knows. Often it is the case alone: name instead of Name.",
			Silent: "Where the key is there, whatever the output; for a client without options of an output where the router's configuration files have one or were not read, where it has an entry point or command, an image that " +
				"is not AWS's, or where another client's output has a Match; with no router, or more than one. Unknown where a file does not tell the options or the router's type, and where the router's configuration was " +
				"read but for a part that may hold an output.",
			Before:  `"options": {"name": "cloudwatch_logs", "region": "eu-central-1"}`,
			After:   `"options": {"Name": "cloudwatch_logs", "region": "eu-central-1"}`,
			Sources: []string{srcTaskDef, "https://github.com/aws/aws-for-fluent-bit/issues/201", srcAgentOptions},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			router := d.theRouter()
			if router == nil || router.FirelensConfiguration.Type == "" && d.whyAt(router, "firelensConfiguration.type") == "" {
				return nil
			}
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				if c := &d.Task.ContainerDefinitions[i]; isClient(c) && c.LogConfiguration.Options[outputKey(router.FirelensConfiguration.Type)] == "" {
					found = append(found, d.withoutOutput(router, c)...)
				}
			}
			return found
		}),
	}
}

// withoutOutput is the finding of a client whose options do not name an output as its router's type asks.
func (d Definition) withoutOutput(router, c *types.ContainerDefinition) []Finding {
	key := outputKey(router.FirelensConfiguration.Type)
	for _, field := range []string{"logConfiguration.options", "logConfiguration.options." + key, "logConfiguration.secretOptions"} {
		if found := d.unknownAt("FL308", c, field); found != nil {
			return found
		}
	}
	if found := d.unknownAt("FL308", router, "firelensConfiguration.type"); found != nil {
		return found
	}
	others, secretly, why := pluginOptions(c, key)
	switch {
	case why != "":
		return d.unknown("FL308", Path(str(c.Name), "logConfiguration.options"), why)
	case secretly:
		return nil
	case others:
		return []Finding{d.misnamed(router, c, key)}
	case d.anyOutput(router) != "":
		return nil
	case d.whyAnyOption(c) != "":
		return d.unknown("FL308", Path(str(c.Name), "logConfiguration.options"), d.whyAnyOption(c))
	case d.Config.gap(outputKinds) != "":
		return d.unknown("FL308", Path(str(c.Name), "logConfiguration.options"), "whether the configuration of the router has an output: "+d.Config.gap(outputKinds))
	}
	return []Finding{d.undelivered(router, c)}
}

// undelivered is the finding of a client whose records no output takes.
func (d Definition) undelivered(router, c *types.ContainerDefinition) Finding {
	has := "has no configuration of its own"
	if d.Config != nil {
		has = "has no output in its own configuration"
	}
	f := d.finding("FL308", High, Path(str(c.Name), "logConfiguration.options"), fmt.Sprintf(
		"container %s names no output, and router %s %s: its logs are dropped", str(c.Name), str(router.Name), has))
	f.Evidence = d.effects()
	return f
}

// pluginOptions says whether a client has options of an output, and whether one of its secret options is the key; why is the
// reason for which nobody can tell.
func pluginOptions(c *types.ContainerDefinition, key string) (others, secretly bool, why string) {
	for i := range c.LogConfiguration.SecretOptions {
		name := str(c.LogConfiguration.SecretOptions[i].Name)
		if fillIn(name) {
			return false, false, "a secret option's name is a placeholder"
		}
		others, secretly = true, secretly || name == key
	}
	for name := range c.LogConfiguration.Options {
		if fillIn(name) {
			return false, false, "an option's name is a placeholder"
		}
		others = others || !consumed(name) || name == outputKey(fluentd) || name == outputKey(fluentBit)
	}
	return others, secretly, ""
}

// misnamed is the finding of a client whose task cannot start, with what is written in place of the key, if anything.
func (d Definition) misnamed(router, c *types.ContainerDefinition, key string) Finding {
	kind := router.FirelensConfiguration.Type
	f := d.finding("FL308", High, Path(str(c.Name), "logConfiguration.options"), fmt.Sprintf(
		"container %s has log options without %s, which names the output of a router of type %s: the task cannot start", str(c.Name), key, kind))
	for _, name := range optionsWhere(c, func(name, _ string) bool { return strings.EqualFold(name, "Name") || strings.EqualFold(name, "@type") }) {
		f.Path = optionPath(c, name)
		f.Message = fmt.Sprintf("container %s has option %s where a router of type %s needs %s: the task cannot start", str(c.Name), name, kind, key)
		if name == key {
			f.Message = fmt.Sprintf("option %s of container %s is empty: the output has no name", key, str(c.Name))
		}
	}
	return f
}

// anyOutput says why clients without an output of their own may have one all the same: "" where they have none.
func (d Definition) anyOutput(router *types.ContainerDefinition) string {
	if len(d.Unknown) > 0 {
		for _, field := range []string{"image", "command", "entryPoint", "environment", "firelensConfiguration.options"} {
			if why := d.whyAt(router, field); why != "" {
				return why
			}
		}
	}
	switch {
	case slices.ContainsFunc(d.Config.Outputs(), func(s ConfigSection) bool { return builtIn[s.Place.File] == "" }): // those take the router's metrics only
		return "the router's configuration has an output"
	case d.Config.gap(outputKinds) == "" && !d.settled(outputKinds) && d.ownConfiguration() != "":
		return d.ownConfiguration()
	}
	for i := range d.Task.ContainerDefinitions {
		o, ok := outputOf(router, &d.Task.ContainerDefinitions[i])
		if ok && (o.written("Match") != "" || o.written("Match_Regex") != "") {
			return "another client's output has a Match"
		}
	}
	return ""
}
