package rules

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// RolePermissions is what IAM says of a definition's two roles. Filled in live audits.
type RolePermissions struct{ Task, Execution RoleAnswers }

// RoleAnswers are IAM's answers about one role.
type RoleAnswers struct {
	// Gone says that there is no such role.
	Gone bool
	// Why says why nothing is known of the role, "" where it was asked about.
	Why string
	// Decisions are the answers; what is not among them was not asked yet.
	Decisions map[Question]Decision
}

// Question is what is asked of IAM about a role: an action, and the resource as a call would name it.
type Question struct {
	Action   string `json:"action"`
	Resource string `json:"resource"` // an ARN, or "*"
}

// Compare orders questions by action, then by resource.
func (q Question) Compare(other Question) int {
	return cmp.Or(strings.Compare(q.Action, other.Action), strings.Compare(q.Resource, other.Resource))
}

// Decision is the answer of the role's own policies, its permissions boundary and the organization's policies.
type Decision struct {
	Allowed bool `json:"allowed"`
	// Denied says that a policy more would not mend it: a statement, the permissions boundary or the organization denies it.
	Denied bool `json:"denied,omitempty"`
	// Missing are condition keys of these policies whose values only a call tells.
	Missing []string `json:"missing,omitempty"`
}

// TaskRole is the ARN of the task role, "" where the definition names none. A name alone is a role of the definition's account.
func (d Definition) TaskRole() string { return d.roleARN(str(d.Task.TaskRoleArn)) }

// ExecutionRole is TaskRole for the execution role.
func (d Definition) ExecutionRole() string { return d.roleARN(str(d.Task.ExecutionRoleArn)) }

func (d Definition) roleARN(role string) string {
	of := strings.SplitN(str(d.Task.TaskDefinitionArn), ":", arnParts)
	if role == "" || strings.HasPrefix(role, "arn:") || len(of) < arnParts {
		return role
	}
	return "arn:" + of[1] + ":iam::" + of[4] + ":role/" + role
}

// accountOf is the account of an ARN, "" where it has none.
func accountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", arnParts); len(parts) == arnParts {
		return parts[4]
	}
	return ""
}

// foreign says whether a role is another account's than the definition: what its policies say is not told here.
func (d Definition) foreign(role string) bool {
	own, its := accountOf(str(d.Task.TaskDefinitionArn)), accountOf(role)
	return own != "" && its != "" && own != its
}

// TaskQuestions are what must be asked about the task role. There are none where the definition names none, or another account's.
func (d Definition) TaskQuestions() []Question {
	return d.questions(d.TaskRole(), d.TaskActions())
}

// ExecutionQuestions are TaskQuestions for the execution role.
func (d Definition) ExecutionQuestions() []Question {
	if !d.hasRouter() {
		return nil
	}
	return d.questions(d.ExecutionRole(), d.ExecutionActions())
}

func (d Definition) questions(role string, actions []Action) []Question {
	if role == "" || d.foreign(role) {
		return nil
	}
	var all []Question
	for _, a := range actions {
		asked, _ := d.home(role).asks(a)
		all = append(all, asked...)
	}
	slices.SortFunc(all, Question.Compare)
	return slices.Compact(all)
}

// arnParts are partition, service, Region, account and resource, behind "arn".
const arnParts = 6

// home is where a role acts unless a resource says otherwise.
type home struct{ partition, region, account string }

// home takes the partition and account of the role and the Region of the definition.
func (d Definition) home(role string) home {
	h := home{partition: "*", region: "*", account: "*"}
	if parts := strings.SplitN(role, ":", arnParts); len(parts) == arnParts {
		h.partition, h.account = parts[1], parts[4]
	}
	if parts := strings.SplitN(str(d.Task.TaskDefinitionArn), ":", arnParts); len(parts) == arnParts {
		h.region = parts[3]
	}
	return h
}

// Owned are actions with the account and partition of a role in place of those that a definition does not tell, where the role's ARN
// tells them.
func (d Definition) Owned(role string, actions []Action) []Action {
	if !account.MatchString(accountOf(role)) {
		return actions
	}
	all := make([]Action, len(actions))
	for i, a := range actions {
		all[i] = d.home(role).own(a)
	}
	return all
}

// account is an account's id; in a file a placeholder may stand in its place.
var account = regexp.MustCompile(`^[0-9]{12}$`)

// own puts the role's account in place of the one that the definition does not tell: a call without an account is for the caller's.
func (h home) own(a Action) Action {
	if parts := strings.SplitN(a.Resource, ":", arnParts); len(parts) == arnParts {
		parts[1] = h.partition
		if parts[4] == "*" {
			parts[4] = h.account
		}
		a.Resource = strings.Join(parts, ":")
	}
	return a
}

// asks are the questions of which one must be answered with yes, and whether they are sure to name what a call will name. IAM
// compares a resource letter by letter: "*" in it is allowed only by a policy with "*" there.
func (h home) asks(a Action) (all []Question, sure bool) {
	a = h.own(a)
	parts := strings.SplitN(a.Resource, ":", arnParts)
	if len(parts) < arnParts {
		return []Question{{a.Name, a.Resource}}, a.Resource == "*"
	}
	sure = true
	if parts[3] == "*" {
		// A parameter is named without its ARN in the task's own Region only (API reference, "Secret").
		parts[3], sure = h.region, parts[2] == "ssm" && h.region != "*"
	}
	resource := strings.Join(parts, ":")
	group, logs := strings.CutSuffix(resource, ":*")
	stream := a.stream
	if stream == "" {
		stream = "*"
	}
	switch {
	case parts[2] == "es": // all that the plugins call of a domain
		all = []Question{{a.Name, strings.TrimSuffix(resource, "*") + "_bulk"}}
	case !logs || parts[2] != "logs":
		all = []Question{{a.Name, resource}}
	case a.Name == "logs:CreateLogStream" || a.Name == "logs:PutLogEvents":
		all = []Question{{a.Name, group + ":log-stream:" + stream}}
	default:
		// CloudWatch Logs itself refuses in the second form ("logs:CreateLogGroup on resource: …:log-group:NAME:log-stream:",
		// terraform-aws-modules/terraform-aws-ecs#313); its service authorization reference has the first.
		all = []Question{{a.Name, group}, {a.Name, group + ":log-stream:"}}
	}
	return all, sure && !slices.ContainsFunc(all, func(q Question) bool { return strings.Contains(q.Resource, "*") })
}
