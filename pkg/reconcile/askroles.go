package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/firewarden/firewarden/pkg/iamrole"
	"github.com/firewarden/firewarden/pkg/rules"
)

// RoleQuestions are what must be asked of IAM, by the ARN of the role. Roles are the account's, whatever the Region.
type RoleQuestions map[string]map[rules.Question]bool

// RoleAnswers are IAM's answers, by the ARN of the role.
type RoleAnswers map[string]rules.RoleAnswers

// ofRoles are the rules that read what roles allow.
var ofRoles = []string{"FL402", "FL404"}

// of adds what a resource makes one ask.
func (q RoleQuestions) of(r rules.Resource) {
	if d, ok := r.(rules.Definition); ok {
		q.add(d.TaskRole(), d.TaskQuestions())
		q.add(d.ExecutionRole(), d.ExecutionQuestions())
	}
}

func (q RoleQuestions) add(role string, questions []rules.Question) {
	for _, one := range questions {
		if q[role] == nil {
			q[role] = map[rules.Question]bool{}
		}
		q[role][one] = true
	}
}

// Merge adds the questions of another Region.
func (q RoleQuestions) Merge(other RoleQuestions) {
	for role, questions := range other {
		q.add(role, slices.Collect(maps.Keys(questions)))
	}
}

// list are the questions about a role, in an order.
func (q RoleQuestions) list(role string) []rules.Question {
	return slices.SortedFunc(maps.Keys(q[role]), rules.Question.Compare)
}

// withRoles is a definition with what its roles allow.
func (a RoleAnswers) withRoles(d rules.Definition) rules.Definition {
	if a != nil {
		d.Roles = &rules.RolePermissions{Task: a[d.TaskRole()], Execution: a[d.ExecutionRole()]}
	}
	return d
}

// vainEnough is how many roles in a row are asked about in vain before no other is asked about: who may not ask about ten may ask
// about none, and an IAM that does not answer is not waited for.
const vainEnough = 10

// ErrNotAsked is of a role that IAM was not asked about, since it did not answer about those before.
var ErrNotAsked = errors.New("IAM was not asked: it did not say what the roles before allow")

// AskRoles asks IAM about each role once, one after the other. What IAM does not answer is no error: the role's Why says so, and told
// gets IAM's own; for a role that is answered, or gone, it gets nil. The error is the context's.
//
// IAM: iam:SimulatePrincipalPolicy on the roles.
func AskRoles(ctx context.Context, iam RoleSimulator, questions RoleQuestions, told func(role string, err error)) (RoleAnswers, error) {
	answers, vain := RoleAnswers{}, 0
	for _, role := range slices.Sorted(maps.Keys(questions)) {
		var decisions map[rules.Question]rules.Decision
		err := ErrNotAsked
		if vain < vainEnough {
			decisions, err = iam.Simulate(ctx, role, questions.list(role))
		}
		if ctx.Err() != nil {
			return answers, fmt.Errorf("finding out what role %s allows: %w", role, ctx.Err())
		}
		vain++
		gone := iamrole.IsGone(err)
		if err == nil || gone {
			vain, err = 0, nil
		}
		answers[role] = rules.RoleAnswers{Gone: gone, Why: whyNot(err).why, Decisions: decisions}
		told(role, err)
	}
	return answers, nil
}
