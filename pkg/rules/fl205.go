package rules

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl205() Rule {
	return Rule{
		ID:       "FL205",
		Title:    "The router waits for one of its clients",
		Severity: Medium,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "The router depends, directly or through other containers, on a container that logs through it (by dependsOn, or by links or volumesFrom, of which the agent makes dependencies).",
			Why: "The order is upside down: the client runs before its router does, and the router is stopped before the client. What the client writes at first waits in the log driver's buffer; " +
				"what it writes last goes nowhere. A client that the router waits for to end, a migration say, has no router for its whole life, and its logs are lost when it ends. In bridge mode " +
				"the client cannot even be created without the router's address (\"unable to get BridgeIP for task in bridge mode\"), so the task fails. Where the client waits for the router as well, " +
				"neither can start.",
			Fix: "None: what the router waits for, and why, its author knows. Let the client log through another driver, awslogs say, or let the router wait for nothing that logs through it.",
			Silent: "Where the router waits for containers that log elsewhere; with no router, or more than one. Unknown where a file does not tell a dependsOn on the way, or the log driver of a container that the " +
				"router waits for.",
			Before: `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"},
 "dependsOn": [{"containerName": "migrate", "condition": "SUCCESS"}]},
{"name": "migrate", "essential": false, "logConfiguration": {"logDriver": "awsfirelens"}}`,
			After: `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"},
 "dependsOn": [{"containerName": "migrate", "condition": "SUCCESS"}]},
{"name": "migrate", "essential": false, "logConfiguration": {"logDriver": "awslogs"}}`,
			Sources: []string{srcGuide, srcDependency, srcAgentTask, srcAgentLinks},
		},
		Check: onDefinition(routerWaitsForClients),
	}
}

func routerWaitsForClients(d Definition, _ Params) []Finding {
	router := d.theRouter()
	if router == nil {
		return nil
	}
	var found []Finding
	waits := len(router.DependsOn)+len(router.Links)+len(router.VolumesFrom) > 0
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		if c == router || !waits && len(d.Unknown) == 0 {
			continue
		}
		switch {
		case !d.reaches(str(router.Name), str(c.Name)):
			if isClient(c) {
				found = append(found, d.unsureOrder("FL205", router)...)
			}
		case isClient(c):
			found = append(found, d.upsideDown(router, c))
		case !isRouter(c):
			found = append(found, d.unknownAt("FL205", c, "logConfiguration.logDriver")...)
		}
	}
	return found
}

// unsureOrder is the finding of the first dependsOn that the source does not tell, of the router and of what it waits for.
func (d Definition) unsureOrder(rule string, router *types.ContainerDefinition) []Finding {
	if len(d.Unknown) == 0 {
		return nil
	}
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		if c != router && !d.reaches(str(router.Name), str(c.Name)) {
			continue
		}
		if found := d.unknownAt(rule, c, "dependsOn"); found != nil {
			return found
		}
	}
	return nil
}

func (d Definition) upsideDown(router, c *types.ContainerDefinition) Finding {
	how := "waits for"
	if !slices.Contains(waitsFor(*router), str(c.Name)) {
		how = "waits, through other containers, for"
	}
	f := d.finding("FL205", Medium, Path(str(router.Name), "dependsOn["+str(c.Name)+"]"), fmt.Sprintf(
		"router %s %s container %s, which logs through it", str(router.Name), how, str(c.Name)))
	if d.NetworkMode() == types.NetworkModeBridge {
		f.Severity = High
		f.Evidence = append(f.Evidence, "in bridge mode the client is created with the router's address, which is not there yet")
	}
	if d.reaches(str(c.Name), str(router.Name)) {
		f.Severity = High
		f.Evidence = append(f.Evidence, "the client waits for the router as well: neither can start")
	}
	return f
}
