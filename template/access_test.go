package template

import (
	"slices"
	"strings"
)

// statement is one of a function's role, with the role's id.
type statement struct {
	role  string
	props node
}

func (s statement) actions() []string { return texts(s.props["Action"]) }

// granted are the statements of a function's role.
func (d document) granted(function string) []statement {
	role := owner(d.props(function)["Role"])
	var all []statement
	for _, policy := range list(d.props(role)["Policies"]) {
		for _, s := range statements(at(policy, "PolicyDocument")) {
			all = append(all, statement{role, s})
		}
	}
	apart := d.of("AWS::IAM::Policy")
	for _, id := range sorted(apart) {
		if slices.ContainsFunc(list(apart[id]["Roles"]), func(v any) bool { return points(v) == role }) {
			for _, s := range statements(apart[id]["PolicyDocument"]) {
				all = append(all, statement{role, s})
			}
		}
	}
	return all
}

// parameterIsOptional: the functions read the one parameter that is named, where one is.
func parameterIsOptional(d document) (c complaints) {
	if d.resource("ParameterPolicy")["Condition"] != "HasPolicyParameter" {
		c.add("ParameterPolicy is there where no parameter is named")
	}
	if compact(at(node(d), "Conditions", "HasPolicyParameter")) != `{"Fn::Not":[{"Fn::Equals":[{"Ref":"PolicyParameter"},""]}]}` {
		c.add("HasPolicyParameter is not that PolicyParameter is set")
	}
	for _, s := range d.grants("ssm:GetParameter") {
		if got := points(s.props["Resource"]); got != "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${PolicyParameter}" {
			c.add("%s may read the parameter %s", s.role, got)
		}
	}
	return c
}

// rolloutIsOptional: services are updated, and definitions deregistered, where the stack's owner allows it.
func rolloutIsOptional(d document) (c complaints) {
	rollout := []string{"ecs:UpdateService", "ecs:DeregisterTaskDefinition"}
	for _, function := range sorted(functions) {
		for _, policy := range list(d.props(owner(d.props(function)["Role"]))["Policies"]) {
			for _, s := range statements(at(policy, "PolicyDocument")) {
				if slices.ContainsFunc(texts(s["Action"]), func(a string) bool { return slices.Contains(rollout, a) }) {
					c.add("%s may update services or deregister definitions where nobody asked for it", function)
				}
			}
		}
	}
	if d.resource("RolloutPolicy")["Condition"] != "MayRollOut" {
		c.add("RolloutPolicy is there where nobody asked for it")
	}
	if compact(at(node(d), "Conditions", "MayRollOut")) != `{"Fn::Equals":[{"Ref":"AllowRollout"},"true"]}` {
		c.add("MayRollOut is not that AllowRollout is true")
	}
	return c
}

// grants are the statements of both roles that hold one of the actions.
func (d document) grants(actions ...string) []statement {
	var all []statement
	for _, function := range sorted(functions) {
		for _, s := range d.granted(function) {
			if slices.ContainsFunc(s.actions(), func(a string) bool { return slices.Contains(actions, a) }) {
				all = append(all, s)
			}
		}
	}
	return all
}

func noWildcardActions(d document) (c complaints) {
	walk(d.resources(), "Resources", func(path, s string) {
		if _, field, _ := strings.Cut(path, ".Statement["); strings.Contains(field, "].Action") && strings.Contains(s, "*") {
			c.add("%s is %s", path, s)
		}
		if strings.Contains(path, ".NotAction") || strings.Contains(path, ".NotResource") {
			c.add("%s allows all but what it names", path)
		}
	})
	return c
}

// unscoped are the actions that know no resource, by the service authorization reference, and three that do but whose
// resources a stack cannot name: ListTasks wants a container instance, trails may be another account's, and a revision has no
// number before it is registered.
var unscoped = []string{
	"ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
	"ecs:DescribeTaskDefinition", "ecs:ListClusters", "ecs:ListServices", "ecs:ListTaskDefinitions",
	"events:ListEventBuses", "events:ListRuleNamesByTarget", "events:ListRules", "scheduler:ListSchedules",
	"cloudtrail:DescribeTrails",
	"ecs:ListTasks", "cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus", "ecs:RegisterTaskDefinition",
	"ecs:DeregisterTaskDefinition",
}

func resourcesAreScoped(d document) (c complaints) {
	for _, function := range sorted(functions) {
		for _, s := range d.granted(function) {
			if !slices.ContainsFunc(list(s.props["Resource"]), func(r any) bool { return points(r) == "*" }) {
				continue
			}
			for _, action := range s.actions() {
				if !slices.Contains(unscoped, action) && !strings.Contains(action, "*") {
					c.add("%s allows %s on everything", s.role, action)
				}
			}
		}
	}
	return c
}

func rolesArePassedToTasks(d document) (c complaints) {
	const ofAccount = `[{"Fn::If":["AnyRole",{"Fn::Sub":"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"},{"Ref":"PassRoleArns"}]}]`
	for _, s := range d.grants("iam:PassRole") {
		if compact(s.props["Condition"]) != `{"StringEquals":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}}` {
			c.add("%s may pass roles to other services than ECS tasks", s.role)
		}
		if got := compact(list(s.props["Resource"])); got != ofAccount || len(s.actions()) != 1 {
			c.add("%s may pass %s, not what PassRoleArns says", s.role, got)
		}
	}
	if compact(at(node(d), "Conditions", "AnyRole")) != `{"Fn::Equals":[{"Fn::Join":["",{"Ref":"PassRoleArns"}]},""]}` {
		c.add("AnyRole is not that PassRoleArns is empty")
	}
	return c
}

// tagsOnCreationOnly: the tags of what exists already are not FireWarden's to change.
func tagsOnCreationOnly(d document) (c complaints) {
	for action, want := range map[string]string{
		"ec2:CreateTags":  `{"StringEquals":{"ec2:CreateAction":"AuthorizeSecurityGroupIngress"}}`,
		"ecs:TagResource": `{"StringEquals":{"ecs:CreateAction":"RegisterTaskDefinition"}}`,
	} {
		for _, s := range d.grants(action) {
			if got := compact(s.props["Condition"]); got != want {
				c.add("%s allows %s under %s", s.role, action, got)
			}
		}
	}
	return c
}

func findingsAreTheOnlyEvents(d document) (c complaints) {
	for _, s := range d.grants("events:PutEvents") {
		if compact(s.props["Condition"]) != `{"StringEquals":{"events:source":"firewarden"}}` {
			c.add("%s may put events of other sources", s.role)
		}
	}
	return c
}

func rolesAreLambdas(d document) (c complaints) {
	const lambda = `{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"}}],"Version":"2012-10-17"}`
	roles := d.of("AWS::IAM::Role")
	for _, id := range sorted(roles) {
		if got := compact(roles[id]["AssumeRolePolicyDocument"]); got != lambda {
			c.add("%s can be taken by %s", id, got)
		}
		if roles[id]["ManagedPolicyArns"] != nil {
			c.add("%s has managed policies", id)
		}
	}
	return c
}
