package rules

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// output is the output section that ECS generates for a client: the plugin, and the options that it is given.
type output struct {
	client *types.ContainerDefinition
	kind   types.FirelensConfigurationType // of the router
	plugin string                          // as written
	place  string                          // in a configuration file of the router; "" where ECS generates it
}

// outputKey is the option that names the plugin, spelled as the agent looks for it; another spelling is no output (FL308).
func outputKey(kind types.FirelensConfigurationType) string {
	if kind == types.FirelensConfigurationTypeFluentd {
		return "@type"
	}
	return "Name"
}

// outputOf is the output of a container that logs through the router; false where its options name no plugin.
func outputOf(router, c *types.ContainerDefinition) (output, bool) {
	if !isClient(c) {
		return output{}, false
	}
	kind := router.FirelensConfiguration.Type
	plugin := c.LogConfiguration.Options[outputKey(kind)]
	return output{client: c, kind: kind, plugin: plugin}, plugin != ""
}

// is says whether the plugin has that name. Fluent Bit compares names without case, Fluentd with it.
func (o output) is(plugin string) bool {
	return o.plugin == plugin || o.kind != types.FirelensConfigurationTypeFluentd && sameFold(o.plugin, plugin)
}

// option is the value of an option, "" where there is none. Fluent Bit compares keys without case, Fluentd with it; of keys that
// differ in case only, the first by name counts, so that the answer is always the same.
func (o output) option(key string) string {
	options := o.client.LogConfiguration.Options
	if v, ok := options[key]; ok || o.kind == types.FirelensConfigurationTypeFluentd {
		return v
	}
	first, value := "", ""
	for k, v := range options {
		if sameFold(k, key) && (first == "" || k < first) {
			first, value = k, v
		}
	}
	return value
}

// sameFold says whether two keys differ in case only. Most differ in length, which is seen first.
func sameFold(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

// given says whether an option stands among the options or the secret options.
func (o output) given(key string) bool {
	if o.option(key) != "" {
		return true
	}
	for i := range o.client.LogConfiguration.SecretOptions {
		if strings.EqualFold(str(o.client.LogConfiguration.SecretOptions[i].Name), key) {
			return true
		}
	}
	return false
}

// hiddenOption is where the value of an option is unknown, and why; a value that a template computes is not among the options, or is filled
// in at deployment.
func (d Definition) hiddenOption(c *types.ContainerDefinition, is func(key string) bool) (path, why string) {
	if len(d.Unknown) == 0 {
		return "", ""
	}
	for p, reason := range d.Unknown {
		key, ok := strings.CutPrefix(p, optionPath(c, ""))
		if _, here := c.LogConfiguration.Options[key]; ok && (!here || d.Deployed[p]) && is(key) && (path == "" || p < path) {
			path, why = p, reason
		}
	}
	return path, why
}

// reference says whether a value is taken from elsewhere when the router starts: ${VAR} of Fluent Bit's environment, "#{ENV['VAR']}"
// of Fluentd's.
func reference(value string) bool {
	return strings.Contains(value, "${") || strings.Contains(value, "#{")
}

// templated says whether a value is what a person or a tool has yet to fill in: {{ must_env "X" }}, $$$X$$$, <YOUR KEY>, YOUR_KEY, and
// $KEY alone, which no router takes for a variable.
func templated(value string) bool {
	if strings.Contains(value, "{{") || strings.Contains(value, "$$$") || strings.Contains(value, "YOUR_") || strings.Contains(value, "YOUR-") {
		return true
	}
	if name, ok := strings.CutPrefix(value, "$"); ok && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == "" {
		return true
	}
	open := strings.IndexByte(value, '<')
	return open >= 0 && strings.IndexByte(value[open:], '>') > 1
}

func isGiven(value string) bool { return value != "" }

// isPositive says whether a value is a number above 0.
func isPositive(value string) bool {
	return value != "" && strings.Trim(value, "0") != "" && value[0] != '-'
}

// isServerless says whether an OpenSearch output writes to a serverless collection, and isServerful to a domain.
func isServerless(value string) bool { return strings.EqualFold(value, "aoss") }
func isServerful(value string) bool  { return !isServerless(value) }
