package rules

func fl404() Rule {
	return Rule{
		ID:       "FL404",
		Title:    "The execution role does not allow what ECS does with it",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsAccount,
		Doc: Doc{
			What: "A definition with a router names an execution role, and IAM, asked with iam:SimulatePrincipalPolicy, says that it does not allow an action that ECS calls with it: logs:CreateLogGroup where " +
				"awslogs-create-group is true, above all; log streams of awslogs, secrets of Systems Manager and Secrets Manager, the router's configuration and environment files in S3, images in ECR.",
			Why: "ECS does these before the container runs, so the task does not start. AWS's managed policy AmazonECSTaskExecutionRolePolicy has ECR and awslogs, but not logs:CreateLogGroup: the first task in a new account or " +
				"Region stops with \"failed to create Cloudwatch log group: AccessDeniedException\", long after the same definition worked where the group was there already.",
			Fix: "None: a role may be many definitions'. The evidence has the policy that allows what is missing, with the account and Region filled in; `firewarden scan --needed-policy` prints all that a file needs. " +
				"Which KMS key encrypts a secret or an object is not in a definition: where it is one of the account's own, kms:Decrypt on it is needed too.",
			Silent: "In files; without a router; without an execution role (FL403). Unknown where the answer hangs on a condition key that only a call tells; where the role is another account's; where only the policy of the " +
				"bucket, secret or repository could allow it (IAM does not simulate those for a role); on EC2 for ECR and awslogs, which the instance's role may serve; where the definition does not tell the whole " +
				"ARN and the role does not allow all that it may be; and until IAM was asked: a deployed stack asks once an hour about a role, an audit once.",
			Sources: []string{
				srcExecutionRole, srcSimulate, "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html",
				"https://github.com/terraform-aws-modules/terraform-aws-ecs/pull/313", "aws/amazon-ecs-agent README.md (ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE)",
			},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			if d.Roles == nil || !d.hasRouter() {
				return nil
			}
			return roleVerdict{
				rule: "FL404", path: "executionRoleArn", name: "execution role", effect: "the task cannot start",
				role: d.ExecutionRole(), actions: d.ExecutionActions(), answers: d.Roles.Execution,
			}.findings(d)
		}),
	}
}
