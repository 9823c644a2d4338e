// Package iamrole asks IAM what a role allows.
//
// Floor 2. IAM simulates the role's own policies, its permissions boundary and the organization's policies. It does not simulate
// the policies of the resources, and takes their ARNs letter by letter, whether there are such resources or not.
package iamrole

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// API is what Simulator needs of IAM.
type API interface {
	SimulatePrincipalPolicy(context.Context, *iam.SimulatePrincipalPolicyInput, ...func(*iam.Options)) (*iam.SimulatePrincipalPolicyOutput, error)
}

// Simulator asks about roles. IAM: iam:SimulatePrincipalPolicy on the role.
type Simulator struct {
	Client API
	// Attempts bounds the SDK's attempts of one call; 0 means 2, fewer than elsewhere: who comes back in an hour waits for nothing.
	Attempts int
}

const (
	// page is the most results of one answer.
	page = 1000
	// most is the most questions of one simulation. IAM answers for each action with each resource, and the API reference names no
	// bound; too many at a time were refused (nccgroup/PMapper#6).
	most = 400

	usualAttempts = 2
)

// Simulate asks whether a role, by its ARN, allows actions on resources: with one simulation for each 400 questions. IAM answers for
// each action with each resource; the decisions are those of the questions, and a question that it did not answer has none. Ask
// IsGone, IsDenied and IsThrottled of an error.
func (s Simulator) Simulate(ctx context.Context, role string, questions []rules.Question) (map[rules.Question]rules.Decision, error) {
	decisions := map[rules.Question]rules.Decision{}
	for part := range slices.Chunk(questions, most) {
		if err := s.simulate(ctx, role, part, decisions); err != nil {
			return nil, err
		}
	}
	return decisions, nil
}

func (s Simulator) simulate(ctx context.Context, role string, questions []rules.Question, decisions map[rules.Question]rules.Decision) error {
	in := &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &role, MaxItems: aws.Int32(page)}
	for _, q := range questions {
		in.ActionNames = append(in.ActionNames, q.Action)
		in.ResourceArns = append(in.ResourceArns, q.Resource)
	}
	in.ActionNames, in.ResourceArns = distinct(in.ActionNames), distinct(in.ResourceArns)
	for {
		out, err := s.Client.SimulatePrincipalPolicy(ctx, in, func(o *iam.Options) { o.RetryMaxAttempts = cmp.Or(s.Attempts, usualAttempts) })
		if err != nil {
			return fmt.Errorf("simulating role %s: %w", role, err)
		}
		for _, r := range out.EvaluationResults {
			take(decisions, questions, r)
		}
		if !out.IsTruncated {
			return nil
		}
		in.Marker = out.Marker
	}
}

// take takes the decisions of one action that were asked for. A result about "*" alone has no list of resources.
func take(into map[rules.Question]rules.Decision, asked []rules.Question, r types.EvaluationResult) {
	put := func(resource *string, d rules.Decision) {
		q := rules.Question{Action: aws.ToString(r.EvalActionName), Resource: aws.ToString(resource)}
		if slices.Contains(asked, q) {
			d.Denied = d.Denied || r.OrganizationsDecisionDetail != nil && !r.OrganizationsDecisionDetail.AllowedByOrganizations
			into[q] = d
		}
	}
	if len(r.ResourceSpecificResults) == 0 {
		put(r.EvalResourceName, decision(r.EvalDecision, r.MissingContextValues, r.PermissionsBoundaryDecisionDetail))
	}
	for _, on := range r.ResourceSpecificResults {
		put(on.EvalResourceName, decision(on.EvalResourceDecision, on.MissingContextValues, on.PermissionsBoundaryDecisionDetail))
	}
}

// decision is one answer. What the boundary does not allow is denied as by a statement: no policy of the role mends it.
func decision(d types.PolicyEvaluationDecisionType, missing []string, boundary *types.PermissionsBoundaryDecisionDetail) rules.Decision {
	slices.Sort(missing)
	return rules.Decision{
		Allowed: d == types.PolicyEvaluationDecisionTypeAllowed,
		Denied:  d == types.PolicyEvaluationDecisionTypeExplicitDeny || boundary != nil && !boundary.AllowedByPermissionsBoundary,
		Missing: slices.Compact(missing),
	}
}

func distinct(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}
