package source

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The bounds of a template. CloudFormation takes 500 resources, and EC2 1000 ingress entries for one network interface.
const (
	maxResources = 500
	maxEntries   = 1000
	maxText      = 64 << 10 // of a string that functions make, in bytes
	sizeOfValue  = 256      // bytes of text that count as one value more
)

// isTemplate says whether a document is a CloudFormation or SAM template.
func isTemplate(root node) bool {
	return root.get("Resources").kind == object || root.get("AWSTemplateFormatVersion").kind != null
}

// template is a template with what its functions can refer to.
type template struct {
	parameters, mappings, conditions map[string]node
	resources                        map[string]*resource
	names                            []string // of the resources, in the file's order
	functions                        map[string]function
	decided                          map[string]verdict
	made                             int    // values that functions made so far
	tried                            int    // and those made to see what conditions would make
	open                             string // a condition that made the last value two
	unread                           []Place
}

// resource is a resource as the template has it.
type resource struct {
	name, kind string
	at         Position
	// created is whether its condition holds.
	created    verdict
	properties node
	// written are the properties before their functions are evaluated.
	written node
}

// readTemplate reads the resources that are written in it.
func readTemplate(root node) (Document, error) {
	t, err := newTemplate(root)
	if err != nil {
		return Document{}, err
	}
	s := &stack{template: t}
	s.read()
	slices.SortStableFunc(t.unread, func(a, b Place) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	if t.made > maxValues {
		return Document{}, fmt.Errorf("the template's functions make more than %d values", maxValues)
	}
	if n := s.entries; n > maxEntries {
		return Document{}, fmt.Errorf("%d ingress entries, where a template may have %d", n, maxEntries)
	}
	return Document{Resources: s.found, Unread: t.unread}, nil
}

func newTemplate(root node) (*template, error) {
	t := &template{
		parameters: map[string]node{}, mappings: map[string]node{}, conditions: map[string]node{},
		resources: map[string]*resource{}, decided: map[string]verdict{},
	}
	t.functions = functions()
	all := root.get("Resources")
	if all.kind != object {
		return nil, fmt.Errorf("line %d: Resources is %s, where an object belongs", max(1, all.at.Line), all.kind)
	}
	for section, into := range map[string]map[string]node{"Parameters": t.parameters, "Mappings": t.mappings, "Conditions": t.conditions} {
		for _, m := range root.get(section).members {
			into[m.key] = m.value
		}
	}
	if n := len(all.members); n > maxResources {
		return nil, fmt.Errorf("line %d: %d resources; CloudFormation takes %d", all.at.Line, n, maxResources)
	}
	for _, m := range all.members {
		t.add(m)
	}
	t.macros(root.get("Transform"))
	return t, nil
}

func (t *template) add(m member) {
	r := &resource{name: m.key, kind: m.value.get("Type").text, at: m.at, properties: m.value.get("Properties")}
	if len(m.key) > maxName || m.value.kind != object || r.kind == "" {
		t.omit(m.key, m.at, "no resource with a Type: it may be what a macro writes")
		return
	}
	r.created = verdict{is: yes}
	if c := m.value.get("Condition"); c.kind == text {
		r.created = t.condition(c.text, c.at)
	}
	t.resources[m.key], t.names = r, append(t.names, m.key)
}

func (t *template) omit(path string, at Position, format string, args ...any) {
	t.unread = append(t.unread, Place{Path: shortened(path), Position: at, Why: fmt.Sprintf(format, args...)})
}

// harmless are the transforms of AWS that leave alone what is read here, functions of their own apart.
var harmless = map[string]bool{"AWS::Serverless-2016-10-31": true, "AWS::LanguageExtensions": true, "AWS::SecretsManager-2020-07-23": true, "AWS::SecretsManager-2024-09-16": true}

// macros names the transforms of a template that may change any part of it.
func (t *template) macros(n node) {
	all := n.items
	if n.kind != list && n.kind != null {
		all = []node{n}
	}
	for _, one := range all {
		if name := cmp.Or(one.text, one.get("Name").text); !harmless[name] && !strings.HasPrefix(name, "AWS::CodeDeploy") {
			t.omit("Transform", one.at, "the macro %s may change any part of the template", quoted(name))
		}
	}
}
