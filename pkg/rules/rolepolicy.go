package rules

import (
	"encoding/json"
	"slices"
)

// PolicyDocument is an IAM policy, as IAM takes it.
type PolicyDocument struct {
	Version   string
	Statement []PolicyStatement
}

// PolicyStatement allows actions on resources.
type PolicyStatement struct {
	Effect   string
	Action   []string
	Resource []string
}

// NeededPolicy is the policy that allows these actions and no others: a statement for each set of actions, in their order.
func NeededPolicy(actions []Action) PolicyDocument {
	doc := PolicyDocument{Version: "2012-10-17"}
	for i, a := range actions {
		if slices.ContainsFunc(actions[:i], func(b Action) bool { return b.Resource == a.Resource }) {
			continue
		}
		doc.add(a.Resource, namesOn(actions, a.Resource))
	}
	return doc
}

// namesOn are the actions on a resource, once each.
func namesOn(actions []Action, resource string) []string {
	var names []string
	for _, a := range actions {
		if a.Resource == resource && !slices.Contains(names, a.Name) {
			names = append(names, a.Name)
		}
	}
	return names
}

// add allows actions on one resource more.
func (p *PolicyDocument) add(resource string, names []string) {
	for i := range p.Statement {
		if slices.Equal(p.Statement[i].Action, names) {
			p.Statement[i].Resource = append(p.Statement[i].Resource, resource)
			return
		}
	}
	p.Statement = append(p.Statement, PolicyStatement{Effect: "Allow", Action: names, Resource: []string{resource}})
}

// String is the policy as JSON in one line.
func (p PolicyDocument) String() string {
	text, _ := json.Marshal(p) // texts alone: it cannot fail
	return string(text)
}
