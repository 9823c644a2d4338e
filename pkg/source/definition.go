package source

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// resource decodes a recognised file.
func (f file) resource() Resource {
	d := newDecoder(f.dialect)
	var def rules.Definition
	start := f.definition.at
	if f.definition.kind == null {
		start = f.containers.at
		d.bare(f.containers, &def.Task)
	} else {
		d.task(f.definition, &def.Task)
	}
	if f.tags.kind != null {
		d.value(place{path: "tags", mark: "tags"}, f.tags, reflect.ValueOf(&def.Tags).Elem())
	}
	d.undecided(&def.Task)
	def.Unknown, def.Deployed = d.unknown, d.deployed
	return Resource{Resource: def, Unread: d.unread, start: start, places: d.places}
}

// task decodes the definition's fields; its tags are no field of the SDK's type.
func (d *decoder) task(n node, t *types.TaskDefinition) {
	n.members = slices.DeleteFunc(slices.Clone(n.members), func(m member) bool { return m.key == d.dialect.tags })
	d.value(place{}, n, reflect.ValueOf(t).Elem())
}

// bare decodes a list of containers. All else of the definition is unknown, not missing.
func (d *decoder) bare(containers node, t *types.TaskDefinition) {
	p := place{path: "containerDefinitions", mark: "containerDefinitions"}
	d.value(p, containers, reflect.ValueOf(&t.ContainerDefinitions).Elem())
	task := reflect.TypeFor[types.TaskDefinition]()
	for i := range task.NumField() {
		if f := task.Field(i); f.IsExported() && f.Name != "ContainerDefinitions" {
			d.mark(strings.ToLower(f.Name[:1])+f.Name[1:], "the file holds containers only")
		}
	}
}

// undecided marks what rests on something unknown: the network mode that an absent one stands for, and on whom a container
// depends where names are placeholders.
func (d *decoder) undecided(t *types.TaskDefinition) {
	for _, on := range []string{"requiresCompatibilities", "runtimePlatform", "runtimePlatform.operatingSystemFamily"} {
		if why := d.unknown[on]; why != "" && t.NetworkMode == "" {
			d.mark("networkMode", "it is absent, and what that means rests on "+on+": "+why)
		}
	}
	names := map[string]bool{}
	templated := false
	for _, c := range t.ContainerDefinitions {
		names[name(c)] = true
		templated = templated || isPlaceholder(name(c))
	}
	for _, c := range t.ContainerDefinitions {
		for _, dep := range c.DependsOn {
			on := ""
			if dep.ContainerName != nil {
				on = *dep.ContainerName
			}
			if !names[on] && (templated || isPlaceholder(on)) {
				d.mark(rules.Path(name(c), "dependsOn"), fmt.Sprintf("it names %s, and container names are placeholders", quoted(on)))
			}
		}
	}
}

func name(c types.ContainerDefinition) string {
	if c.Name == nil {
		return ""
	}
	return *c.Name
}
