package inventory

import (
	"slices"
)

// Runs tells who runs, or would run, which revision of a family: definition ARN to names ("service prod/web", "task 0123"),
// whatever the network mode. A task that its service already stands for is left out. What starts the latest active revision, whichever
// that is, is under the family's name.
func (s Snapshot) Runs(family string) map[string][]string {
	found := map[string][]string{}
	services := map[identity]bool{}
	for _, u := range s.uses {
		if u.by == "service" {
			services[identity{u.name, u.definition}] = true
		}
	}
	for _, u := range s.uses {
		if familyOf(u.definition) != family || services[identity{u.service, u.definition}] {
			continue
		}
		if name := u.by + " " + u.name; !slices.Contains(found[u.definition], name) {
			found[u.definition] = append(found[u.definition], name)
		}
	}
	return found
}
