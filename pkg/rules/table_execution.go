package rules

import "github.com/aws/aws-sdk-go-v2/service/ecs/types"

const srcExecutionRole = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html"

var ecrActions = []string{"ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"}

// executionNeeds are what ECS does for a container with the task execution role.
var executionNeeds = []struct {
	what string
	// elsewhere says that only Fargate and external instances need the role: on EC2 the instance's serves.
	elsewhere bool
	of        func(*types.ContainerDefinition) bool
	actions   []string
	// grants are the actions with their resources, of a container that has the need.
	grants func(*types.ContainerDefinition) []Action
	source string
}{
	{
		what: "pulls its image from ECR", elsewhere: true, source: srcExecutionRole,
		of:      func(c *types.ContainerDefinition) bool { return parseImage(str(c.Image)).fromECR() },
		actions: ecrActions, grants: pullActions,
	},
	{
		what: "logs through awslogs", elsewhere: true, source: srcExecutionRole,
		of: func(c *types.ContainerDefinition) bool {
			return c.LogConfiguration != nil && c.LogConfiguration.LogDriver == types.LogDriverAwslogs
		},
		actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, grants: awslogsActions,
	},
	{
		what: "has secrets", source: srcExecutionRole,
		of:      func(c *types.ContainerDefinition) bool { return len(c.Secrets) > 0 },
		actions: []string{"secretsmanager:GetSecretValue", "ssm:GetParameters"}, grants: secretActions,
	},
	{
		what: "has secretOptions", source: srcExecutionRole,
		of: func(c *types.ContainerDefinition) bool {
			return c.LogConfiguration != nil && len(c.LogConfiguration.SecretOptions) > 0
		},
		actions: []string{"secretsmanager:GetSecretValue", "ssm:GetParameters"}, grants: secretOptionActions,
	},
	{
		what: "pulls its image with repositoryCredentials", source: srcExecutionRole,
		of:      func(c *types.ContainerDefinition) bool { return c.RepositoryCredentials != nil },
		actions: []string{"secretsmanager:GetSecretValue"}, grants: registryActions,
	},
	{
		what: "takes environmentFiles from S3", source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html",
		of:      func(c *types.ContainerDefinition) bool { return len(c.EnvironmentFiles) > 0 },
		actions: []string{"s3:GetObject", "s3:GetBucketLocation"}, grants: environmentActions,
	},
	{
		what: "takes its configuration from S3", source: srcExecutionRole,
		of: func(c *types.ContainerDefinition) bool {
			return isRouter(c) && c.FirelensConfiguration.Options["config-file-type"] == "s3"
		},
		actions: []string{"s3:GetObject"}, grants: configurationActions,
	},
}
