package source

import (
	"fmt"
	"strings"
)

func (t *template) ref(at Position, arg node) node {
	name := arg.text
	stands := "${" + shortened(name) + "}"
	p, isParameter := t.parameters[name]
	switch {
	case arg.kind != text:
		return malformed(at, "Ref")
	case name == "AWS::NoValue":
		return node{kind: absent, at: at}
	case strings.HasPrefix(name, "AWS::"):
		return untold(at, stands, "%s is known at deployment", shortened(name))
	case isParameter:
		return t.parameter(at, name, p)
	case t.resources[name] != nil:
		return untold(at, stands, "%s exists after deployment", shortened(name))
	}
	return untold(at, stands, "the template has no parameter or resource %s", shortened(name))
}

// parameter is the default of a parameter. That of a parameter whose type is a value in Systems Manager is only its name there. One with
// NoEcho is not to be shown, and whoever deploys gives another.
func (t *template) parameter(at Position, name string, p node) node {
	stands, kind, value := "${"+shortened(name)+"}", p.get("Type").text, p.get("Default")
	secret := strings.EqualFold(p.get("NoEcho").text, "true")
	switch {
	case value.kind == null && secret:
		return untold(at, concealed(name), "parameter %s has no default", shortened(name))
	case secret && value.text != "":
		return untold(at, concealed(name), "parameter %s has NoEcho", shortened(name))
	case value.kind == null:
		return untold(at, stands, "parameter %s has no default", shortened(name))
	case strings.HasPrefix(kind, "AWS::SSM::Parameter::Value<"):
		return untold(at, stands, "parameter %s is read from Systems Manager at deployment", shortened(name))
	case value.kind == list, value.kind == object:
		return untold(at, stands, "the default of parameter %s is %s", shortened(name), value.kind)
	case kind == "CommaDelimitedList", strings.HasPrefix(kind, "List<"):
		return t.texts(at, strings.Split(value.text, ","))
	}
	value.at = at
	return t.resolve(value)
}

// identities are the attributes that name a resource as Ref does, by its type.
var identities = map[string]string{
	"AWS::EC2::SecurityGroup GroupId": "${%s}", "AWS::EC2::SecurityGroup Id": "${%s}", "AWS::ECS::TaskDefinition TaskDefinitionArn": "${%s}",
	"AWS::IAM::Role Arn": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${%s}",
}

func (t *template) getAtt(at Position, arg node) node {
	name, attribute, ok := strings.Cut(arg.text, ".")
	if arg.kind == list && len(arg.items) == 2 {
		second := t.resolve(arg.items[1])
		name, attribute, ok = arg.items[0].text, second.text, arg.items[0].kind == text && second.kind == text
	}
	if !ok {
		return malformed(at, "Fn::GetAtt")
	}
	return t.attribute(at, name, attribute)
}

func (t *template) attribute(at Position, name, attribute string) node {
	stands := "${" + shortened(name) + "." + shortened(attribute) + "}"
	r := t.resources[name]
	if r == nil {
		return untold(at, stands, "the template has no resource %s", shortened(name))
	}
	if form := identities[r.kind+" "+attribute]; form != "" {
		stands = fmt.Sprintf(form, name)
	}
	return untold(at, stands, "%s.%s exists after deployment", shortened(name), shortened(attribute))
}
