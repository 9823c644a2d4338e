package rules

import "github.com/aws/aws-sdk-go-v2/service/ecs/types"

// The readers here take containers by pointer: most rules ask them of every container of every definition, and a definition
// that is in order costs no copy and no allocation.

// theRouter is the one router, nil where there is none or more than one (which FL302 says).
func (d Definition) theRouter() *types.ContainerDefinition {
	var router *types.ContainerDefinition
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		switch {
		case !isRouter(c):
		case router != nil:
			return nil
		default:
			router = c
		}
	}
	return router
}

func isRouter(c *types.ContainerDefinition) bool { return c.FirelensConfiguration != nil }

// isClient says whether a container, the routers apart, logs through the router.
func isClient(c *types.ContainerDefinition) bool {
	return !isRouter(c) && usesFirelens(c)
}

func usesFirelens(c *types.ContainerDefinition) bool {
	return c.LogConfiguration != nil && c.LogConfiguration.LogDriver == types.LogDriverAwsfirelens
}

// whyAt is Why of a container's field. It builds no path where nothing is unknown.
func (d Definition) whyAt(c *types.ContainerDefinition, field string) string {
	if len(d.Unknown) == 0 {
		return ""
	}
	return d.Why(Path(str(c.Name), field))
}

// unknownAt is the finding of a rule that cannot judge a container's field, nil where that field is known.
func (d Definition) unknownAt(rule string, c *types.ContainerDefinition, field string) []Finding {
	if why := d.whyAt(c, field); why != "" {
		return d.unknown(rule, Path(str(c.Name), field), why)
	}
	return nil
}
