package rules

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl401() Rule {
	return Rule{
		ID:       "FL401",
		Title:    "An output calls AWS, and the definition has no task role",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "An output plugin, of a client or in a configuration file of the router that was read, calls an AWS service (CloudWatch Logs, Firehose, Kinesis, S3, OpenSearch with AWS_Auth, Managed Prometheus), or the init process loads files from S3, and the definition " +
				"names no taskRoleArn. AWS: \"you must create an IAM role for your tasks that provides the permissions necessary to use any AWS services that the tasks require\".",
			Why: "The router signs its requests with the task role. Without one it finds no credentials on Fargate: it starts, is healthy, drops every record, and says so only in its own log. The execution role does not " +
				"help: that is ECS's, for pulling images and reading secrets. On EC2 the plugin falls back to the instance's role, which serves where it allows the actions and the metadata service can be " +
				"reached from the container; every task on the instance shares it then. Severity is low there, high on Fargate and on external instances, which have no such role.",
			Fix: "None: which role is right is not in the definition. The evidence lists the actions that the outputs need.",
			Silent: "Where a task role is named, whatever it allows (FL402); where outputs call no AWS service, or sign with credentials of their own; with no router, or more than one. Unknown where a file does not tell " +
				"the task role, the output plugin or whether it signs, and where a client without an output of its own leaves that to a configuration file that was not read.",
			Sources: []string{srcGuide, srcCloudWatchC, srcFirehose, srcKinesis, srcS3, srcOpenSearch, "https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/381"},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			if d.Task.TaskRoleArn != nil && namesRole(*d.Task.TaskRoleArn, d.Why("taskRoleArn")) {
				return nil
			}
			uses := d.awsUses()
			if len(uses) == 0 {
				return d.maybeAWS()
			}
			if why := d.Why("taskRoleArn"); why != "" {
				return d.unknown("FL401", "taskRoleArn", why)
			}
			return []Finding{d.roleless(uses)}
		}),
	}
}

// namesRole says whether an ARN names a role. Placeholders for an account or a name are no matter; one for the whole may be empty.
func namesRole(arn, why string) bool {
	return arn != "" && (why == "" || strings.Contains(arn, ":role/"))
}

func (d Definition) roleless(uses []awsUse) Finding {
	f := d.finding("FL401", High, "taskRoleArn", "the definition names no task role, and "+uses[0].by+" calls AWS: the router has no credentials")
	for _, u := range uses {
		if len(u.actions) == 0 {
			f.Evidence = append(f.Evidence, u.by+" signs its requests")
			continue
		}
		f.Evidence = append(f.Evidence, u.by+" needs "+u.names())
	}
	if !d.offInstances() {
		f.Severity = Low
		f.Message = "the definition names no task role, and " + uses[0].by + " calls AWS: only the instance's role may serve"
	}
	if why := d.replaced(); why != "" {
		f.Evidence = append(f.Evidence, why)
	}
	f.Evidence = some(f.Evidence)
	return f
}

// offInstances says whether a definition is for Fargate or external instances, which have no instance role. One that names no
// compatibility is taken for EC2, as its absent network mode is taken for bridge.
func (d Definition) offInstances() bool {
	on := d.Task.RequiresCompatibilities
	return slices.Contains(on, types.CompatibilityFargate) || slices.Contains(on, types.CompatibilityExternal)
}

// maybeAWS are the findings where no output is known to call AWS, but one that the source cannot tell may.
func (d Definition) maybeAWS() []Finding {
	router := d.theRouter()
	if router == nil || hasCredentials(router) {
		return nil
	}
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		if !isClient(c) {
			if unknown := d.unknownAt("FL401", c, "logConfiguration.logDriver"); unknown != nil && c != router {
				return unknown
			}
			continue
		}
		if path, why := d.maybeOutput(router, c); why != "" && d.replaced() == "" {
			return d.unknown("FL401", path, why)
		}
	}
	return d.maybeOwn(router)
}

// maybeOwn is the finding of what in the router's configuration files may call AWS.
func (d Definition) maybeOwn(router *types.ContainerDefinition) []Finding {
	path := Path(str(router.Name), "firelensConfiguration")
	for _, o := range d.ownOutputs(router) {
		for i := range awsOutputs {
			row := &awsOutputs[i]
			if row.kind == o.kind && o.isOneOf(row.plugins) && reference(o.option(row.calls.option)) {
				return d.unknown("FL401", path, "whether "+o.by()+" signs its requests for AWS ("+row.calls.option+") is a variable")
			}
		}
	}
	if why := d.Config.gap(outputKinds); why != "" {
		return d.unknown("FL401", path, "whether the configuration of the router has an output that calls AWS: "+why)
	}
	return nil
}

// maybeOutput says why a client's output may call AWS, and where: "" where it cannot.
func (d Definition) maybeOutput(router, c *types.ContainerDefinition) (path, why string) {
	field := "logConfiguration.options." + outputKey(router.FirelensConfiguration.Type)
	if why := d.whyAt(c, field); why != "" {
		return Path(str(c.Name), field), why
	}
	o, named := outputOf(router, c)
	if !named {
		o.client = c
		if key := outputKey(router.FirelensConfiguration.Type); o.secret(key) {
			return Path(str(c.Name), "logConfiguration.secretOptions"), "its output plugin is a secret"
		}
		if files := configurations(*router); len(files) > 0 && d.Config == nil {
			return Path(str(c.Name), "logConfiguration"), "its output is in a configuration file of the router"
		}
		return "", ""
	}
	for i := range awsOutputs {
		row := &awsOutputs[i]
		is := func(key string) bool { return sameFold(key, row.calls.option) }
		if path, why := d.hiddenOption(c, is); why != "" && row.kind == o.kind && o.isOneOf(row.plugins) {
			return path, why
		}
		if signs := o.option(row.calls.option); row.kind == o.kind && o.isOneOf(row.plugins) && (reference(signs) || templated(signs)) {
			return Path(str(c.Name), "logConfiguration.options"), "whether it signs its requests for AWS (" + row.calls.option + ") is a placeholder"
		}
	}
	return "", ""
}
