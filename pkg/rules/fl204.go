package rules

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl204() Rule {
	return Rule{
		ID:       "FL204",
		Title:    "The router waits for a container, which drops the default order for a client that does not depend on it",
		Severity: Medium,
		Mode:     Remediate,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "The router waits for some container (by dependsOn, or by links or volumesFrom, of which the agent makes dependencies), and a client has no direct " +
				"dependsOn on the router. ECS then adds no default order for any client: nothing makes the router start before the client, or stop after it.",
			Why: "AWS: \"When you specify a container order between the application containers and the FireLens container, then the default start container order is overridden.\" " +
				"The agent only warns in its own log. In bridge mode the client needs the router's address and the task fails to start whenever the client is first; in every mode the " +
				"router may stop first, and the last lines of a stopping application, the ones that say why, are lost.",
			Fix: "Registers a revision in which the client depends on the router with START, which restores start and stop order. It leaves the router's own dependsOn alone, and every " +
				"client that depends on the router already. Where the router itself waits for that client, START would close a cycle: reported only.",
			Silent: "Where the router waits for nothing (ECS's default order holds); where the client depends on the router, whatever the condition, or links to it; with no router, or " +
				"more than one. Unknown where a file does not tell a dependsOn, a log driver, or who is the router.",
			Before: `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"}, "dependsOn": [{"containerName": "init", "condition": "SUCCESS"}]},
{"name": "app", "logConfiguration": {"logDriver": "awsfirelens"}}`,
			After: `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"}, "dependsOn": [{"containerName": "init", "condition": "SUCCESS"}]},
{"name": "app", "logConfiguration": {"logDriver": "awsfirelens"}, "dependsOn": [{"containerName": "log_router", "condition": "START"}]}`,
			Sources: []string{srcGuide, srcAgentTask, srcAgentLinks, "https://github.com/aws/amazon-ecs-agent/pull/2147"},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			router, ok := d.Router()
			if !ok {
				return d.unsure("FL204")
			}
			path := Path(str(router.Name), "dependsOn")
			if why := d.Why(path); why != "" && len(d.unordered(str(router.Name))) > 0 {
				return d.unknown("FL204", path, why)
			}
			if len(waitsFor(router)) == 0 {
				return nil
			}
			return d.orderFindings("FL204", router, func(c types.ContainerDefinition) Finding {
				sev := Medium
				if d.NetworkMode() == types.NetworkModeBridge {
					sev = High
				}
				return d.finding("FL204", sev, Path(str(c.Name), "dependsOn"), fmt.Sprintf(
					"router %s waits for %s, so nothing makes it start before container %s", str(router.Name), waitsFor(router)[0], str(c.Name)))
			})
		}),
		Fix: fixDefinition(func(d Definition, _ Params) Definition {
			router, ok := d.Router()
			if !ok || len(waitsFor(router)) == 0 {
				return d
			}
			return d.started(str(router.Name))
		}),
	}
}
