// Package iamfake is a strict IAM in memory, as far as iamrole needs it: roles with policies and a permissions boundary, and their
// simulation as the user guide has it ("Policy evaluation logic").
package iamfake

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
)

// Cloud is an account's IAM. The zero value has no roles.
type Cloud struct {
	mu    sync.Mutex
	roles map[string]*role
	// Calls are the simulations so far, pages apart.
	Calls []iam.SimulatePrincipalPolicyInput
	// Fail, where set, is asked before each call and may make it fail.
	Fail func() error
}

type role struct {
	policies map[string]document
	boundary *document
}

// CreateRole makes a role without policies.
func (c *Cloud) CreateRole(arn string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.roles == nil {
		c.roles = map[string]*role{}
	}
	c.roles[arn] = &role{policies: map[string]document{}}
}

// DeleteRole removes a role with its policies.
func (c *Cloud) DeleteRole(arn string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.roles, arn)
}

// PutRolePolicy gives a role a policy, in place of one of that name. It refuses what IAM would: MalformedPolicyDocument.
func (c *Cloud) PutRolePolicy(arn, name, policy string) error {
	return c.change(arn, policy, func(r *role, d document) { r.policies[name] = d })
}

// PutRolePermissionsBoundary gives a role a boundary.
func (c *Cloud) PutRolePermissionsBoundary(arn, policy string) error {
	return c.change(arn, policy, func(r *role, d document) { r.boundary = &d })
}

func (c *Cloud) change(arn, policy string, change func(*role, document)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	d, err := parse(policy)
	if err != nil {
		return fault("MalformedPolicyDocument", "%v", err)
	}
	r, ok := c.roles[arn]
	if !ok {
		return fault("NoSuchEntity", "The role with name %s cannot be found.", arn)
	}
	change(r, d)
	return nil
}

func fault(code, message string, args ...any) error {
	return &smithy.GenericAPIError{Code: code, Message: fmt.Sprintf(message, args...)}
}

var (
	entityForm = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:(role|user|group)/\S+$`)
	actionForm = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9]+$`)
	arnForm    = regexp.MustCompile(`^(\*|arn:[a-z*-]+:[a-z0-9-]+:[a-z0-9*-]*:[0-9*]*:.+)$`)
)

const (
	usualPage   = 100
	mostAPage   = 1000
	longestARN  = 2048
	longestName = 128
)

// SimulatePrincipalPolicy implements iamrole.API. It knows no resource policies: for a role IAM simulates none.
func (c *Cloud) SimulatePrincipalPolicy(_ context.Context, in *iam.SimulatePrincipalPolicyInput, _ ...func(*iam.Options)) (*iam.SimulatePrincipalPolicyOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Fail != nil {
		if err := c.Fail(); err != nil {
			return nil, err
		}
	}
	if err := refused(in); err != nil {
		return nil, err
	}
	r, ok := c.roles[*in.PolicySourceArn]
	if !ok {
		return nil, fault("NoSuchEntity", "Invalid Entity Arn: %s does not exist.", *in.PolicySourceArn)
	}
	if in.Marker == nil {
		c.Calls = append(c.Calls, *in)
	}
	return paged(in, r.simulate(in))
}

// refused is what IAM does not take.
func refused(in *iam.SimulatePrincipalPolicyInput) error {
	switch {
	case !entityForm.MatchString(aws.ToString(in.PolicySourceArn)):
		return fault("InvalidInput", "Invalid Entity Arn: %s", aws.ToString(in.PolicySourceArn))
	case len(in.ActionNames) == 0:
		return fault("ValidationError", "actionNames must not be empty")
	case in.ResourcePolicy != nil:
		return fault("InvalidInput", "Simulation of resource-based policies isn't supported for IAM roles.")
	case in.MaxItems != nil && (*in.MaxItems < 1 || *in.MaxItems > mostAPage):
		return fault("ValidationError", "maxItems is %d", *in.MaxItems)
	}
	for _, a := range in.ActionNames {
		if !actionForm.MatchString(a) || len(a) > longestName {
			return fault("InvalidInput", "Invalid action name: %s", a)
		}
	}
	for _, r := range in.ResourceArns {
		if !arnForm.MatchString(r) || len(r) > longestARN {
			return fault("InvalidInput", "Invalid resource ARN: %s", r)
		}
	}
	return nil
}

// paged cuts results into pages; a marker is the index of the next.
func paged(in *iam.SimulatePrincipalPolicyInput, all []types.EvaluationResult) (*iam.SimulatePrincipalPolicyOutput, error) {
	from, size := 0, usualPage
	if in.MaxItems != nil {
		size = int(*in.MaxItems)
	}
	if in.Marker != nil {
		at, err := strconv.Atoi(*in.Marker)
		if err != nil || at >= len(all) {
			return nil, fault("InvalidInput", "Invalid Marker: %s", *in.Marker)
		}
		from = at
	}
	out := &iam.SimulatePrincipalPolicyOutput{EvaluationResults: all[from:min(from+size, len(all))]}
	if from+size < len(all) {
		out.IsTruncated, out.Marker = true, aws.String(strconv.Itoa(from+size))
	}
	return out, nil
}

// simulate is a result for each action: of "*" alone in itself, of a list by resource.
func (r *role) simulate(in *iam.SimulatePrincipalPolicyInput) []types.EvaluationResult {
	given := map[string][]string{}
	for _, e := range in.ContextEntries {
		given[strings.ToLower(aws.ToString(e.ContextKeyName))] = e.ContextKeyValues
	}
	var all []types.EvaluationResult
	for _, action := range in.ActionNames {
		result := types.EvaluationResult{EvalActionName: aws.String(action), EvalResourceName: aws.String("*")}
		resources := in.ResourceArns
		if len(resources) == 0 {
			resources = []string{"*"}
		}
		var missing []string
		for i, resource := range resources {
			v := r.evaluate(call{action, resource, given})
			missing = append(missing, v.missing...)
			if i == 0 || v.decision != types.PolicyEvaluationDecisionTypeAllowed {
				result.EvalDecision, result.PermissionsBoundaryDecisionDetail = v.decision, v.boundary
			}
			result.ResourceSpecificResults = append(result.ResourceSpecificResults, types.ResourceSpecificResult{
				EvalResourceName: aws.String(resource), EvalResourceDecision: v.decision, MissingContextValues: v.missing, PermissionsBoundaryDecisionDetail: v.boundary,
			})
		}
		if slices.Equal(resources, []string{"*"}) {
			result.ResourceSpecificResults = nil
		}
		slices.Sort(missing)
		result.MissingContextValues = slices.Compact(missing)
		all = append(all, result)
	}
	return all
}

// verdict is a decision with what it hangs on.
type verdict struct {
	decision types.PolicyEvaluationDecisionType
	missing  []string
	boundary *types.PermissionsBoundaryDecisionDetail
}

// evaluate is the evaluation within one account: an explicit deny wins, then the boundary must allow and a policy too.
func (r *role) evaluate(c call) verdict {
	policies := slices.Collect(maps.Values(r.policies))
	allowed, denied, missing := judge(policies, c)
	v := verdict{missing: missing}
	if r.boundary != nil {
		within, beyond, more := judge([]document{*r.boundary}, c)
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
