package iampolicy

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// Role is what IAM simulates of a role: its own policies and its permissions boundary.
type Role struct {
	Policies []Document
	Boundary *Document
}

// Simulate is a result for each action: of "*" alone in itself, of a list by resource. The request is one that is not refused.
func (r Role) Simulate(q Request) []types.EvaluationResult {
	given := map[string][]string{}
	for key, values := range q.Context {
		given[strings.ToLower(key)] = values
	}
	resources := q.Resources
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	var all []types.EvaluationResult
	for _, action := range q.Actions {
		all = append(all, r.result(action, resources, given))
	}
	return all
}

func (r Role) result(action string, resources []string, given map[string][]string) types.EvaluationResult {
	all := "*"
	result := types.EvaluationResult{EvalActionName: &action, EvalResourceName: &all}
	var missing []string
	for i, resource := range resources {
		v := r.evaluate(call{action, resource, given})
		missing = append(missing, v.missing...)
		if i == 0 || v.decision != types.PolicyEvaluationDecisionTypeAllowed {
			result.EvalDecision, result.PermissionsBoundaryDecisionDetail = v.decision, v.boundary
		}
		result.ResourceSpecificResults = append(result.ResourceSpecificResults, types.ResourceSpecificResult{
			EvalResourceName: &resources[i], EvalResourceDecision: v.decision, MissingContextValues: v.missing, PermissionsBoundaryDecisionDetail: v.boundary,
		})
	}
	if slices.Equal(resources, []string{"*"}) {
		result.ResourceSpecificResults = nil
	}
	slices.Sort(missing)
	result.MissingContextValues = slices.Compact(missing)
	return result
}

// verdict is a decision with what it hangs on.
type verdict struct {
	decision types.PolicyEvaluationDecisionType
	missing  []string
	boundary *types.PermissionsBoundaryDecisionDetail
}

// evaluate is the evaluation within one account: an explicit deny wins, then the boundary must allow and a policy too.
func (r Role) evaluate(c call) verdict {
	allowed, denied, missing := judge(r.Policies, c)
	v := verdict{missing: missing}
	if r.Boundary != nil {
		within, beyond, more := judge([]Document{*r.Boundary}, c)
		v.boundary = &types.PermissionsBoundaryDecisionDetail{AllowedByPermissionsBoundary: within && !beyond}
		allowed, denied = allowed && within, denied || beyond
		v.missing = append(v.missing, more...)
	}
	slices.Sort(v.missing)
	v.missing = slices.Compact(v.missing)
	switch {
	case denied:
		v.decision = types.PolicyEvaluationDecisionTypeExplicitDeny
	case allowed:
		v.decision = types.PolicyEvaluationDecisionTypeAllowed
	default:
		v.decision = types.PolicyEvaluationDecisionTypeImplicitDeny
	}
	return v
}
