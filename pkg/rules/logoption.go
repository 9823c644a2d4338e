package rules

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// written is how a key is spelled in the options of an output, "" where it is not there: the spelling that option reads.
func (o output) written(key string) string {
	options := o.client.LogConfiguration.Options
	if _, ok := options[key]; ok {
		return key
	}
	first := ""
	for k := range options {
		if o.kind != fluentd && strings.EqualFold(k, key) && (first == "" || k < first) {
			first = k
		}
	}
	return first
}

// secret says whether an option stands among the secret options, so that its value is not in the definition.
func (o output) secret(key string) bool {
	return slices.ContainsFunc(o.client.LogConfiguration.SecretOptions, func(s types.Secret) bool { return strings.EqualFold(str(s.Name), key) })
}

// whyOption is the reason for which the value of a log option is unknown, whatever the case of its key. A value that does not fit,
// a number say, is left out by the source: its key is among the unknown paths only.
func (d Definition) whyOption(c *types.ContainerDefinition, key string) string {
	return d.whyOptions(c, func(k string) bool { return strings.EqualFold(k, key) })
}

// whyAnyOption is the reason for which one of a container's log options is unknown.
func (d Definition) whyAnyOption(c *types.ContainerDefinition) string {
	return d.whyOptions(c, func(string) bool { return true })
}

func (d Definition) whyOptions(c *types.ContainerDefinition, is func(key string) bool) string {
	if len(d.Unknown) == 0 {
		return ""
	}
	if why := d.whyAt(c, "logConfiguration.options"); why != "" {
		return why
	}
	first, reason, below := "", "", optionPath(c, "")
	for path, why := range d.Unknown {
		if key, ok := strings.CutPrefix(path, below); ok && is(key) && (first == "" || path < first) {
			first, reason = path, why
		}
	}
	return reason
}

// optionsWhere are the names of a container's log options for which something holds, sorted.
func optionsWhere(c *types.ContainerDefinition, holds func(key, value string) bool) []string {
	var keys []string
	for k, v := range c.LogConfiguration.Options {
		if holds(k, v) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// optionPath is the path of a container's log option.
func optionPath(c *types.ContainerDefinition, key string) string {
	return Path(str(c.Name), "logConfiguration.options."+key)
}

// fillIn says whether a text is not what will stand there: a variable or a placeholder.
func fillIn(s string) bool { return reference(s) || templated(s) }
