package rules

import (
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// ExecutionActions are the actions that ECS calls for the definition's containers with the task execution role. Which KMS key a
// secret has is not in a definition, so that kms:Decrypt, which one of the account's own asks for, is not among them.
func (d Definition) ExecutionActions() []Action {
	var all []Action
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		for _, n := range executionNeeds {
			if !n.of(c) {
				continue
			}
			for _, a := range n.grants(c) {
				a.For, a.spare = "container "+str(c.Name)+" "+n.what, n.elsewhere && !d.offInstances()
				all = append(all, a)
			}
		}
	}
	return all
}

// pullActions are for one's token, and for the repository.
func pullActions(c *types.ContainerDefinition) []Action {
	const token = "ecr:GetAuthorizationToken"
	all := []Action{{Name: token, Resource: "*"}}
	image := parseImage(str(c.Image))
	for _, name := range ecrActions {
		if name != token {
			all = append(all, Action{Name: name, Resource: image.ecrARN()})
		}
	}
	return all
}

// ecrARN is the repository of an image in a private ECR registry: ACCOUNT.dkr.ecr.REGION.amazonaws.com or ACCOUNT.dkr-ecr.REGION.on.aws.
func (i image) ecrARN() string {
	account, region := "*", "*"
	if m := ecrHost.FindStringSubmatch(i.host); m != nil {
		account, region = m[1], m[2]
	}
	return "arn:" + partitionOf(region) + ":ecr:" + region + ":" + account + ":repository/" + literal(i.repository)
}

var ecrHost = regexp.MustCompile(`^([0-9]{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.`)

// awslogsActions are for a log group, which awslogs-create-group makes too.
func awslogsActions(c *types.ContainerDefinition) []Action {
	options := c.LogConfiguration.Options
	region := literal(options["awslogs-region"])
	group := "arn:" + partitionOf(region) + ":logs:" + region + ":*:log-group:" + literal(options["awslogs-group"]) + ":*"
	var stream string
	if prefix := options["awslogs-stream-prefix"]; prefix != "" && literal(prefix) == prefix {
		stream = prefix + "/" + str(c.Name) + "/" + someTask // developer guide, "awslogs-stream-prefix": prefix/container/task id
	}
	all := []Action{{Name: "logs:CreateLogStream", Resource: group, stream: stream}, {Name: "logs:PutLogEvents", Resource: group, stream: stream}}
	if strings.EqualFold(options["awslogs-create-group"], "true") {
		all = append(all, Action{Name: "logs:CreateLogGroup", Resource: group})
	}
	return all
}

// someTask stands for the id of a task in the name of a log stream.
const someTask = "00000000000000000000000000000000"

// stream is the log stream that an output will write to, "" where the definition does not tell. The tag of a client's records is
// its name, "-firelens-" and the task's id.
func (o output) stream() string {
	name := o.option("log_stream_name")
	tag := str(o.client.Name) + "-firelens-" + someTask
	switch {
	case o.place != "" && name == "" || o.given("log_stream_template"):
		return ""
	case name == "" && (o.kind == fluentBit || switchedOn(o.option("use_tag_as_stream"))):
		name = o.option("log_stream_prefix") + tag
	}
	if literal(name) != name {
		return ""
	}
	return name
}

// secretActions are for the secrets of a container.
func secretActions(c *types.ContainerDefinition) []Action { return readSecrets(c.Secrets) }

func secretOptionActions(c *types.ContainerDefinition) []Action {
	return readSecrets(c.LogConfiguration.SecretOptions)
}

func readSecrets(secrets []types.Secret) []Action {
	var all []Action
	for i := range secrets {
		all = append(all, readSecret(str(secrets[i].ValueFrom)))
	}
	return all
}

// readSecret is for a secret of Secrets Manager, by its ARN, with a key, stage and version behind it or without; or for a parameter
// of Systems Manager, by its ARN or its name.
func readSecret(from string) Action {
	if !strings.HasPrefix(from, "arn:") {
		return Action{Name: "ssm:GetParameters", Resource: "arn:aws:ssm:*:*:parameter/" + strings.TrimPrefix(literal(from), "/")}
	}
	const secretParts = 7 // arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME
	parts := strings.Split(placeholders.ReplaceAllString(from, "*"), ":")
	a := Action{Name: "secretsmanager:GetSecretValue"}
	switch {
	case len(parts) > 2 && parts[2] == "ssm":
		a.Name = "ssm:GetParameters"
	case len(parts) > secretParts && parts[2] == "secretsmanager":
		parts = parts[:secretParts]
	}
	a.Resource = literalARN(strings.Join(parts, ":"))
	return a
}

func registryActions(c *types.ContainerDefinition) []Action {
	return []Action{readSecret(str(c.RepositoryCredentials.CredentialsParameter))}
}

func environmentActions(c *types.ContainerDefinition) []Action {
	var all []Action
	for i := range c.EnvironmentFiles {
		file := literalARN(str(c.EnvironmentFiles[i].Value))
		bucket, _, _ := strings.Cut(file, "/")
		all = append(all, Action{Name: "s3:GetObject", Resource: file}, Action{Name: "s3:GetBucketLocation", Resource: bucket})
	}
	return all
}

func configurationActions(c *types.ContainerDefinition) []Action {
	return []Action{{Name: "s3:GetObject", Resource: literalARN(c.FirelensConfiguration.Options["config-file-value"])}}
}
