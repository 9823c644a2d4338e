package source

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/firewarden/firewarden/pkg/rules"
)

// definition reads a task definition. Whether it is created does not change whether it is right.
func (s *stack) definition(r *resource) {
	found, err := s.decode(r, r.properties)
	if err != nil {
		s.omit(r.name, r.at, "%v", err)
		return
	}
	found.Readings = s.readings(r)
	for _, one := range found.Readings {
		found.Unread = union(found.Unread, one.Unread)
	}
	s.hidden(r, found)
	if family := found.Resource.(rules.Definition).Task.Family; family != &r.name {
		s.families[r.name] = *family
	}
	s.at[r.name] = len(s.found)
	s.found = append(s.found, found)
}

// union is the first places, and those of the others that are not among them.
func union(all, others []Place) []Place {
	for _, p := range others {
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// hidden names the containers that the template does not tell: they may log through a router, or be one.
func (s *stack) hidden(r *resource, found Resource) {
	all := found.Readings
	if all == nil {
		all = []Resource{found}
	}
	said := map[string]bool{}
	for _, one := range all {
		unknown := one.Resource.(rules.Definition).Unknown
		for _, path := range slices.Sorted(maps.Keys(unknown)) {
			if isContainer(path) && !said[path] {
				said[path] = true
				s.omit(r.name+" "+path, one.At(path), "%s", unknown[path])
			}
		}
	}
}

// isContainer says whether a path is a whole container's, or that of all of them.
func isContainer(path string) bool {
	return strings.HasPrefix(path, "containerDefinitions") && !strings.Contains(path, "].")
}

// decode is a definition with these properties.
func (s *stack) decode(r *resource, properties node) (Resource, error) {
	switch properties.kind {
	case object:
	case unknown:
		return Resource{}, fmt.Errorf("its properties are unknown: %s", properties.why)
	default:
		return Resource{}, errors.New("it has no properties")
	}
	f, err := bounded(file{
		dialect: cloudFormation, definition: properties, containers: properties.get("ContainerDefinitions"), tags: properties.get("Tags"),
	})
	if err != nil {
		return Resource{}, err
	}
	found := f.resource()
	d := found.Resource.(rules.Definition)
	if d.Task.Family == nil {
		d.Task.Family = &r.name
		if d.Unknown["family"] == "" {
			d.Unknown["family"] = fmt.Sprintf("line %d: it is absent: CloudFormation makes a name of the stack's and %s", r.at.Line, r.name)
		}
	}
	found.Resource, found.start = d, r.at
	return found, nil
}
