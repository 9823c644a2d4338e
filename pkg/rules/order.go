package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// follows says whether a container depends directly on another: by dependsOn, whatever the condition, or by a link, which
// the agent turns into a START dependency before it adds its own (initializeContainerOrdering). volumesFrom becomes a
// dependency on the container being created only, and does not count.
func follows(c *types.ContainerDefinition, on string) bool {
	depends := slices.ContainsFunc(c.DependsOn, func(dep types.ContainerDependency) bool { return str(dep.ContainerName) == on })
	return depends || slices.ContainsFunc(c.Links, func(link string) bool { return linked(link) == on })
}

// linked is the container that a link names: "db" of "db:alias".
func linked(link string) string {
	name, _, _ := strings.Cut(link, ":")
	return name
}

// waitsFor are the containers that must be there before c is: dependsOn, links and volumesFrom, all of which the agent turns
// into edges of one graph.
func waitsFor(c types.ContainerDefinition) []string {
	var names []string
	for _, dep := range c.DependsOn {
		names = append(names, str(dep.ContainerName))
	}
	for _, link := range c.Links {
		names = append(names, linked(link))
	}
	for _, v := range c.VolumesFrom {
		names = append(names, str(v.SourceContainer))
	}
	return names
}

// reaches says whether from waits, directly or through others, for to.
func (d Definition) reaches(from, to string) bool {
	seen := map[string]bool{}
	next := []string{from}
	for len(next) > 0 {
		c, ok := d.Container(next[0])
		next = next[1:]
		if !ok || seen[str(c.Name)] {
			continue
		}
		seen[str(c.Name)] = true
		if slices.Contains(waitsFor(c), to) {
			return true
		}
		next = append(next, waitsFor(c)...)
	}
	return false
}

// unordered are the clients without a direct dependency on the router.
func (d Definition) unordered(router string) []types.ContainerDefinition {
	var found []types.ContainerDefinition
	for i := range d.Task.ContainerDefinitions {
		if c := &d.Task.ContainerDefinitions[i]; isClient(c) && !follows(c, router) {
			found = append(found, *c)
		}
	}
	return found
}

// hiddenRouter says where a container that the source cannot tell may be a router: "" where none may.
func (d Definition) hiddenRouter() (path, why string) {
	return d.hidden(func(path string) bool { return isContainer(path) || strings.HasSuffix(path, "].firelensConfiguration") })
}

// hiddenContainer says where a whole container is unknown: "" where none is.
func (d Definition) hiddenContainer() (path, why string) { return d.hidden(isContainer) }

func (d Definition) hidden(at func(path string) bool) (path, why string) {
	if len(d.Unknown) == 0 {
		return "", ""
	}
	for _, p := range slices.Sorted(maps.Keys(d.Unknown)) {
		if at(p) {
			return p, d.Unknown[p]
		}
	}
	return "", ""
}

// isContainer says whether a path is a container's, or that of all of them.
func isContainer(path string) bool {
	return path == "containerDefinitions" || strings.HasPrefix(path, "containerDefinitions[") && strings.HasSuffix(path, "]") && !strings.Contains(path, "].")
}

// unsure is the finding of an order rule where clients have no router, but something that the source cannot tell may be one.
func (d Definition) unsure(rule string) []Finding {
	if path, why := d.hiddenRouter(); why != "" && len(d.Routers()) == 0 && len(d.Clients()) > 0 {
		return d.unknown(rule, path, why)
	}
	return nil
}

// maybeClients are the findings of an order rule on containers whose log driver the source cannot tell.
func (d Definition) maybeClients(rule string, router types.ContainerDefinition) []Finding {
	if len(d.Unknown) == 0 {
		return nil
	}
	var found []Finding
	for i := range d.Task.ContainerDefinitions {
		if c := &d.Task.ContainerDefinitions[i]; !isRouter(c) && !follows(c, str(router.Name)) {
			found = append(found, d.unknownAt(rule, c, "logConfiguration.logDriver")...)
		}
	}
	return found
}

// started is the definition in which every unordered client depends on the router with START, unless that closes a cycle.
func (d Definition) started(router string) Definition {
	names := map[string]bool{}
	for _, c := range d.unordered(router) {
		names[str(c.Name)] = !d.reaches(router, str(c.Name))
	}
	return d.With(func(c *types.ContainerDefinition) {
		if names[str(c.Name)] && d.Why(Path(str(c.Name), "dependsOn")) == "" {
			dep := types.ContainerDependency{ContainerName: &router, Condition: types.ContainerConditionStart}
			c.DependsOn = append(slices.Clip(c.DependsOn), dep)
		}
	})
}
