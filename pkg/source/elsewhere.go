package source

import "strings"

// elsewhere are resources that may run tasks, or guard what runs them, and are not read: by type, with the key that makes them
// matter ("" for all) and why.
var elsewhere = map[string]struct{ key, why string }{
	"AWS::ECS::DaemonTaskDefinition":  {"", "a daemon's task definition is not read"},
	"AWS::ECS::Daemon":                {"", "a daemon is not read"},
	"AWS::ECS::ExpressGatewayService": {"", "an Express Mode service is not read"},
	"AWS::Batch::JobDefinition":       {"FirelensConfiguration", "a Batch job definition is not read"},
	"AWS::CloudFormation::Stack":      {"", "a nested stack is a template of its own: scan it too"},
	"AWS::Serverless::Application":    {"", "a nested application is a template of its own: scan it too"},
}

// instances are the types that give instances their groups.
var instances = map[string]bool{"AWS::EC2::LaunchTemplate": true, "AWS::AutoScaling::LaunchConfiguration": true, "AWS::EC2::Instance": true, "AWS::EC2::SpotFleet": true}

// elsewhere names a resource that is not read, and ties the groups of instances to what may run there.
func (s *stack) elsewhere(r *resource) {
	known, ok := elsewhere[r.kind]
	switch {
	case r.created.is == no && (ok || instances[r.kind]):
		s.notCreated(r)
	case instances[r.kind]:
		s.hosts(r)
	case strings.HasSuffix(r.kind, "::MODULE"):
		s.omit(r.name, r.at, "the module %s is not read", quoted(r.kind))
	case ok && (known.key == "" || has(r.properties, known.key)):
		s.omit(r.name, r.at, "%s", known.why)
	}
}

// has says whether a key stands anywhere in a value.
func has(n node, key string) bool {
	for _, m := range n.members {
		if m.key == key || has(m.value, key) {
			return true
		}
	}
	for _, item := range n.items {
		if has(item, key) {
			return true
		}
	}
	return false
}

// hosts ties the groups of instances to the definitions that may run on the instances' own network. Which do is not in the
// template: an instance names its cluster in its user data.
func (s *stack) hosts(r *resource) {
	var users []user
	for _, name := range s.names {
		if s.task(name) == nil {
			continue
		}
		why := "which tasks run on the instances of " + r.name + " is not read: " + name + " may"
		if u := s.tie("container instance", "of "+r.name, "host", name, why); u.mayRoute() {
			users = append(users, u)
		}
	}
	if len(users) == 0 {
		return
	}
	s.omit(r.name, r.at, "which tasks run on its instances is not read")
	for _, g := range s.mentioned(s.resolve(r.properties)) {
		g.users = append(g.users, users...)
	}
}

// mentioned are the groups for which something in a value stands.
func (s *stack) mentioned(n node) []*group {
	found := map[string]*group{}
	var walk func(node)
	walk = func(n node) {
		if g := s.groupOf(n.text); g != nil {
			found[g.id] = g
		}
		for _, item := range n.items {
			walk(item)
		}
		for _, m := range n.members {
			walk(m.value)
		}
	}
	walk(n)
	var all []*group
	for _, id := range s.order {
		if g := found[id]; g != nil {
			all = append(all, g)
		}
	}
	return all
}
