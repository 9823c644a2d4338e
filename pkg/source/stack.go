package source

import (
	"maps"
	"slices"

	"github.com/firewarden/firewarden/pkg/rules"
)

// stack is what a template would make: it ties services to definitions and groups.
type stack struct {
	*template
	found    []Resource
	at       map[string]int    // of definitions in found, by logical name
	families map[string]string // of definitions that name one, by logical name
	groups   map[string]*group // by logical name, or what stands for one outside
	ties     map[string]user   // by network mode and definition
	order    []string          // of the groups
	loose    []looseEntry
	entries  int
}

func (s *stack) read() {
	s.at, s.families, s.groups = map[string]int{}, map[string]string{}, map[string]*group{}
	s.ties = map[string]user{}
	s.each(kindDefinition, s.definition)
	s.each(kindGroup, s.group)
	s.each("AWS::EC2::SecurityGroupIngress", s.ingress)
	for _, kind := range slices.Sorted(maps.Keys(runners)) {
		s.each(kind, s.runs)
	}
	s.tieLoose()
	for _, name := range s.names {
		s.elsewhere(s.resources[name])
	}
	for _, name := range s.order {
		g := s.groups[name]
		s.entries += len(g.entries)
		s.found = append(s.found, g.resource())
	}
}

// The types of the resources that become resources here.
const (
	kindDefinition = "AWS::ECS::TaskDefinition"
	kindGroup      = "AWS::EC2::SecurityGroup"
)

// each reads the resources of a type that are created.
func (s *stack) each(kind string, take func(*resource)) {
	for _, name := range s.names {
		r := s.resources[name]
		switch {
		case r.kind != kind:
		case r.created.is == no:
			s.notCreated(r)
		default:
			r.written, r.properties = r.properties, s.resolve(r.properties)
			take(r)
		}
	}
}

func (s *stack) notCreated(r *resource) {
	s.omit(r.name, r.at, "its condition does not hold with the defaults of the parameters")
}

// task is the definition of that logical name; nil where none is read.
func (s *stack) task(logical string) *rules.Definition {
	i, ok := s.at[logical]
	if !ok {
		return nil
	}
	d := s.found[i].Resource.(rules.Definition)
	return &d
}
