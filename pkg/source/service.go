package source

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// service ties a definition to the groups of its tasks.
func (s *stack) service(r *resource) {
	users := s.usersOf(r)
	network := r.properties.descend("NetworkConfiguration", "AwsvpcConfiguration")
	names := references(network.descend("SecurityGroups"))
	// ECS asks for a network configuration where the mode is awsvpc: without one, a mode that is open is another.
	guarded := func(u user) bool { return u.mayRoute() && (network.kind != null || u.settled) }
	if len(names) == 0 && slices.ContainsFunc(users, guarded) {
		why := fmt.Sprintf("line %d: service %s names no security group: its tasks get the default group of their VPC, which no template shows", r.at.Line, r.name)
		g := s.outside("default", r.at, why)
		g.users = append(g.users, users...)
	}
	for _, n := range names {
		g := s.groupOf(n.name)
		if g == nil {
			g = s.outside(n.name, n.at, fmt.Sprintf("line %d: security group %s of service %s is not in the template", n.at.Line, shortened(n.name), r.name))
		}
		for _, u := range users {
			g.users = append(g.users, u.doubting(n.why))
		}
	}
}

// groupOf is the group of the template that a text stands for; nil where it holds none such.
func (s *stack) groupOf(stands string) *group {
	if r := s.called(stands, kindGroup); r != nil {
		return s.groups[r.name]
	}
	return nil
}

// usersOf are the definitions that a service runs, or may run.
func (s *stack) usersOf(r *resource) []user {
	var users []user
	for _, n := range references(r.properties.descend("TaskDefinition")) {
		logical := s.definitionOf(n.name)
		s.bind(r, logical)
		why := n.why
		if s.task(logical) == nil {
			why = fmt.Sprintf("line %d: task definition %s of service %s is not read", n.at.Line, shortened(n.name), r.name)
		}
		if r.created.is == undecided {
			why = r.created.why
		}
		users = append(users, s.tie("service", r.name, "awsvpc", logical, why))
	}
	if len(users) == 0 {
		why := fmt.Sprintf("line %d: service %s names no task definition", r.at.Line, r.name)
		users = append(users, s.tie("service", r.name, "awsvpc", "", why))
	}
	return users
}

// definitionOf is the logical name of the definition that a text stands for, or names by family or family:revision, as it is or in an ARN.
func (s *stack) definitionOf(stands string) string {
	if r := s.called(stands, kindDefinition); r != nil {
		return r.name
	}
	if _, name, ok := strings.Cut(stands, ":task-definition/"); ok {
		stands = name
	}
	for _, logical := range s.names {
		family, ok := s.families[logical]
		if revision, numbered := strings.CutPrefix(stands, family+":"); ok && (stands == family || numbered && isNumber(revision)) {
			return logical
		}
	}
	return ""
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}
