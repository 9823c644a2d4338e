package source

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// runner is a type of resource that runs tasks, or starts them: where it describes them, below that where it names their definition, and
// how the template reference spells awsvpcConfiguration for it.
type runner struct {
	by         string
	tasks      []string
	definition []string
	vpc        string
}

// runners are all such types.
var runners = map[string]runner{
	"AWS::ECS::Service":        {"service", nil, []string{"TaskDefinition"}, "AwsvpcConfiguration"},
	"AWS::ECS::TaskSet":        {"task set", nil, []string{"TaskDefinition"}, "AwsVpcConfiguration"},
	"AWS::Events::Rule":        {"EventBridge rule", []string{"Targets"}, []string{"EcsParameters", "TaskDefinitionArn"}, "AwsVpcConfiguration"},
	"AWS::Scheduler::Schedule": {"schedule", []string{"Target"}, []string{"EcsParameters", "TaskDefinitionArn"}, "AwsvpcConfiguration"},
	"AWS::Pipes::Pipe":         {"pipe", []string{"TargetParameters"}, []string{"EcsTaskParameters", "TaskDefinitionArn"}, "AwsvpcConfiguration"},
}

// running is a runner at work on a resource: the description of its tasks.
type running struct {
	runner
	*resource
	tasks node
}

// runs ties definitions to the groups of the tasks that a resource runs or starts. A rule or schedule that is disabled starts none.
func (s *stack) runs(r *resource) {
	of := runners[r.kind]
	if strings.EqualFold(r.properties.get("State").text, "DISABLED") {
		return
	}
	described := r.properties.descend(of.tasks...)
	all := []node{described}
	if described.kind == list {
		all = described.items
	}
	for _, tasks := range all {
		switch path := of.definition[:len(of.definition)-1]; {
		case len(path) > 0 && tasks.kind == unknown:
			s.omit(r.name, r.at, "what it starts is not known, and not tied to its groups: %s", tasks.why)
		case len(path) == 0 || tasks.descend(path...).kind != null:
			s.service(running{of, r, tasks})
		}
	}
}

// network is the awsvpc configuration of the tasks; null where they have none.
func (r running) network() node {
	return r.tasks.descend(r.definition[:len(r.definition)-1]...).descend("NetworkConfiguration", r.vpc)
}

// service ties a definition to the groups of its tasks.
func (s *stack) service(r running) {
	users := s.usersOf(r)
	network := r.network()
	names := references(network.descend("SecurityGroups"))
	// ECS asks for a network configuration where the mode is awsvpc: without one, a mode that is open is another.
	guarded := func(u user) bool { return u.mayRoute() && (network.kind != null || u.settled) }
	if len(names) == 0 && slices.ContainsFunc(users, guarded) {
		why := fmt.Sprintf("line %d: %s %s names no security group: its tasks get the default group of their VPC, which no template shows", r.at.Line, r.by, r.name)
		g := s.outside("default", r.at, why)
		g.users = append(g.users, users...)
	}
	for _, n := range names {
		g := s.groupOf(n.name)
		if g == nil {
			g = s.outside(n.name, n.at, fmt.Sprintf("line %d: security group %s of %s %s is not in the template", n.at.Line, shortened(n.name), r.by, r.name))
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

// usersOf are the definitions that a resource runs, or may run.
func (s *stack) usersOf(r running) []user {
	var users []user
	for _, n := range references(r.tasks.descend(r.definition...)) {
		logical := s.definitionOf(n.name)
		s.bind(r.resource, logical)
		why := n.why
		if s.task(logical) == nil {
			why = fmt.Sprintf("line %d: task definition %s of %s %s is not read", n.at.Line, shortened(n.name), r.by, r.name)
		}
		if r.created.is == undecided {
			why = r.created.why
		}
		users = append(users, s.tie(r.by, r.name, "awsvpc", logical, why))
	}
	if len(users) == 0 {
		why := fmt.Sprintf("line %d: %s %s names no task definition", r.at.Line, r.by, r.name)
		users = append(users, s.tie(r.by, r.name, "awsvpc", "", why))
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
