package rules

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Action is what the task role must allow: an IAM action, the ARN that the definition scopes it to ("*" in the parts that it does
// not tell; the account never is), and what needs it.
type Action struct {
	Name, Resource, For string
	// stream is the name that a log stream will have, "" where the definition does not tell.
	stream string
	// spare says that an instance's role may serve in the role's place.
	spare bool
}

// TaskActions are the actions that the definition's outputs, and an init process that loads files from S3, call with the task role.
// What a configuration file calls is among them where it was read.
func (d Definition) TaskActions() []Action {
	var all []Action
	for _, u := range d.awsUses() {
		all = append(all, u.actions...)
	}
	return all
}

// awsUse is something in a definition that calls AWS with the task role. An output whose service is unknown has no actions.
type awsUse struct {
	by      string
	actions []Action
}

// names are the names of the actions.
func (u awsUse) names() string {
	var names []string
	for _, a := range u.actions {
		if !slices.Contains(names, a.Name) {
			names = append(names, a.Name)
		}
	}
	return strings.Join(names, ", ")
}

func (d Definition) awsUses() []awsUse {
	router := d.theRouter()
	if router == nil || hasCredentials(router) {
		return nil
	}
	uses := initUses(router)
	if d.Config == nil {
		uses = append(uses, metricsUses(router)...)
	}
	for i := range d.Task.ContainerDefinitions {
		if o, ok := outputOf(router, &d.Task.ContainerDefinitions[i]); ok && d.replaced() == "" {
			uses = append(uses, o.awsUses()...)
		}
	}
	for _, o := range d.ownOutputs(router) {
		uses = append(uses, o.awsUses()...)
	}
	return uses
}

// hasCredentials says whether a router's environment gives it AWS credentials of its own.
func hasCredentials(router *types.ContainerDefinition) bool {
	for _, own := range ownCredentials {
		if own.variable != "" && hasVariable(router, own.variable) {
			return true
		}
	}
	return false
}

func hasVariable(c *types.ContainerDefinition, name string) bool {
	for i := range c.Secrets {
		if str(c.Secrets[i].Name) == name {
			return true
		}
	}
	return environmentOf(c, name) != ""
}

// initUses is the use of S3 by the init process.
func initUses(router *types.ContainerDefinition) []awsUse {
	var u awsUse
	if parseImage(str(router.Image)).fromAWS() && !initTag.MatchString(str(router.Image)) {
		return nil // without an init process the variables do nothing
	}
	for i := range router.Environment {
		v := &router.Environment[i]
		if arn := str(v.Value); strings.HasPrefix(str(v.Name), "aws_fluent_bit_init_") && strings.HasPrefix(arn, "arn:") {
			arn = literalARN(arn)
			bucket, _, _ := strings.Cut(arn, "/")
			u.by = "the init process"
			u.actions = append(u.actions, Action{Name: "s3:GetObject", Resource: arn, For: str(v.Name)}, Action{Name: "s3:GetBucketLocation", Resource: bucket, For: str(v.Name)})
		}
	}
	if u.actions == nil {
		return nil
	}
	return []awsUse{u}
}

// metricsUses are the uses of CloudWatch Logs by configuration files in AWS's image, which take group and Region from variables.
func metricsUses(router *types.ContainerDefinition) []awsUse {
	var uses []awsUse
	for _, file := range configurations(*router) {
		if !contains(metricsFiles.files, file) {
			continue
		}
		o := output{kind: fluentBit, client: &types.ContainerDefinition{LogConfiguration: &types.LogConfiguration{Options: map[string]string{
			"region": environmentOf(router, metricsFiles.region), "log_group_name": environmentOf(router, metricsFiles.group),
		}}}}
		u := awsUse{by: "the configuration file " + file}
		for _, n := range metricsFiles.needs {
			u.actions = append(u.actions, Action{Name: n.action, Resource: o.fill(n.resource), For: u.by})
		}
		uses = append(uses, u)
	}
	return uses
}

// environmentOf is the value of a variable of a container's environment.
func environmentOf(c *types.ContainerDefinition, name string) string {
	for i := range c.Environment {
		if str(c.Environment[i].Name) == name {
			return str(c.Environment[i].Value)
		}
	}
	return ""
}

// awsUses are the output's own, one or none.
func (o output) awsUses() []awsUse {
	for i := range awsOutputs {
		row := &awsOutputs[i]
		if row.kind != o.kind || !o.isOneOf(row.plugins) || !row.calls.holds(o) || o.hasCredentials() {
			continue
		}
		u := awsUse{by: o.by()}
		if row.role != "" && o.given(row.role) {
			u.actions = []Action{{Name: "sts:AssumeRole", Resource: literalARN(o.option(row.role)), For: u.by}}
			return []awsUse{u}
		}
		for _, n := range row.needs {
			if n.when.holds(o) {
				u.actions = append(u.actions, Action{Name: n.action, Resource: o.fill(n.resource), For: u.by, stream: o.stream()})
			}
		}
		return []awsUse{u}
	}
	return nil
}

// by is what has the output.
func (o output) by() string {
	if o.place != "" {
		return "the output " + o.plugin + " at " + o.place
	}
	return "container " + str(o.client.Name) + " (" + o.plugin + ")"
}

func (o output) isOneOf(plugins []string) bool {
	for _, p := range plugins {
		if o.is(p) {
			return true
		}
	}
	return false
}

func (o output) hasCredentials() bool {
	for _, own := range ownCredentials {
		if own.option != "" && o.given(own.option) {
			return true
		}
	}
	return false
}
