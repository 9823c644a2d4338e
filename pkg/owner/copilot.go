package owner

import "fmt"

// copilotDefinition writes YAML patches of the template that Copilot makes of a manifest: taskdef_overrides in the manifest
// is deprecated in their favour, and cannot remove (aws.github.io/copilot-cli/docs/developing/overrides). Containers go by
// their place, which is the same in the template and in what it registers. "add" replaces a member that is there (RFC 6902).
func copilotDefinition(edits []edit) string {
	return "# In overrides/cfn.patches.yml of the workload (copilot svc override or copilot job override, --tool yamlpatch):\n" + each(edits, copilotPatch)
}

func copilotPatch(e edit) string {
	s := yaml.remark("", "container "+quote(e.container)) + yaml.removals(e, "")
	if e.value == nil {
		return s + "- op: remove\n  path: " + copilotPath(e.index, e.path) + "\n"
	}
	at := min(e.base+1, len(e.path)) // the parent must be there
	return s + "- op: add\n  path: " + copilotPath(e.index, e.path[:at]) + "\n  value: " + yaml.inline(nested(e.path[at:], e.value)) + "\n"
}

// copilotPath is a JSON pointer (RFC 6901) to a container's member in the template.
func copilotPath(index int, path []string) string {
	container := fmt.Sprintf("/Resources/TaskDefinition/Properties/ContainerDefinitions/%d", index)
	return quote(container + each(path, func(name string) string {
		if word.MatchString(name) {
			return "/" + pascal(name)
		}
		return "/" + name // an option's key: those that are shown need no escapes
	}))
}
