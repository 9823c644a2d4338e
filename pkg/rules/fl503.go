package rules

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl503() Rule {
	return Rule{
		ID:       "FL503",
		Title:    "The router has no memory of its own on EC2 or external instances",
		Severity: Low,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "A router in a definition for EC2 or external instances has neither memoryReservation nor memory.",
			Why: "Nothing is then kept for the router: when the task's applications fill its memory, the kernel may end the router as well as them. The agent derives Fluent Bit's Mem_Buf_Limit " +
				"from half the router's memory, and writes 25 MB where it has none: over that limit the input pauses, and \"new logs will not be ingested and will be lost\". Where the task has no memory " +
				"either, ECS refuses the definition (\"At least one of 'memory' or 'memoryReservation' must be specified\").",
			Fix: "Sets memoryReservation to the policy's threshold (100 MiB where it is silent, 6 MiB at least, which is Docker's minimum), when the policy raises this rule. It sets no hard limit and changes " +
				"no other container. Where all containers' reservations would exceed the task's memory, or a value is unknown, reported only: ECS refuses such a definition.",
			Silent: "On Fargate and Managed Instances, where the task's memory serves; for Windows (FL301); where the router has memoryReservation or memory; without a router. A definition that names no " +
				"compatibility is taken for EC2, unless it has all that Fargate asks for (awsvpc, the task's cpu and memory). Unknown where a file does not tell the compatibilities or the router's memory.",
			Before: `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"}}`,
			After:  `{"name": "log_router", "firelensConfiguration": {"type": "fluentbit"}, "memoryReservation": 100}`,
			Sources: []string{
				srcTaskDef, srcContainer, "https://github.com/cloudnativedaysjp/dreamkast-infra/pull/4766",
				"aws/amazon-ecs-agent CHANGELOG.md 1.89.0 (default Mem_Buf_Limit)", "aws-samples/amazon-ecs-firelens-examples examples/fluent-bit/oomkill-prevention/README.md",
			},
		},
		Check: onDefinition(routersWithoutMemory),
		Fix: fixDefinition(func(d Definition, p Params) Definition {
			if !d.onInstances() || d.perhapsOnFargate() || d.Windows() {
				return d
			}
			return d.With(func(c *types.ContainerDefinition) {
				if isRouter(c) && reserved(c) == 0 && d.whyUnjudged(c) == "" && d.whyNoMemory(p) == "" {
					give := p.reservation()
					c.MemoryReservation = &give
				}
			})
		}),
	}
}

func routersWithoutMemory(d Definition, p Params) []Finding {
	if !d.onInstances() || d.perhapsOnFargate() || d.Windows() {
		return nil
	}
	var found []Finding
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		if !isRouter(c) || reserved(c) > 0 {
			continue
		}
		path := Path(str(c.Name), "memoryReservation")
		if why := d.whyUnjudged(c); why != "" {
			found = append(found, d.unknown("FL503", path, why)...)
			continue
		}
		f := d.finding("FL503", Low, path, fmt.Sprintf("router %s has neither memoryReservation nor memory", str(c.Name)))
		why := d.whyNoMemory(p)
		if f.Fixable = why == ""; !f.Fixable {
			f.Evidence = []string{why}
		}
		found = append(found, f)
	}
	return found
}

// whyUnjudged is why nobody can tell whether a router needs memory of its own.
func (d Definition) whyUnjudged(router *types.ContainerDefinition) string {
	for _, why := range []string{d.Why("requiresCompatibilities"), d.whyAt(router, "memoryReservation"), d.whyAt(router, "memory")} {
		if why != "" {
			return why
		}
	}
	return ""
}

// whyNoMemory says why the router's memory cannot be set: ECS refuses a definition in which "the sum of all container
// 'memoryReservation' values" is greater than the task's memory. It is "" where it can.
func (d Definition) whyNoMemory(p Params) string {
	if d.Task.Memory == nil && d.Why("memory") == "" {
		return ""
	}
	whole, ok := taskMemory(str(d.Task.Memory))
	if !ok || d.Why("memory") != "" {
		return "the task's memory is unknown"
	}
	sum := int64(0)
	for i := range d.Task.ContainerDefinitions {
		c := &d.Task.ContainerDefinitions[i]
		if isRouter(c) && reserved(c) == 0 {
			sum += int64(p.reservation())
			continue
		}
		if d.whyAt(c, "memoryReservation") != "" || d.whyAt(c, "memory") != "" {
			return fmt.Sprintf("the memory of container %s is unknown", str(c.Name))
		}
		sum += int64(reserved(c))
	}
	if sum > whole {
		return fmt.Sprintf("with %d MiB for it, the containers would reserve %d MiB of the task's %d", p.reservation(), sum, whole)
	}
	return ""
}
