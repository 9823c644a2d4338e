package owner

import "strings"

// layout is how a source that writes containers as objects sets out a list of them.
type layout struct {
	language
	head, foot string
	// open and shut enclose a container; apart stands between two.
	open, shut, apart string
}

var (
	template  = layout{yaml, "# In the AWS::ECS::TaskDefinition, these members:\nContainerDefinitions:\n", "\n", "  - ", "", "\n"}
	terraform = layout{
		hcl, "# In the aws_ecs_task_definition, these members:\ncontainer_definitions = jsonencode([\n", "\n])\n", "  {\n    ", "\n  }", ",\n",
	}
	plain = layout{jsonc, "// In the task definition, these members:\n{ \"containerDefinitions\": [\n", "\n] }\n", "  {\n    ", "\n  }", ",\n"}
)

// definition writes the changed containers, each with its name and its changed members.
func (l layout) definition(edits []edit) string {
	var blocks []string
	for _, one := range byContainer(edits) {
		blocks = append(blocks, l.container(one))
	}
	return l.head + strings.Join(blocks, l.apart) + l.foot
}

// container writes one container: its name, comments of what goes, then the members as they shall be.
func (l layout) container(edits []edit) string {
	remarks := each(edits, func(e edit) string { return l.removals(e, "    ") })
	var o object
	for _, e := range edits {
		if e.value != nil {
			o = o.with(e.path, e.value)
		}
	}
	s := l.open + l.member(member{"name", edits[0].container})
	if len(o) > 0 {
		s += l.between
	}
	return strings.TrimSuffix(s+"\n"+remarks+l.lines(o, "    "), "\n") + l.shut
}

// with adds a member at a path, into the object that is there already.
func (o object) with(path []string, value any) object {
	for i, m := range o {
		if inner, ok := m.value.(object); ok && m.name == path[0] && len(path) > 1 {
			o[i].value = inner.with(path[1:], value)
			return o
		}
	}
	return append(o, member{path[0], nested(path[1:], value)})
}

// removals are comments that name the elements, or the member, that go.
func (l language) removals(e edit, indent string) string {
	name := l.key(e.path[len(e.path)-1])
	if e.value == nil {
		return l.remark(indent, "remove: "+name)
	}
	return each(e.gone, func(gone any) string { return l.remark(indent, "remove from "+name+": "+l.inline(gone)) })
}

// byContainer groups edits, which come container by container.
func byContainer(edits []edit) [][]edit {
	var groups [][]edit
	for i, e := range edits {
		if i == 0 || e.index != edits[i-1].index {
			groups = append(groups, nil)
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], e)
	}
	return groups
}
