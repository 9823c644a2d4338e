package rules

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// The kinds of section that open listeners, and those that send.
var (
	inputKinds  = []string{"input", "source"}
	outputKinds = []string{"output", "match", "store", "secondary"}
)

// gap is the first thing that could not be read and may hold a section of these kinds, "" where all was read.
func (c *RouterConfig) gap(kinds []string) string {
	if c == nil {
		return ""
	}
	for _, g := range c.Unknown {
		if g.Kind == "" || slices.Contains(kinds, g.Kind) {
			return g.String()
		}
	}
	return ""
}

// where is a place, with the version of its file where that has one.
func (c *RouterConfig) where(p ConfigPlace) string {
	for _, f := range c.Files {
		if f.Name == p.File && f.Version != "" {
			return fmt.Sprintf("%s (ETag %s)", p, f.Version)
		}
	}
	return p.String()
}

// settled says whether the files that were read are all that the router's configuration has of these kinds of section, beside what
// ECS generates. An image of one's own may bring along more than the definition names.
func (d Definition) settled(kinds []string) bool {
	router := d.theRouter()
	if d.Config == nil || router == nil || d.Config.gap(kinds) != "" {
		return false
	}
	return d.Config.OfImage || awsImage.MatchString(str(router.Image))
}

// replaced is what a file that was read does to the configuration that ECS generates where it takes its place, "" where it does not:
// then the clients' options are of no effect.
func (d Definition) replaced() string {
	if d.Config == nil || d.Config.Generated {
		return ""
	}
	for _, s := range d.ConfigSources() {
		if s.Replaces && s.Unknown == "" {
			return d.effect(s)
		}
	}
	return ""
}

// effects say what the files that were read do to the configuration that ECS generates, one line a file that the definition names.
func (d Definition) effects() []string {
	if d.Config == nil {
		return nil
	}
	sources := d.ConfigSources()
	if d.Config.Generated {
		sources = slices.CompactFunc(slices.Concat(sources, d.GeneratedSources()), func(a, b ConfigSource) bool { return a == b })
	}
	var all []string
	for _, s := range sources {
		if s.Name != "" {
			all = append(all, d.effect(s))
		}
	}
	return all
}

// effect names a file and says what it does. Fluentd gives a record to the first <match> that fits
// (docs.fluentd.org/configuration/config-file, "Note on Match Order"), and an included one stands before those that ECS generates.
func (d Definition) effect(s ConfigSource) string {
	line := s.Name + ": " + s.Effect()
	if s.Replaces && d.Config.Generated {
		return s.Name + ": it is read in place of the configuration that ECS generates, and includes that: it adds to it"
	}
	first := func(c ConfigSection) bool { return c.Kind == "match" }
	if !s.Replaces && d.routerKind() == fluentd && slices.ContainsFunc(d.Config.Sections, first) {
		line += "; what its <match> takes does not come to the clients' outputs"
	}
	return line
}

// ownPlugin is a section of a plugin in the router's configuration files, most often an output: in the form of those that ECS
// generates, and as a section.
type ownPlugin struct {
	output
	section ConfigSection
}

// ownOutputs are the outputs in the router's configuration files that name a plugin. Options of parts within (a Fluentd output's
// <auth>) are among an output's own.
func (d Definition) ownOutputs(router *types.ContainerDefinition) []ownPlugin {
	return slices.DeleteFunc(d.ownPlugins(router, outputKinds...), func(o ownPlugin) bool { return o.plugin == "" })
}

// ownPlugins are the sections of these kinds; that their plugin is not known does not hide their options.
func (d Definition) ownPlugins(router *types.ContainerDefinition, kinds ...string) []ownPlugin {
	var all []ownPlugin
	for _, s := range d.Config.kinds(kinds...) {
		options := map[string]string{}
		within(s, func(o ConfigOption) { options[o.Key] = o.Value })
		c := &types.ContainerDefinition{Name: router.Name, LogConfiguration: &types.LogConfiguration{Options: options}}
		all = append(all, ownPlugin{output{client: c, kind: router.FirelensConfiguration.Type, plugin: s.Plugin, place: s.Place.String()}, s})
	}
	return all
}

// within visits the options of a section and of its parts that are no outputs, the section's own last, so that they hold.
func within(s ConfigSection, visit func(ConfigOption)) {
	for _, part := range s.Sections {
		if !slices.Contains(outputKinds, part.Kind) {
			within(part, visit)
		}
	}
	for _, o := range s.Options {
		visit(o)
	}
}
