// Package iamfake is a strict IAM in memory, as far as iamrole needs it: roles with policies and a permissions boundary, and their
// simulation as pkg/iampolicy has it.
package iamfake

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"

	"github.com/firewarden/firewarden/pkg/iampolicy"
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
	policies map[string]iampolicy.Document
	boundary *iampolicy.Document
}

// CreateRole makes a role without policies.
func (c *Cloud) CreateRole(arn string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.roles == nil {
		c.roles = map[string]*role{}
	}
	c.roles[arn] = &role{policies: map[string]iampolicy.Document{}}
}

// DeleteRole removes a role with its policies.
func (c *Cloud) DeleteRole(arn string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.roles, arn)
}

// PutRolePolicy gives a role a policy, in place of one of that name. It refuses what IAM would: MalformedPolicyDocument.
func (c *Cloud) PutRolePolicy(arn, name, policy string) error {
	return c.change(arn, policy, func(r *role, d iampolicy.Document) { r.policies[name] = d })
}

// PutRolePermissionsBoundary gives a role a boundary.
func (c *Cloud) PutRolePermissionsBoundary(arn, policy string) error {
	return c.change(arn, policy, func(r *role, d iampolicy.Document) { r.boundary = &d })
}

func (c *Cloud) change(arn, policy string, change func(*role, iampolicy.Document)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	d, err := iampolicy.Parse(policy)
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

// SimulatePrincipalPolicy implements iamrole.API. It knows no resource policies: for a role IAM simulates none.
func (c *Cloud) SimulatePrincipalPolicy(_ context.Context, in *iam.SimulatePrincipalPolicyInput, _ ...func(*iam.Options)) (*iam.SimulatePrincipalPolicyOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Fail != nil {
		if err := c.Fail(); err != nil {
			return nil, err
		}
	}
	q, err := asked(in)
	if err != nil {
		return nil, err
	}
	r, ok := c.roles[q.Source]
	if !ok {
		return nil, fault("NoSuchEntity", "Invalid Entity Arn: %s does not exist.", q.Source)
	}
	if in.Marker == nil {
		c.Calls = append(c.Calls, *in)
	}
	all := iampolicy.Role{Policies: slices.Collect(maps.Values(r.policies)), Boundary: r.boundary}.Simulate(q)
	page, next, refused := q.Page(all)
	if refused != nil {
		return nil, fault(refused.Code, "%s", refused.Message)
	}
	out := &iam.SimulatePrincipalPolicyOutput{EvaluationResults: page, IsTruncated: next != ""}
	if next != "" {
		out.Marker = &next
	}
	return out, nil
}

// asked is the request, where IAM takes it.
func asked(in *iam.SimulatePrincipalPolicyInput) (iampolicy.Request, error) {
	q := iampolicy.Request{
		Source: aws.ToString(in.PolicySourceArn), Actions: in.ActionNames, Resources: in.ResourceArns, Context: map[string][]string{},
		ResourcePolicy: in.ResourcePolicy != nil, MaxItems: int(aws.ToInt32(in.MaxItems)), Marker: aws.ToString(in.Marker),
	}
	for _, e := range in.ContextEntries {
		q.Context[aws.ToString(e.ContextKeyName)] = e.ContextKeyValues
	}
	refused := q.Refused()
	switch {
	case refused != nil:
		return q, fault(refused.Code, "%s", refused.Message)
	case in.MaxItems != nil && q.MaxItems == 0:
		return q, fault("ValidationError", "maxItems is 0")
	}
	return q, nil
}
