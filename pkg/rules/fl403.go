package rules

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl403() Rule {
	return Rule{
		ID:       "FL403",
		Title:    "Something needs a task execution role, and there is none",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "A definition with a router names no executionRoleArn, and ECS has to do something for one of its containers that only this role allows: read secrets or secretOptions, read registry credentials, fetch " +
				"environment files or the router's configuration from S3; on Fargate and external instances also pull an image from a private ECR registry or write logs with awslogs.",
			Why: "ECS does these with the execution role before the container runs; the task role is the program's and does not help. The task never starts: on Fargate the definition is refused (\"Fargate requires task " +
				"definition to have execution role ARN to support ECR images.\"), on EC2 the agent stops the task (\"unable to get execution role credentials\").",
			Fix: "None: which role is right is not in the definition. The evidence lists what needs it, and the actions; AWS's managed policy AmazonECSTaskExecutionRolePolicy covers ECR and awslogs, not secrets, not " +
				"S3, and not logs:CreateLogGroup, which awslogs-create-group needs.",
			Silent: "Where an execution role is named, whatever it allows (FL404); on EC2 for ECR and awslogs, which the instance's role serves; for public.ecr.aws; without a router. Unknown where a file does not tell the " +
				"execution role, what may need it, or, where it hangs on that, whether the task is for Fargate.",
			Sources: []string{
				srcGuide, srcExecutionRole, "https://github.com/hashicorp/terraform-provider-aws/issues/3051",
				"https://github.com/virtual-kubelet/virtual-kubelet/issues/193", "aws/amazon-ecs-agent agent/taskresource/firelens/firelens_unix.go (S3 with the execution role's credentials)",
			},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			if d.Task.ExecutionRoleArn != nil && namesRole(*d.Task.ExecutionRoleArn, d.Why("executionRoleArn")) {
				return nil
			}
			if !d.hasRouter() {
				return nil
			}
			off := d.offInstances()
			if needs := d.executionNeeds(off); len(needs) > 0 {
				if why := d.Why("executionRoleArn"); why != "" {
					return d.unknown("FL403", "executionRoleArn", why)
				}
				f := d.finding("FL403", High, "executionRoleArn", "the definition names no execution role, and "+needs[0]+": the task cannot start")
				f.Evidence = some(needs)
				return []Finding{f}
			}
			if why := d.Why("requiresCompatibilities"); why != "" && !off && len(d.executionNeeds(true)) > 0 {
				return d.unknown("FL403", "requiresCompatibilities", why)
			}
			return d.maybeNeeds(off)
		}),
	}
}

// maybeNeeds is the finding where nothing is known to need the execution role, but something that the source cannot tell may.
func (d Definition) maybeNeeds(off bool) []Finding {
	fields := []string{"secrets", "logConfiguration.secretOptions", "repositoryCredentials"}
	if off {
		fields = append(fields, "image", "logConfiguration.logDriver")
	}
	for i := range d.Task.ContainerDefinitions {
		for _, field := range fields {
			if unknown := d.unknownAt("FL403", &d.Task.ContainerDefinitions[i], field); unknown != nil {
				return unknown
			}
		}
	}
	return nil
}

func (d Definition) hasRouter() bool {
	return slices.ContainsFunc(d.Task.ContainerDefinitions, func(c types.ContainerDefinition) bool { return isRouter(&c) })
}

// executionNeeds are the lines that say what needs the execution role; off says that no instance's role serves.
func (d Definition) executionNeeds(off bool) []string {
	var needs []string
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		for _, n := range executionNeeds {
			if (off || !n.elsewhere) && n.of(c) {
				needs = append(needs, "container "+str(c.Name)+" "+n.what+" ("+strings.Join(n.actions, ", ")+")")
			}
		}
	}
	return needs
}
