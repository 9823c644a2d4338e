package rules

// srcSimulate is where IAM's answers are described.
const srcSimulate = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html"

func fl402() Rule {
	return Rule{
		ID:       "FL402",
		Title:    "The task role does not allow what the outputs need",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsAccount,
		Doc: Doc{
			What: "The definition names a task role, and IAM, asked with iam:SimulatePrincipalPolicy, says that it does not allow an action that an output calls, or that the init process calls for a file in S3. " +
				"An output with role_arn (aws_role_arn) asks for sts:AssumeRole on that role alone; what that role allows is its account's to say. A role that is gone is found too.",
			Why: "The router signs its requests with the task role. It starts and is healthy, every flush is refused (\"AccessDeniedException\"), and after its retries the records are dropped; only its own log says so. " +
				"Often the permission was given to the execution role, which the router never has. Where the init process may not read its file, the router does not start.",
			Fix: "None: a role may be many definitions'. The evidence has the policy that allows what is missing, with the account and Region filled in; `firewarden scan --needed-policy` prints all that a file needs.",
			Silent: "In files; without a task role (FL401); where nothing calls AWS. Unknown where the answer hangs on a condition key that only a call tells; where the role is another account's; where only the policy of " +
				"the bucket, stream, domain, workspace or role that is called could allow it (IAM does not simulate those for a role); where the definition does not tell the whole ARN and the role does not allow " +
				"all that it may be; and until IAM was asked: a deployed stack asks once an hour about a role, an audit once.",
			Sources: []string{srcGuide, srcSimulate, srcCloudWatchC, srcFirehose, "https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/381", srcInit},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			if d.Roles == nil {
				return nil
			}
			return roleVerdict{
				rule: "FL402", path: "taskRoleArn", name: "task role", effect: "records are lost, and only the router's own log says so",
				role: d.TaskRole(), actions: d.TaskActions(), answers: d.Roles.Task,
			}.findings(d)
		}),
	}
}
