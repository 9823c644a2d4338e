package rules

import "github.com/aws/aws-sdk-go-v2/service/ecs/types"

func fl101() Rule {
	o := opening{rule: "FL101", mode: types.NetworkModeAwsvpc, quiet: Medium, why: "the listener that ECS generates is on loopback"}
	return Rule{
		ID:       "FL101",
		Title:    "A security group of an awsvpc task with a FireLens router lets port 24224 in",
		Severity: Medium,
		Mode:     Remediate,
		Kind:     KindGroup,
		Needs:    NeedsAccount,
		Doc: Doc{
			What: "A task in awsvpc network mode runs a FireLens router, and an ingress entry of one of its security groups covers port 24224 over tcp " +
				"(or udp, where the router is Fluentd). AWS: \"you must not allow ingress traffic on port 24224 in the security group your task uses\".",
			Why: "The forward protocol that the router speaks has no authentication as ECS configures it: whoever reaches the port can inject log records under " +
				"any tag, or fill the router's buffers until the application's own logs are lost. The listener that ECS generates is on loopback in awsvpc; a custom " +
				"configuration file, entry point or image that opens its own listener (Fluent Bit's forward input defaults to 0.0.0.0:24224) makes an open entry real " +
				"the moment it is deployed. Severity is high where the definition shows that this may be so (a configuration file other than those built into AWS's image, " +
				"files given to the init image, an entry point or command, another image), medium otherwise.",
			Fix: "Takes 24224, and nothing else, out of the entry: exactly 24224 is revoked by its rule id; a range that ends or starts there is narrowed in place, " +
				"so that id, tags and description stay; a range around it is split: the upper part is authorized first, with the same source, description and tags, then the " +
				"original is narrowed to the lower part. Entries for all traffic are reported only, unless the policy sets allow_protocol_loss. Established flows live " +
				"on until they end.",
			Silent: "For groups that no awsvpc task or service with a router uses; for egress; for udp where no router is Fluentd; for an aggregator that serves " +
				"24224 without a firelensConfiguration. Host-mode tasks on an instance behind the group are FL102's.",
			Before:  "ingress  tcp  24000-25000  0.0.0.0/0",
			After:   "ingress  tcp  24000-24223  0.0.0.0/0\ningress  tcp  24225-25000  0.0.0.0/0",
			Sources: []string{srcTaskDef, srcModifySGR, srcAgentConf, srcFluentd},
		},
		Check: onGroup(o.check),
		Fix:   fixGroup(o.fix),
	}
}
