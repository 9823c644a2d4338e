package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl310() Rule {
	return Rule{
		ID:       "FL310",
		Title:    "A log option that does not mean what it seems to",
		Severity: Medium,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "A client's log options hold Match or Match_Regex (Fluent Bit), or mode or max-buffer-size, or a value with a line break.",
			Why: "All but five options go to the output plugin as they are. \"FireLens manages the match configuration\": a Match of one's own replaces it, and that output takes the logs of every container that it " +
				"matches, or of none. mode and max-buffer-size belong to other log drivers: the agent does not read them here and writes them into the output, where a plugin of Fluent Bit stops the router " +
				"(\"unknown configuration property\"); application logs back up behind it. A line break in a value ends the option: what follows is read as configuration. Severity is low for Match with a single " +
				"client, and for mode and max-buffer-size on Fargate, of which AWS does not say how it passes them on.",
			Fix: "None: leave Match out, and route by configuration file; leave out mode and max-buffer-size, and set log-driver-buffer-limit; write further lines into a configuration file.",
			Silent: "For mode with the outputs gelf and syslog, which have such an option; for a line break at the end of a value; for other drivers; for a router's type or options that are unknown where the " +
				"name alone decides; with no router, or more than one.",
			Before: `"options": {"Name": "cloudwatch_logs", "region": "eu-central-1", "Match": "*", "mode": "non-blocking"}`,
			After:  `"options": {"Name": "cloudwatch_logs", "region": "eu-central-1"}`,
			Sources: []string{
				srcTaskDef, "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html", srcAgentOptions,
				"fluent/fluent-bit src/flb_output.c (the last Match wins) and src/flb_config_map.c (unknown configuration property)",
				"fluent/fluent-bit plugins/out_gelf and plugins/out_syslog (mode is an option of theirs)",
			},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			router := d.theRouter()
			if router == nil {
				return nil
			}
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				c := &d.Task.ContainerDefinitions[i]
				if !isClient(c) {
					continue
				}
				o := output{client: c, kind: router.FirelensConfiguration.Type, plugin: c.LogConfiguration.Options[outputKey(router.FirelensConfiguration.Type)]}
				for _, key := range o.oddKeys() {
					found = append(found, d.odd(o, key))
				}
			}
			return found
		}),
	}
}

// oddKeys are the options that do not mean what they seem to, sorted.
func (o output) oddKeys() []string {
	var keys []string
	for key, value := range o.client.LogConfiguration.Options {
		if o.matches(key) || o.leaks(key) || breaks(value) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// breaks says whether a value has a line break, one at its end apart.
func breaks(value string) bool {
	broken := strings.IndexByte(value, '\n') >= 0 || strings.IndexByte(value, '\r') >= 0
	return broken && strings.ContainsAny(strings.TrimSpace(value), "\r\n")
}

// matches says whether a key replaces the Match that ECS generates.
func (o output) matches(key string) bool {
	return o.kind == fluentBit && (strings.EqualFold(key, "Match") || strings.EqualFold(key, "Match_Regex"))
}

// leaks says whether an option of other log drivers ends up in the output.
func (o output) leaks(key string) bool {
	return key == "max-buffer-size" || key == "mode" && !o.is("gelf") && !o.is("syslog")
}

func (d Definition) odd(o output, key string) Finding {
	name := str(o.client.Name)
	f := d.finding("FL310", Medium, optionPath(o.client, key), "")
	switch {
	case o.matches(key):
		f.Message = fmt.Sprintf("option %s of container %s replaces the pattern that ECS generates: its output takes what that matches", key, name)
		if d.onlyClient() {
			f.Severity, f.Evidence = Low, []string{"no other container logs through the router"}
		}
	case o.leaks(key):
		f.Message = fmt.Sprintf("option %s of container %s is no option of awsfirelens: it goes to the output plugin", key, name)
		if !d.onInstances() || d.Why("requiresCompatibilities") != "" {
			f.Severity, f.Evidence = Low, []string{"shown by the agent for instances; how Fargate passes it on is not documented"}
		}
	default:
		f.Message = fmt.Sprintf("option %s of container %s has a line break in its value: what follows is read as configuration", key, name)
	}
	return f
}

// onlyClient says whether one container, or none, logs with awsfirelens.
func (d Definition) onlyClient() bool {
	users := 0
	for i := range d.Task.ContainerDefinitions {
		if usesFirelens(&d.Task.ContainerDefinitions[i]) {
			users++
		}
	}
	return users < 2 && !slices.ContainsFunc(d.Task.ContainerDefinitions, func(c types.ContainerDefinition) bool {
		return d.whyAt(&c, "logConfiguration.logDriver") != ""
	})
}
