package iamrole_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/iamrole"
	"github.com/firewarden/firewarden/pkg/iamrole/iamfake"
	"github.com/firewarden/firewarden/pkg/rules"
)

const (
	arn    = "arn:aws:iam::123456789012:role/shop-task"
	stream = "arn:aws:firehose:eu-central-1:123456789012:deliverystream/shop"
	object = "arn:aws:s3:::shop/extra.conf"
	group  = "arn:aws:logs:eu-central-1:123456789012:log-group:/shop/app"
)

// policy is a policy of these statements, each without its braces.
func policy(statements ...string) string {
	return `{"Version": "2012-10-17", "Statement": [{` + strings.Join(statements, "}, {") + `}]}`
}

const (
	allowPut  = `"Effect": "Allow", "Action": "firehose:PutRecordBatch", "Resource": "` + stream + `"`
	allowAll  = `"Effect": "Allow", "Action": "*", "Resource": "*"`
	denyPut   = `"Effect": "Deny", "Action": ["firehose:Put*"], "Resource": "*"`
	allowRead = `"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::shop/*"`
)

// The law of evaluation, by the user guide's "Policy evaluation logic", for firehose:PutRecordBatch on a stream.
func TestDecisions(t *testing.T) {
	allowed, implicit, denied := rules.Decision{Allowed: true}, rules.Decision{}, rules.Decision{Denied: true}
	for name, c := range map[string]struct {
		policies []string
		boundary string
		want     rules.Decision
	}{
		"no policy":                            {nil, "", implicit},
		"another action":                       {[]string{policy(allowRead)}, "", implicit},
		"allowed":                              {[]string{policy(allowPut)}, "", allowed},
		"allowed by one of two":                {[]string{policy(allowRead), policy(allowPut)}, "", allowed},
		"an explicit deny wins":                {[]string{policy(allowPut), policy(denyPut)}, "", denied},
		"an explicit deny wins in one policy":  {[]string{policy(denyPut, allowAll)}, "", denied},
		"actions are compared without case":    {[]string{policy(strings.Replace(allowPut, "firehose:PutRecordBatch", "Firehose:putrecord*", 1))}, "", allowed},
		"resources are compared with case":     {[]string{policy(strings.Replace(allowPut, "/shop", "/Shop", 1))}, "", implicit},
		"one character":                        {[]string{policy(strings.Replace(allowPut, "/shop", "/sho?", 1))}, "", allowed},
		"a wildcard stays in its part":         {[]string{policy(strings.Replace(allowPut, stream, "arn:aws:firehose:*:deliverystream:*:shop", 1))}, "", implicit},
		"all but another action":               {[]string{policy(`"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"`)}, "", allowed},
		"all but this resource":                {[]string{policy(`"Effect": "Allow", "Action": "*", "NotResource": "` + stream + `"`)}, "", implicit},
		"within the boundary":                  {[]string{policy(allowPut)}, policy(`"Effect": "Allow", "Action": "firehose:*", "Resource": "*"`), allowed},
		"beyond the boundary":                  {[]string{policy(allowPut)}, policy(allowRead), denied},
		"a boundary alone allows nothing":      {nil, policy(allowAll), implicit},
		"a condition that only a call tells":   {[]string{policy(allowPut + `, "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}`)}, "", rules.Decision{Missing: []string{"aws:SourceVpce"}}},
		"a deny unless only a call tells":      {[]string{policy(allowPut), policy(denyPut + `, "Condition": {"Bool": {"aws:SecureTransport": "false"}}`)}, "", rules.Decision{Allowed: true, Missing: []string{"aws:SecureTransport"}}},
		"a condition on another resource":      {[]string{policy(allowPut, allowRead+`, "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}`)}, "", allowed},
		"a key that is absent, where it may":   {[]string{policy(allowPut + `, "Condition": {"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}`)}, "", rules.Decision{Allowed: true, Missing: []string{"aws:SourceVpce"}}},
		"a key that must be absent":            {[]string{policy(allowPut + `, "Condition": {"Null": {"aws:SourceVpce": true}}`)}, "", rules.Decision{Allowed: true, Missing: []string{"aws:SourceVpce"}}},
		"a negated condition on an absent key": {[]string{policy(denyPut + `, "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}`)}, "", rules.Decision{Denied: true, Missing: []string{"aws:SourceVpce"}}},
	} {
		q := rules.Question{Action: "firehose:PutRecordBatch", Resource: stream}
		got, err := iamrole.Simulator{Client: cloud(t, c.boundary, c.policies...)}.Simulate(t.Context(), arn, []rules.Question{q})
		if diff := cmp.Diff(map[rules.Question]rules.Decision{q: c.want}, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func cloud(t *testing.T, boundary string, policies ...string) *iamfake.Cloud {
	t.Helper()
	c := &iamfake.Cloud{}
	c.CreateRole(arn)
	for i, p := range policies {
		if err := c.PutRolePolicy(arn, string(rune('a'+i)), p); err != nil {
			t.Fatal(err)
		}
	}
	if boundary != "" {
		if err := c.PutRolePermissionsBoundary(arn, boundary); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestOneSimulationAnswersAllQuestionsAndNoOthers(t *testing.T) {
	c := cloud(t, "", policy(allowPut, allowRead), policy(`"Effect": "Allow", "Action": "logs:*", "Resource": "arn:aws:logs:*:*:log-group:/shop/*:*"`))
	want := map[rules.Question]rules.Decision{
		{Action: "firehose:PutRecordBatch", Resource: stream}:             {Allowed: true},
		{Action: "s3:GetObject", Resource: object}:                        {Allowed: true},
		{Action: "logs:PutLogEvents", Resource: group + ":log-stream:x"}:  {Allowed: true},
		{Action: "logs:CreateLogGroup", Resource: group}:                  {},
		{Action: "logs:CreateLogGroup", Resource: group + ":log-stream:"}: {Allowed: true},
		{Action: "ecr:GetAuthorizationToken", Resource: "*"}:              {},
	}
	var questions []rules.Question
	for q := range want {
		questions = append(questions, q)
	}
	got, err := iamrole.Simulator{Client: c}.Simulate(t.Context(), arn, questions)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if len(c.Calls) != 1 || len(c.Calls[0].ActionNames) != 5 || len(c.Calls[0].ResourceArns) != 6 {
		t.Errorf("calls %+v", c.Calls)
	}
}

func TestManyQuestionsAreAskedInParts(t *testing.T) {
	c := cloud(t, "", policy(allowRead))
	var questions []rules.Question
	for i := range 900 {
		questions = append(questions, rules.Question{Action: "s3:GetObject", Resource: fmt.Sprintf("%s.%d", object, i)})
	}
	got, err := iamrole.Simulator{Client: c}.Simulate(t.Context(), arn, questions)
	if err != nil || len(got) != 900 || len(c.Calls) != 3 || len(c.Calls[0].ResourceArns) != 400 {
		t.Errorf("%d decisions by %d simulations, %v", len(got), len(c.Calls), err)
	}
}

func TestAResultAboutEverythingHasNoResources(t *testing.T) {
	q := rules.Question{Action: "ecr:GetAuthorizationToken", Resource: "*"}
	got, err := iamrole.Simulator{Client: cloud(t, "", policy(allowAll))}.Simulate(t.Context(), arn, []rules.Question{q})
	if diff := cmp.Diff(map[rules.Question]rules.Decision{q: {Allowed: true}}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// pages gives one result a page, whatever is asked for.
type pages struct{ *iamfake.Cloud }

func (p pages) SimulatePrincipalPolicy(ctx context.Context, in *iam.SimulatePrincipalPolicyInput, opts ...func(*iam.Options)) (*iam.SimulatePrincipalPolicyOutput, error) {
	one := *in
	one.MaxItems = aws.Int32(1)
	return p.Cloud.SimulatePrincipalPolicy(ctx, &one, opts...)
}

func TestAllPagesAreRead(t *testing.T) {
	questions := []rules.Question{{Action: "s3:GetObject", Resource: object}, {Action: "s3:PutObject", Resource: object}, {Action: "s3:ListBucket", Resource: object}}
	got, err := iamrole.Simulator{Client: pages{cloud(t, "", policy(allowRead))}}.Simulate(t.Context(), arn, questions)
	if err != nil || len(got) != 3 || !got[questions[0]].Allowed {
		t.Errorf("%v, %v", got, err)
	}
}

// organization answers as where a service control policy does not allow the action.
type organization struct{}

func (organization) SimulatePrincipalPolicy(_ context.Context, in *iam.SimulatePrincipalPolicyInput, _ ...func(*iam.Options)) (*iam.SimulatePrincipalPolicyOutput, error) {
	return &iam.SimulatePrincipalPolicyOutput{EvaluationResults: []types.EvaluationResult{{
		EvalActionName: &in.ActionNames[0], EvalDecision: types.PolicyEvaluationDecisionTypeImplicitDeny, OrganizationsDecisionDetail: &types.OrganizationsDecisionDetail{},
		ResourceSpecificResults: []types.ResourceSpecificResult{{EvalResourceName: &in.ResourceArns[0], EvalResourceDecision: types.PolicyEvaluationDecisionTypeImplicitDeny}},
	}}}, nil
}

func TestWhatTheOrganizationForbidsNoPolicyMends(t *testing.T) {
	q := rules.Question{Action: "firehose:PutRecordBatch", Resource: stream}
	got, err := iamrole.Simulator{Client: organization{}}.Simulate(t.Context(), arn, []rules.Question{q})
	if err != nil || !got[q].Denied {
		t.Errorf("%v, %v", got, err)
	}
}

func TestErrorsAreQuestions(t *testing.T) {
	ask := func(c *iamfake.Cloud, role string, q rules.Question) error {
		_, err := iamrole.Simulator{Client: c}.Simulate(t.Context(), role, []rules.Question{q})
		return err
	}
	good := rules.Question{Action: "s3:GetObject", Resource: object}
	failing := func(code string) *iamfake.Cloud {
		return &iamfake.Cloud{Fail: func() error { return &smithy.GenericAPIError{Code: code} }}
	}
	for name, c := range map[string]struct {
		err error
		is  func(error) bool
	}{
		"no role":              {ask(&iamfake.Cloud{}, arn, good), iamrole.IsGone},
		"an assumed role":      {ask(&iamfake.Cloud{}, "arn:aws:sts::123456789012:assumed-role/x/y", good), iamrole.IsRefused},
		"no ARN":               {ask(cloud(t, ""), arn, rules.Question{Action: "s3:GetObject", Resource: "shop"}), iamrole.IsRefused},
		"no action":            {ask(cloud(t, ""), arn, rules.Question{Action: "s3:Get*", Resource: object}), iamrole.IsRefused},
		"not allowed to ask":   {ask(failing("AccessDenied"), arn, good), iamrole.IsDenied},
		"asked too many times": {ask(failing("Throttling"), arn, good), iamrole.IsThrottled},
	} {
		if c.err == nil || !c.is(c.err) {
			t.Errorf("%s: %v", name, c.err)
		}
		if also := iamrole.IsGone(c.err) && name != "no role"; also {
			t.Errorf("%s: gone, too", name)
		}
	}
}

func TestTheFakeRefusesWhatIAMRefuses(t *testing.T) {
	for name, p := range map[string]string{
		"no JSON": `{`, "no version": `{"Statement": {` + allowAll + `}}`, "no statement": `{"Version": "2012-10-17", "Statement": []}`,
		"effect": policy(`"Effect": "allow", "Action": "*", "Resource": "*"`), "no action": policy(`"Effect": "Allow", "Resource": "*"`),
		"both resources": policy(allowAll + `, "NotResource": "*"`), "a bare action": policy(`"Effect": "Allow", "Action": "PutObject", "Resource": "*"`),
		"a bare resource": policy(`"Effect": "Allow", "Action": "*", "Resource": "shop"`), "an element": policy(allowAll + `, "Principal": "*"`),
		"an operator": policy(allowAll + `, "Condition": {"StringIs": {"a": "b"}}`),
	} {
		if err := cloud(t, "").PutRolePolicy(arn, "p", p); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
