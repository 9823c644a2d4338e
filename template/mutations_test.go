package template

import (
	"slices"
	"strings"
	"testing"
)

// mutation is an edit of the translated template that must make one assertion fail, and no other.
type mutation struct {
	breaks string // the assertion's name
	edit   func(document)
}

// set replaces what lies at a path of objects below a resource's properties; nil takes it away.
func set(id string, value any, path ...string) func(document) {
	return func(d document) { d.put(d.props(id), value, path) }
}

// attribute is set, for what lies beside a resource's properties.
func attribute(id string, value any, path ...string) func(document) {
	return func(d document) { d.put(d.resource(id), value, path) }
}

func (d document) put(at node, value any, path []string) {
	for _, key := range path[:len(path)-1] {
		at = object(at[key])
	}
	if last := path[len(path)-1]; value == nil {
		delete(at, last)
	} else {
		at[last] = value
	}
}

func drop(id string) func(document) { return func(d document) { delete(d.resources(), id) } }

// onTarget edits the first target of a rule.
func onTarget(rule string, edit func(node)) func(document) {
	return func(d document) { edit(object(list(d.props(rule)["Targets"])[0])) }
}

// onStatement edits the first statement of a policy resource.
func onStatement(id string, edit func(node)) func(document) {
	return func(d document) { edit(statements(d.props(id)["PolicyDocument"])[0]) }
}

// onGrant edits the first statement that grants an action.
func onGrant(action string, edit func(node)) func(document) {
	return func(d document) { edit(d.grants(action)[0].props) }
}

// onDashboard edits the text of the dashboard.
func onDashboard(old, replacement string) func(document) {
	return func(d document) {
		body := object(d.props(dashboard)["DashboardBody"])
		body["Fn::Sub"] = strings.Replace(text(body["Fn::Sub"]), old, replacement, 1)
	}
}

// grant adds a statement to a function's role.
func grant(function, action string, resource any) func(document) {
	return func(d document) {
		policy := object(list(d.props(owner(d.props(function)["Role"]))["Policies"])[0])
		body := object(policy["PolicyDocument"])
		body["Statement"] = append(list(body["Statement"]), node{"Effect": "Allow", "Action": action, "Resource": resource})
	}
}

func without(key string) func(node) { return func(n node) { delete(n, key) } }

func to(key string, value any) func(node) { return func(n node) { n[key] = value } }

func arn(id string) node { return node{"Fn::GetAtt": []any{id, "Arn"}} }

func ref(id string) node { return node{"Ref": id} }

func TestEveryMutationBreaksItsAssertionOnly(t *testing.T) {
	for _, m := range mutations {
		t.Run(m.breaks, func(t *testing.T) {
			d := translate(t)
			m.edit(d)
			for _, a := range assertions {
				complaints := a.check(d)
				switch {
				case a.name == m.breaks && len(complaints) == 0:
					t.Errorf("the broken template passes")
				case a.name != m.breaks && len(complaints) > 0:
					t.Errorf("%q fails too: %v", a.name, complaints)
				}
			}
		})
	}
}

func TestEveryAssertionHasAMutation(t *testing.T) {
	for _, a := range assertions {
		if !slices.ContainsFunc(mutations, func(m mutation) bool { return m.breaks == a.name }) {
			t.Errorf("nothing shows that %q can fail", a.name)
		}
	}
	for _, m := range mutations {
		if !slices.ContainsFunc(assertions, func(a assertion) bool { return a.name == m.breaks }) {
			t.Errorf("there is no assertion %q", m.breaks)
		}
	}
}
