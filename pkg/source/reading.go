package source

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// maxOpen is how many conditions that nothing decides are tried both ways in one definition. What further ones make is unknown.
const maxOpen = 3

// readings are the definition in each way in which conditions that nothing decides may turn out: a container that is there in one of
// them only is judged in that one.
func (s *stack) readings(r *resource) []Resource {
	made, decided := s.made, s.decided
	var all []Resource
	if s.tried < maxValues {
		all = s.tryBoth(r, Resource{}, 0)
	}
	whole := s.made <= maxValues
	s.tried += s.made - made
	s.made, s.decided = made, decided
	if len(all) < 2 || !whole || slices.ContainsFunc(all, func(one Resource) bool { return one.Resource == nil }) {
		return nil
	}
	return all
}

// tryBoth are the readings with those conditions decided that are, and the next open one each way. One that cannot be read is none.
func (s *stack) tryBoth(r *resource, so Resource, depth int) []Resource {
	s.open = ""
	properties, open := s.resolve(r.written), s.open
	if open == "" || depth == maxOpen {
		one, err := s.decode(r, properties)
		if err != nil {
			return []Resource{{}}
		}
		one.when, one.why = so.when, so.why
		return []Resource{one}
	}
	open = s.root(open, map[string]bool{})
	decided, doubt := s.decided, s.condition(open, r.at)
	var all []Resource
	for _, way := range []struct {
		outcome
		says string
	}{{yes, "holds"}, {no, "does not hold"}} {
		s.decided = maps.Clone(decided) // what rests on the condition is decided anew
		maps.DeleteFunc(s.decided, func(_ string, v verdict) bool { return v.is == undecided })
		s.decided[open] = verdict{is: way.outcome}
		when := fmt.Sprintf("condition %s %s", shortened(open), way.says)
		all = append(all, s.tryBoth(r, Resource{when: and(so.when, when), why: cmp.Or(so.why, doubt.why)}, depth+1)...)
	}
	return all
}

// root is an undecided condition on which that one rests, or itself: one and its opposite turn out together.
func (t *template) root(name string, seen map[string]bool) string {
	seen[name] = true
	var under func(node) string
	under = func(n node) string {
		for _, m := range n.members {
			if on := m.value.text; m.key == "Condition" && !seen[on] && t.condition(on, m.at).is == undecided {
				return t.root(on, seen)
			}
			if found := under(m.value); found != "" {
				return found
			}
		}
		for _, item := range n.items {
			if found := under(item); found != "" {
				return found
			}
		}
		return ""
	}
	return cmp.Or(under(t.conditions[name]), name)
}

func and(one, other string) string {
	if one == "" {
		return other
	}
	return one + " and " + other
}

// always is a definition whose router is in every reading, where there is one in each; else nil. It has no more than the reading of
// which least can be wrong, and nothing by which the others may differ in what they open.
func (s *stack) always(logical string) *rules.Definition {
	i, ok := s.at[logical]
	if !ok || len(s.found[i].Readings) == 0 {
		return nil
	}
	var all []rules.Definition
	for _, one := range s.found[i].Readings {
		d := one.Resource.(rules.Definition)
		if len(d.Routers()) == 0 {
			return nil
		}
		all = append(all, d)
	}
	options := func(d rules.Definition) map[string]string { return d.Routers()[0].FirelensConfiguration.Options }
	differs := slices.ContainsFunc(all, func(d rules.Definition) bool { return !maps.Equal(options(d), options(all[0])) })
	least := slices.MinFunc(all, func(a, b rules.Definition) int { return loudness(a) - loudness(b) }).With(func(c *types.ContainerDefinition) {
		if c.FirelensConfiguration == nil {
			return
		}
		c.PortMappings, c.HealthCheck = nil, nil
		if differs {
			c.FirelensConfiguration = &types.FirelensConfiguration{Type: c.FirelensConfiguration.Type}
		}
	})
	return &least
}

// loudness orders definitions by what a group that lets 24224 in makes of their routers: Fluentd listens on udp, too.
func loudness(d rules.Definition) int {
	n := 0
	if slices.ContainsFunc(d.Routers(), func(c types.ContainerDefinition) bool {
		return c.FirelensConfiguration.Type != types.FirelensConfigurationTypeFluentbit
	}) {
		n += 2
	}
	if d.OwnListener() != "" {
		n++
	}
	return n
}

// maybeRouters are the routers of a definition's readings in a network mode that may be theirs: what each may open, once.
func (s *stack) maybeRouters(logical, mode string) []types.ContainerDefinition {
	i, ok := s.at[logical]
	if !ok {
		return nil
	}
	var all []types.ContainerDefinition
	for _, one := range s.found[i].Readings {
		d := one.Resource.(rules.Definition)
		if known := string(d.NetworkMode()); known != "" && known != mode {
			continue
		}
		widest, _ := widestOf(d)
		for _, c := range widest.Routers() {
			c = types.ContainerDefinition{FirelensConfiguration: c.FirelensConfiguration, PortMappings: c.PortMappings, HealthCheck: c.HealthCheck}
			if !slices.ContainsFunc(all, func(other types.ContainerDefinition) bool { return reflect.DeepEqual(other, c) }) {
				all = append(all, c)
			}
		}
	}
	return all
}
