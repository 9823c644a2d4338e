package rules

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// dependsOn returns the condition on which a container depends directly on another, or "" where it does not.
func dependsOn(c types.ContainerDefinition, on string) types.ContainerCondition {
	for _, dep := range c.DependsOn {
		if str(dep.ContainerName) == on {
			return dep.Condition
		}
	}
	return ""
}

// waitsFor are the containers that must be there before c is: dependsOn, links and volumesFrom, all of which the agent turns
// into edges of one graph.
func waitsFor(c types.ContainerDefinition) []string {
	var names []string
	for _, dep := range c.DependsOn {
		names = append(names, str(dep.ContainerName))
	}
	for _, link := range c.Links {
		name, _, _ := strings.Cut(link, ":")
		names = append(names, name)
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

// unordered are the clients without a direct dependency on the router, whatever its condition.
func (d Definition) unordered(router string) []types.ContainerDefinition {
	return slices.DeleteFunc(d.Clients(), func(c types.ContainerDefinition) bool { return dependsOn(c, router) != "" })
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
