package rules

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl502() Rule {
	return Rule{
		ID:       "FL502",
		Title:    "The router is not essential",
		Severity: Medium,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "A router has essential false. (An absent essential means true.)",
			Why: "AWS recommends an essential router. When one that is not essential ends, by a crash or for lack of memory, the task runs on, healthy to every load balancer, and its logs go nowhere from then on: " +
				"what an investigation needs is missing, and nothing says so. Severity is low where a restartPolicy brings the router back.",
			Fix: "Sets essential to true, when the policy raises this rule: the task then stops with its router, and a service replaces it. Nothing else is changed. Where a container waits for the router " +
				"with COMPLETE or SUCCESS, reported only: ECS refuses such a dependency on an essential container (\"A dependency container with SUCCESS or COMPLETE condition cannot be an essential " +
				"container\"). Where FL202's fix removes that dependency in the same revision, this one follows.",
			Silent:  "Where essential is true or absent; without a router. Unknown where a file does not tell it.",
			Before:  `{"name": "log_router", "essential": false, "firelensConfiguration": {"type": "fluentbit"}}`,
			After:   `{"name": "log_router", "essential": true, "firelensConfiguration": {"type": "fluentbit"}}`,
			Sources: []string{srcTaskDef, srcContainer, srcDependency, "https://github.com/aws/aws-for-fluent-bit/issues/1164", "https://github.com/boto/boto3/issues/2436"},
		},
		Check: onDefinition(dispensableRouters),
		Fix: fixDefinition(func(d Definition, _ Params) Definition {
			return d.With(func(c *types.ContainerDefinition) {
				if isRouter(c) && !essential(c) && d.whyNotEssential(c) == "" {
					yes := true
					c.Essential = &yes
				}
			})
		}),
	}
}

func dispensableRouters(d Definition, _ Params) []Finding {
	var found []Finding
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		if !isRouter(c) {
			continue
		}
		found = append(found, d.unknownAt("FL502", c, "essential")...)
		if !essential(c) {
			found = append(found, d.dispensable(c))
		}
	}
	return found
}

func (d Definition) dispensable(router *types.ContainerDefinition) Finding {
	f := d.finding("FL502", Medium, Path(str(router.Name), "essential"), fmt.Sprintf(
		"router %s is not essential: when it ends, the task runs on and its logs go nowhere", str(router.Name)))
	if p := router.RestartPolicy; p != nil && p.Enabled != nil && *p.Enabled {
		f.Severity = Low
		f.Evidence = append(f.Evidence, "its restart policy brings it back")
	}
	why := d.whyNotEssential(router)
	if f.Fixable = why == ""; !f.Fixable {
		f.Evidence = append(f.Evidence, why)
	}
	return f
}

// whyNotEssential says why ECS would refuse an essential router, or may: "" where it would not.
func (d Definition) whyNotEssential(router *types.ContainerDefinition) string {
	if c := d.awaitedToEnd(str(router.Name)); c != nil {
		return fmt.Sprintf("container %s waits for it to end, which ECS refuses on an essential container", str(c.Name))
	}
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		if why := d.whyAt(c, "dependsOn"); why != "" {
			return fmt.Sprintf("whether container %s waits for it to end is unknown: %s", str(c.Name), why)
		}
	}
	return ""
}
