package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/firewarden/firewarden/pkg/iamrole"
	"github.com/firewarden/firewarden/pkg/iamrole/iamfake"
	"github.com/firewarden/firewarden/pkg/local/simulation"
	"github.com/firewarden/firewarden/pkg/rules"
)

const (
	role   = "arn:aws:iam::123456789012:role/apps/shop"
	stream = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/logs+more"
	other  = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/other"
)

// emulated is an emulator's IAM with one role, which answers two policies a page.
type emulated struct {
	inline, attached map[string]string
	boundary         string
	down             error
}

func (e emulated) GetRole(_ context.Context, in *iam.GetRoleInput, _ ...func(*iam.Options)) (*iam.GetRoleOutput, error) {
	if *in.RoleName != "shop" {
		return nil, &types.NoSuchEntityException{}
	}
	r := &types.Role{Arn: aws.String(role)}
	if e.boundary != "" {
		r.PermissionsBoundary = &types.AttachedPermissionsBoundary{PermissionsBoundaryArn: aws.String("boundary")}
	}
	return &iam.GetRoleOutput{Role: r}, e.down
}

func page(all map[string]string, marker *string) (names []string, next *string) {
	names = slices.Sorted(maps.Keys(all))
	if marker != nil {
		return names[2:], nil
	}
	if len(names) > 2 {
		return names[:2], aws.String("2")
	}
	return names, nil
}

func (e emulated) ListRolePolicies(_ context.Context, in *iam.ListRolePoliciesInput, _ ...func(*iam.Options)) (*iam.ListRolePoliciesOutput, error) {
	names, next := page(e.inline, in.Marker)
	return &iam.ListRolePoliciesOutput{PolicyNames: names, IsTruncated: next != nil, Marker: next}, nil
}

func (e emulated) GetRolePolicy(_ context.Context, in *iam.GetRolePolicyInput, _ ...func(*iam.Options)) (*iam.GetRolePolicyOutput, error) {
	return &iam.GetRolePolicyOutput{PolicyDocument: aws.String(url.PathEscape(e.inline[*in.PolicyName]))}, nil
}

func (e emulated) ListAttachedRolePolicies(_ context.Context, in *iam.ListAttachedRolePoliciesInput, _ ...func(*iam.Options)) (*iam.ListAttachedRolePoliciesOutput, error) {
	names, next := page(e.attached, in.Marker)
	out := &iam.ListAttachedRolePoliciesOutput{IsTruncated: next != nil, Marker: next}
	for _, name := range names {
		out.AttachedPolicies = append(out.AttachedPolicies, types.AttachedPolicy{PolicyArn: &name})
	}
	return out, nil
}

func (e emulated) GetPolicy(context.Context, *iam.GetPolicyInput, ...func(*iam.Options)) (*iam.GetPolicyOutput, error) {
	return &iam.GetPolicyOutput{Policy: &types.Policy{DefaultVersionId: aws.String("v2")}}, nil
}

func (e emulated) GetPolicyVersion(_ context.Context, in *iam.GetPolicyVersionInput, _ ...func(*iam.Options)) (*iam.GetPolicyVersionOutput, error) {
	text := e.attached[*in.PolicyArn]
	if *in.PolicyArn == "boundary" {
		text = e.boundary
	}
	if *in.VersionId != "v2" {
		return nil, errors.New("a version that does not count")
	}
	return &iam.GetPolicyVersionOutput{PolicyVersion: &types.PolicyVersion{Document: aws.String(url.PathEscape(text))}}, nil
}

// client is a client of a server that answers as the local cloud does.
func client(t *testing.T, e emulated) *iam.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		status, body, err := simulation.Answer(r.Context(), e, r.PostForm, "id-1")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return iam.New(iam.Options{
		BaseEndpoint: &server.URL, Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("k", "s", ""), Retryer: aws.NopRetryer{},
	})
}

func policy(effect, action, resource, more string) string {
	return fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{"Effect": %q, "Action": %q, "Resource": %q%s}]}`, effect, action, resource, more)
}

// TestTheLocalCloudAnswersAsTheStrictFake asks both about one role, of several questions, one a page.
func TestTheLocalCloudAnswersAsTheStrictFake(t *testing.T) {
	allowPut := policy("Allow", "firehose:PutRecordBatch", stream, "")
	allowAll := policy("Allow", "*", "*", "")
	questions := []rules.Question{
		{Action: "firehose:PutRecordBatch", Resource: stream}, {Action: "firehose:PutRecordBatch", Resource: other}, {Action: "ecr:GetAuthorizationToken", Resource: "*"},
	}
	for name, c := range map[string]struct {
		e       emulated
		allowed int
	}{
		"no policy":             {emulated{}, 0},
		"inline":                {emulated{inline: map[string]string{"a": allowPut}}, 1},
		"attached":              {emulated{attached: map[string]string{"a": allowAll}}, 3},
		"on the second page":    {emulated{inline: map[string]string{"a": allowPut, "b": allowPut, "c": allowAll}}, 3},
		"attached on another":   {emulated{attached: map[string]string{"a": allowPut, "b": allowPut, "c": allowAll}}, 3},
		"denied":                {emulated{inline: map[string]string{"a": allowAll}, attached: map[string]string{"b": policy("Deny", "firehose:*", "*", "")}}, 1},
		"a boundary":            {emulated{inline: map[string]string{"a": allowAll}, boundary: allowPut}, 1},
		"a key that is missing": {emulated{inline: map[string]string{"a": policy("Allow", "*", "*", `, "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}`)}}, 0},
	} {
		fake := &iamfake.Cloud{}
		fake.CreateRole(role)
		for _, policies := range []map[string]string{c.e.inline, c.e.attached} {
			for name, p := range policies {
				if err := fake.PutRolePolicy(role, name, p); err != nil {
					t.Fatal(err)
				}
			}
		}
		if c.e.boundary != "" {
			if err := fake.PutRolePermissionsBoundary(role, c.e.boundary); err != nil {
				t.Fatal(err)
			}
		}
		want, err := iamrole.Simulator{Client: fake}.Simulate(t.Context(), role, questions)
		if err != nil {
			t.Fatal(err)
		}
		got, err := iamrole.Simulator{Client: onePage{client(t, c.e)}}.Simulate(t.Context(), role, questions)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%s: %v (-the fake's +the local cloud's):\n%s", name, err, diff)
		}
		allowed := 0
		for _, d := range got {
			if d.Allowed {
				allowed++
			}
		}
		if allowed != c.allowed {
			t.Errorf("%s: %d allowed, want %d", name, allowed, c.allowed)
		}
	}
}

// onePage asks for one result a page.
type onePage struct{ *iam.Client }

func (p onePage) SimulatePrincipalPolicy(ctx context.Context, in *iam.SimulatePrincipalPolicyInput, opts ...func(*iam.Options)) (*iam.SimulatePrincipalPolicyOutput, error) {
	one := *in
	one.MaxItems = aws.Int32(1)
	return p.Client.SimulatePrincipalPolicy(ctx, &one, opts...)
}

func TestAGivenContextCounts(t *testing.T) {
	e := emulated{inline: map[string]string{"a": policy("Allow", "*", "*", `, "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}`)}}
	out, err := client(t, e).SimulatePrincipalPolicy(t.Context(), &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: aws.String(role), ActionNames: []string{"s3:GetObject"},
		ContextEntries: []types.ContextEntry{{ContextKeyName: aws.String("aws:sourcevpce"), ContextKeyValues: []string{"vpce-0", "vpce-1"}, ContextKeyType: types.ContextKeyTypeEnumString}},
	})
	if err != nil || len(out.EvaluationResults) != 1 || out.EvaluationResults[0].EvalDecision != types.PolicyEvaluationDecisionTypeAllowed {
		t.Errorf("%v, %v", out, err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	bad := emulated{inline: map[string]string{"a": policy("Allow", "*", "*", `, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}`)}}
	asks := func(source string, change func(*iam.SimulatePrincipalPolicyInput)) *iam.SimulatePrincipalPolicyInput {
		in := &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &source, ActionNames: []string{"s3:GetObject"}}
		if change != nil {
			change(in)
		}
		return in
	}
	for name, c := range map[string]struct {
		e    emulated
		in   *iam.SimulatePrincipalPolicyInput
		want string
	}{
		"no such role":      {emulated{}, asks("arn:aws:iam::123456789012:role/none", nil), "NoSuchEntity"},
		"of another path":   {emulated{}, asks("arn:aws:iam::123456789012:role/shop", nil), "NoSuchEntity"},
		"a user":            {emulated{}, asks("arn:aws:iam::123456789012:user/shop", nil), "roles only"},
		"no role's ARN":     {emulated{}, asks("arn:aws:sts::123456789012:assumed-role/shop/x", nil), "InvalidInput"},
		"a wildcard":        {emulated{}, asks(role, func(in *iam.SimulatePrincipalPolicyInput) { in.ActionNames = []string{"s3:*"} }), "InvalidInput"},
		"a resource policy": {emulated{}, asks(role, func(in *iam.SimulatePrincipalPolicyInput) { in.ResourcePolicy = aws.String("{}") }), "isn't supported for IAM roles"},
		"more policies":     {emulated{}, asks(role, func(in *iam.SimulatePrincipalPolicyInput) { in.PolicyInputList = []string{"{}"} }), "does not know PolicyInputList"},
		"a marker":          {emulated{}, asks(role, func(in *iam.SimulatePrincipalPolicyInput) { in.Marker = aws.String("7") }), "Invalid Marker"},
		"too much a page":   {emulated{}, asks(role, func(in *iam.SimulatePrincipalPolicyInput) { in.MaxItems = aws.Int32(1001) }), "maxItems is 1001"},
		"no page":           {emulated{}, asks(role, func(in *iam.SimulatePrincipalPolicyInput) { in.MaxItems = aws.Int32(0) }), "maxItems is 0"},
		"a condition":       {bad, asks(role, nil), "PolicyEvaluation"},
		"no emulator":       {emulated{down: errors.New("gone")}, asks(role, nil), "502"},
	} {
		if _, err := client(t, c.e).SimulatePrincipalPolicy(t.Context(), c.in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
