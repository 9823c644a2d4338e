package rules

import "github.com/aws/aws-sdk-go-v2/service/ecs/types"

func fl102() Rule {
	o := opening{rule: "FL102", mode: types.NetworkModeHost, quiet: Low, why: "in host mode ECS generates no TCP listener"}
	return Rule{
		ID:       "FL102",
		Title:    "A security group of an instance that hosts a host-mode FireLens router lets port 24224 in",
		Severity: Low,
		Mode:     Remediate,
		Kind:     KindGroup,
		Needs:    NeedsAccount,
		Doc: Doc{
			What: "A task in host network mode runs a FireLens router on a container instance, and an ingress entry of one of that instance's security groups covers port 24224 " +
				"over tcp (or udp, where the router is Fluentd). AWS: for tasks that use the host network mode, \"this is the security group that's associated with the Amazon EC2 instance " +
				"hosting the task\".",
			Why: "In host mode a container's listener is the instance's own. ECS generates none there, only a unix socket, so a custom configuration has to add the forward input that " +
				"applications send to, and Fluent Bit's listens on 0.0.0.0:24224 unless told otherwise: whoever reaches the instance on that port can then write records under any tag into " +
				"the log archive of every task on it. Severity is high where the definition shows that the router may open a listener (a configuration file other than those built into AWS's " +
				"image, files given to the init image, an entry point or command, another image), low otherwise.",
			Fix: "Takes 24224, and nothing else, out of the entry, exactly as FL101 does: revoked where it is 24224 alone, narrowed in place where a range begins or ends there, split where " +
				"a range lies around it, with source, description and tags kept. Entries for all traffic are reported only, unless the policy sets allow_protocol_loss. What else listens on " +
				"that port on the instance is cut off, too: established flows live on until they end, new ones are refused.",
			Silent: "For instances on which no host-mode task with a router runs now: a service at zero, or a task that was not placed yet, has no instance. For bridge mode, where a port mapping " +
				"is what matters (FL103); for awsvpc, whose tasks have groups of their own (FL101), also where their interface is attached to the instance; for egress; for udp where no router is " +
				"Fluentd; for instances outside EC2 (ECS Anywhere), which have no security group.",
			Before:  "ingress  tcp  24000-25000  10.0.0.0/8",
			After:   "ingress  tcp  24000-24223  10.0.0.0/8\ningress  tcp  24225-25000  10.0.0.0/8",
			Sources: []string{srcTaskDef, srcModifySGR, srcAgentConf, srcFLBForward, srcFluentd},
		},
		Check: onGroup(o.check),
		Fix:   fixGroup(o.fix),
	}
}
