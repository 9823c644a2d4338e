package rules

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// awaiting is what a rule says of containers that wait for the router with a condition that cannot come true while it runs.
type awaiting struct {
	rule string
	// wrong are the conditions, waits the containers that the rule looks at.
	wrong func(types.ContainerCondition) bool
	waits func(*types.ContainerDefinition) bool
	say   func(d Definition, router, c *types.ContainerDefinition, condition types.ContainerCondition) Finding
}

// check is one finding a container: unknown where the file does not tell on what it waits. Nothing can wait for a router without a
// name, which ECS refuses.
func (a awaiting) check(d Definition, router *types.ContainerDefinition) []Finding {
	var found []Finding
	if str(router.Name) == "" {
		return nil
	}
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		if c == router || !a.waits(c) {
			continue
		}
		if at := a.wrongly(c, str(router.Name)); at >= 0 {
			f := a.say(d, router, c, c.DependsOn[at].Condition)
			f.Path, f.Fixable = Path(str(c.Name), "dependsOn["+str(router.Name)+"]"), true
			found = append(found, f)
			continue
		}
		found = append(found, d.unknownAt(a.rule, c, "dependsOn")...)
	}
	return found
}

// wrongly is the index of a container's first dependency on the router with such a condition, -1 where there is none.
func (a awaiting) wrongly(c *types.ContainerDefinition, router string) int {
	return slices.IndexFunc(c.DependsOn, func(dep types.ContainerDependency) bool {
		return str(dep.ContainerName) == router && a.wrong(dep.Condition)
	})
}

// fix puts START in place of such conditions.
func (a awaiting) fix(d Definition, router string) Definition {
	return d.With(func(c *types.ContainerDefinition) {
		if a.waits(c) && str(c.Name) != router && a.wrongly(c, router) >= 0 {
			c.DependsOn = a.started(c.DependsOn, router)
		}
	})
}

// started are the dependencies with START in place of such a condition. One dependency on the router is left: where there was
// another, that one alone.
func (a awaiting) started(deps []types.ContainerDependency, router string) []types.ContainerDependency {
	on := func(dep types.ContainerDependency) bool { return str(dep.ContainerName) == router }
	there := slices.ContainsFunc(deps, func(dep types.ContainerDependency) bool { return on(dep) && !a.wrong(dep.Condition) })
	var kept []types.ContainerDependency
	for _, dep := range deps {
		switch {
		case !on(dep) || !a.wrong(dep.Condition):
			kept = append(kept, dep)
		case !there:
			dep.Condition, there = types.ContainerConditionStart, true
			kept = append(kept, dep)
		}
	}
	return kept
}

// ends are the conditions that come true when a container has ended.
func ends(c types.ContainerCondition) bool {
	return c == types.ContainerConditionComplete || c == types.ContainerConditionSuccess
}

// awaitedToEnd is the first container that waits for another to end, nil where none does.
func (d Definition) awaitedToEnd(name string) *types.ContainerDefinition {
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		for _, dep := range c.DependsOn {
			if ends(dep.Condition) && str(dep.ContainerName) == name {
				return c
			}
		}
	}
	return nil
}

// essential says whether the task stops with the container: an absent field means that it does.
func essential(c *types.ContainerDefinition) bool { return c.Essential == nil || *c.Essential }
