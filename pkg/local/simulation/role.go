package simulation

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/firewarden/firewarden/pkg/iampolicy"
)

// Roles are the calls that read a role's own policies.
type Roles interface {
	GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
	ListRolePolicies(context.Context, *iam.ListRolePoliciesInput, ...func(*iam.Options)) (*iam.ListRolePoliciesOutput, error)
	GetRolePolicy(context.Context, *iam.GetRolePolicyInput, ...func(*iam.Options)) (*iam.GetRolePolicyOutput, error)
	ListAttachedRolePolicies(context.Context, *iam.ListAttachedRolePoliciesInput, ...func(*iam.Options)) (*iam.ListAttachedRolePoliciesOutput, error)
}

// Policies are the calls that read a managed policy.
type Policies interface {
	GetPolicy(context.Context, *iam.GetPolicyInput, ...func(*iam.Options)) (*iam.GetPolicyOutput, error)
	GetPolicyVersion(context.Context, *iam.GetPolicyVersionInput, ...func(*iam.Options)) (*iam.GetPolicyVersionOutput, error)
}

// API is the emulator's IAM; *iam.Client has it.
type API interface {
	Roles
	Policies
}

// reader reads a role.
type reader struct {
	ctx context.Context
	api API
}

// role reads what is simulated of a role. It is refused where there is none of that ARN.
func (r reader) role(arn string) (iampolicy.Role, error) {
	var role iampolicy.Role
	name := arn[strings.LastIndex(arn, "/")+1:]
	out, err := r.api.GetRole(r.ctx, &iam.GetRoleInput{RoleName: &name})
	var none *types.NoSuchEntityException
	switch {
	case errors.As(err, &none), err == nil && aws.ToString(out.Role.Arn) != arn:
		return role, iampolicy.Refuse("NoSuchEntity", "Invalid Entity Arn: %s does not exist.", arn)
	case err != nil:
		return role, fmt.Errorf("reading role %s: %w", name, err)
	}
	if b := out.Role.PermissionsBoundary; b != nil {
		d, err := r.managed(aws.ToString(b.PermissionsBoundaryArn))
		if err != nil {
			return role, err
		}
		role.Boundary = &d
	}
	inline, err := r.inline(name)
	if err != nil {
		return role, err
	}
	attached, err := r.attached(name)
	role.Policies = slices.Concat(inline, attached)
	return role, err
}

func (r reader) inline(role string) ([]iampolicy.Document, error) {
	var all []iampolicy.Document
	pages := iam.NewListRolePoliciesPaginator(r.api, &iam.ListRolePoliciesInput{RoleName: &role})
	for pages.HasMorePages() {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the policies of role %s: %w", role, err)
		}
		for _, name := range page.PolicyNames {
			out, err := r.api.GetRolePolicy(r.ctx, &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &name})
			if err != nil {
				return nil, fmt.Errorf("reading policy %s of role %s: %w", name, role, err)
			}
			d, err := parse(name, out.PolicyDocument)
			if err != nil {
				return nil, err
			}
			all = append(all, d)
		}
	}
	return all, nil
}

func (r reader) attached(role string) ([]iampolicy.Document, error) {
	var all []iampolicy.Document
	pages := iam.NewListAttachedRolePoliciesPaginator(r.api, &iam.ListAttachedRolePoliciesInput{RoleName: &role})
	for pages.HasMorePages() {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			return nil, fmt.Errorf("listing what is attached to role %s: %w", role, err)
		}
		for _, p := range page.AttachedPolicies {
			d, err := r.managed(aws.ToString(p.PolicyArn))
			if err != nil {
				return nil, err
			}
			all = append(all, d)
		}
	}
	return all, nil
}

// managed reads the version of a managed policy that counts.
func (r reader) managed(arn string) (iampolicy.Document, error) {
	p, err := r.api.GetPolicy(r.ctx, &iam.GetPolicyInput{PolicyArn: &arn})
	if err != nil {
		return iampolicy.Document{}, fmt.Errorf("reading policy %s: %w", arn, err)
	}
	v, err := r.api.GetPolicyVersion(r.ctx, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: p.Policy.DefaultVersionId})
	if err != nil {
		return iampolicy.Document{}, fmt.Errorf("reading policy %s: %w", arn, err)
	}
	return parse(arn, v.PolicyVersion.Document)
}

// parse takes a document as IAM answers it, escaped for a URL. One that is not understood is an evaluation that failed.
func parse(name string, document *string) (iampolicy.Document, error) {
	text, err := url.PathUnescape(aws.ToString(document))
	var d iampolicy.Document
	if err == nil {
		d, err = iampolicy.Parse(text)
	}
	if err != nil {
		return d, iampolicy.Refuse("PolicyEvaluation", "policy %s: %v", name, err)
	}
	return d, nil
}
