package rules

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl506() Rule {
	return Rule{
		ID:       "FL506",
		Title:    "A secret in plain text among the options or the router's environment",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "A log option, a variable of the router's environment or an option of an output or input in a configuration file of the router that was read holds a secret as text: an option of the output plugin that is a secret by its documentation (Datadog's apikey, Splunk's token, Kafka's SASL password), " +
				"a header like Authorization (also where it is written as part of the option's name), a URL with user and password or with a token in its path or query, a variable called like DD_API_KEY. The value is shown nowhere.",
			Why: "A task definition is no place for secrets: everyone with ecs:DescribeTaskDefinition reads it, it stands in CloudTrail, in the console, in the state of deployment tools and in every later revision's " +
				"history, and revisions cannot be deleted while anything uses them. Whoever has a log destination's key can often read it as well as write to it.",
			Fix: "None: the secret has to be put into Secrets Manager or Parameter Store, and should be replaced, since old revisions keep it. Then name it in secretOptions (options) or secrets (environment); the execution " +
				"role has to be allowed to read it.",
			Silent: "For secretOptions and secrets; for ${VAR}, which Fluent Bit takes from its environment, and Fluentd's #{ENV['VAR']}, unless a configuration file takes it for a secret from a variable that is itself plain " +
				"text; for paths, ARNs and names of secrets; for values that only sound like one (a stream called " +
				"token-events). For other containers' environment. Unknown where a value is still to be filled in ({{ must_env }}, <YOUR KEY>, YOUR_KEY, $KEY), or a template's parameter fills it in; one with NoEcho is a " +
				"secret, and so is what a dynamic reference takes from Secrets Manager: CloudFormation puts both into the definition as text.",
			Sources: []string{
				srcContainer, "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
				"aws-samples/amazon-ecs-firelens-examples (secretOptions of partner outputs)", "https://docs.fluentbit.io/manual/pipeline/outputs",
			},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			var found []Finding
			kind := d.routerKind()
			for i := range d.Task.ContainerDefinitions {
				c := &d.Task.ContainerDefinitions[i]
				if isRouter(c) {
					found = append(found, d.openVariables(c)...)
					found = append(found, d.openDriver(c)...)
					found = append(found, d.openConfiguration(c)...)
				}
				if isClient(c) {
					found = append(found, d.openOptions(kind, c)...)
				}
			}
			return found
		}),
	}
}

// routerKind is the kind of the router; that of Fluent Bit, whose options are compared without case, where the file has none.
func (d Definition) routerKind() types.FirelensConfigurationType {
	for i := range d.Task.ContainerDefinitions {
		if c := &d.Task.ContainerDefinitions[i]; isRouter(c) {
			return c.FirelensConfiguration.Type
		}
	}
	return fluentBit
}

// openOptions are the findings of the options of a client.
func (d Definition) openOptions(kind types.FirelensConfigurationType, c *types.ContainerDefinition) []Finding {
	o := output{client: c, kind: kind, plugin: c.LogConfiguration.Options[outputKey(kind)]}
	keys, known := o.secretKeys()
	var found []Finding
	for _, key := range optionsWhere(c, func(key, value string) bool { return o.reveals(key, value, keys, known) != "" }) {
		value := c.LogConfiguration.Options[key]
		found = append(found, d.open(optionPath(c, key), value,
			"option "+key+" of container "+str(c.Name)+" holds "+o.reveals(key, value, keys, known)+" in plain text: move it to secretOptions"))
	}
	is := func(key string) bool {
		value := c.LogConfiguration.Options[key]
		return value == "" && secretOption(key, keys, known) || o.reveals(key, filledIn(value), keys, known) != "" && o.reveals(key, value, keys, known) == ""
	}
	if path, why := d.hiddenOption(c, is); why != "" {
		found = append(found, d.unknown("FL506", path, why)...)
	}
	return found
}

// standIn matches what stands for a value until the deployment.
var standIn = regexp.MustCompile(`\$\{[^{}]*\}`)

// filledIn is a value with some text for each that the deployment fills in.
func filledIn(value string) string { return standIn.ReplaceAllString(value, "X") }

// credentialed are the kinds of section in configuration files whose options may be credentials, and what they are called.
var credentialed = map[string]string{
	"output": "output", "match": "output", "store": "output", "secondary": "output", "input": "input", "source": "input", "custom": "custom",
	"upstream": "upstream",
}

// openConfiguration are the findings of the outputs, inputs and upstream servers in the router's configuration files, one for each option of a plugin.
func (d Definition) openConfiguration(router *types.ContainerDefinition) []Finding {
	var found []Finding
	at := map[string]int{}
	for _, o := range d.ownPlugins(router, slices.Sorted(maps.Keys(credentialed))...) {
		kind, name := credentialed[o.section.Kind], cmp.Or(o.plugin, "?")
		keys, known := o.secretKeys()
		known = known && kind == "output" // the table has the options of outputs; an input of that name has others too
		within(o.section, func(option ConfigOption) {
			what := o.reveals(option.Key, option.Value, keys, known)
			if what == "" || option.Unknown != "" {
				return
			}
			path, place := Path(str(router.Name), "firelensConfiguration."+kind+"["+name+"]."+option.Key), ConfigPlace{File: o.section.Place.File, Line: option.Line}
			if _, seen := at[path]; !seen {
				at[path] = len(found)
				found = append(found, d.open(path, option.Value, fmt.Sprintf(
					"option %s of %s %s in the configuration of router %s (%s) holds %s in plain text: move it to the router's secrets, and name it there as a variable",
					option.Key, kind, name, str(router.Name), place, what)))
			}
			f := &found[at[path]]
			f.Evidence = append(f.Evidence, d.Config.where(place))
		})
	}
	return found
}

// openDriver are the findings of the router's own log driver, of which Docker's splunk takes a token.
func (d Definition) openDriver(router *types.ContainerDefinition) []Finding {
	l := router.LogConfiguration
	if l == nil || l.LogDriver != types.LogDriverSplunk {
		return nil
	}
	for _, row := range secretOptions {
		for _, key := range row.keys {
			if value := l.Options[key]; row.kind == "" && openSecret(value) {
				return []Finding{d.open(optionPath(router, key), value,
					"option "+key+" of container "+str(router.Name)+" holds a secret in plain text: move it to secretOptions")}
			}
		}
	}
	return nil
}

// openVariables are the findings of the router's environment.
func (d Definition) openVariables(router *types.ContainerDefinition) []Finding {
	var found []Finding
	for i := range router.Environment {
		name, value := str(router.Environment[i].Name), str(router.Environment[i].Value)
		field := "environment[" + name + "].value"
		var what string
		switch {
		case secretName(name) && openSecret(value):
			what = "a secret"
		case userInfo(value):
			what = "a URL with a password"
		case secretName(name) && (value == "" || d.Deployed[Path(str(router.Name), field)] && openSecret(filledIn(value))):
			found = append(found, d.unknownAt("FL506", router, field)...)
			continue
		default:
			continue
		}
		found = append(found, d.open(Path(str(router.Name), "environment["+name+"]"), value,
			"variable "+name+" of router "+str(router.Name)+" holds "+what+" in plain text: move it to secrets"))
	}
	return found
}

// open is the finding of one value: unknown where it is still to be filled in. Neither message nor evidence has a word of it.
func (d Definition) open(path, value, message string) Finding {
	if templated(value) {
		return d.unknown("FL506", path, "the value is still to be filled in")[0]
	}
	return d.finding("FL506", High, path, message)
}
