package rules

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl201() Rule {
	return Rule{
		ID:       "FL201",
		Title:    "A client does not depend on the router itself in bridge mode",
		Severity: Low,
		Mode:     Along,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "In bridge network mode a container logs through the router and has no direct dependsOn on it, nor a link to it, so its start order rests on ECS's default alone.",
			Why: "In bridge mode the client is created with the router's IP address, so the router must be there first. ECS adds a START dependency by default, and drops it for " +
				"every client the day somebody gives the router a dependsOn, a link or a volumesFrom of its own: tasks then fail with \"unable to get BridgeIP for task in bridge mode\". An explicit " +
				"dependency survives that edit.",
			Fix: "Adds dependsOn with condition START to the client, in the corrected revision that another finding makes; it never makes one by itself. START means running, not " +
				"listening.",
			Silent: "In awsvpc and host mode, where clients connect through a socket and reconnect; where the client depends on the router with any condition, or links to it (the " +
				"agent makes START of a link); where the router itself waits for a container (FL204 says that); with no router, or more than one. Unknown where a file does not tell the " +
				"network mode, the client's dependsOn or log driver, or who is the router.",
			Before:  `{"name": "app", "logConfiguration": {"logDriver": "awsfirelens"}}`,
			After:   `{"name": "app", "logConfiguration": {"logDriver": "awsfirelens"}, "dependsOn": [{"containerName": "log_router", "condition": "START"}]}`,
			Sources: []string{srcGuide, srcDependency, srcAgentTask, srcAgentLinks},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			router, ok := d.Router()
			mode := d.NetworkMode()
			switch {
			case mode != types.NetworkModeBridge && mode != "":
				return nil
			case !ok:
				return d.unsure("FL201")
			case len(waitsFor(router)) > 0:
				return nil
			}
			if mode == "" && len(d.unordered(str(router.Name))) > 0 {
				return d.unknown("FL201", "networkMode", d.Why("networkMode"))
			}
			return d.orderFindings("FL201", router, func(c types.ContainerDefinition) Finding {
				f := d.finding("FL201", Low, Path(str(c.Name), "dependsOn"), fmt.Sprintf(
					"container %s logs through %s in bridge mode and does not depend on it", str(c.Name), str(router.Name)))
				f.Evidence = d.modeEvidence()
				return f
			})
		}),
		Fix: fixDefinition(func(d Definition, _ Params) Definition {
			router, ok := d.Router()
			if !ok || len(waitsFor(router)) > 0 || d.NetworkMode() != types.NetworkModeBridge {
				return d
			}
			return d.started(str(router.Name))
		}),
	}
}

// orderFindings makes one finding of each client without a dependency on the router: unknown where the file cannot tell.
func (d Definition) orderFindings(rule string, router types.ContainerDefinition, say func(types.ContainerDefinition) Finding) []Finding {
	found := d.maybeClients(rule, router)
	for _, c := range d.unordered(str(router.Name)) {
		path := Path(str(c.Name), "dependsOn")
		if why := d.Why(path); why != "" {
			found = append(found, d.unknown(rule, path, why)...)
			continue
		}
		f := say(c)
		f.Fixable = !d.reaches(str(router.Name), str(c.Name))
		if !f.Fixable {
			f.Evidence = append(f.Evidence, "START would close a cycle: the router waits for this container")
		}
		found = append(found, f)
	}
	return found
}
