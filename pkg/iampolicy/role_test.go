package iampolicy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"pgregory.net/rapid"

	"github.com/firewarden/firewarden/pkg/iampolicy"
)

const object = "arn:aws:s3:::b/x"

func parsed(t interface{ Fatal(...any) }, statement string) iampolicy.Document {
	d, err := iampolicy.Parse(`{"Version": "2012-10-17", "Statement": {` + statement + `}}`)
	if err != nil {
		t.Fatal(statement, err)
	}
	return d
}

func decided(r iampolicy.Role, context map[string][]string) types.PolicyEvaluationDecisionType {
	q := iampolicy.Request{Actions: []string{"s3:GetObject"}, Resources: []string{object}, Context: context}
	return r.Simulate(q)[0].ResourceSpecificResults[0].EvalResourceDecision
}

// A condition on the key aws:x with these values, for a call with the values given.
func TestConditions(t *testing.T) {
	for name, c := range map[string]struct {
		operator, want string
		given          []string
		holds          bool
	}{
		"equal":                     {"StringEquals", `"a"`, []string{"a"}, true},
		"another":                   {"StringEquals", `"a"`, []string{"b"}, false},
		"one of several":            {"StringEquals", `["a", "b"]`, []string{"b"}, true},
		"absent":                    {"StringEquals", `"a"`, nil, false},
		"absent, where it may be":   {"StringEqualsIfExists", `"a"`, nil, true},
		"given, where it may be":    {"StringEqualsIfExists", `"a"`, []string{"b"}, false},
		"not equal":                 {"StringNotEquals", `"a"`, []string{"b"}, true},
		"equal, and must not be":    {"StringNotEquals", `["a", "b"]`, []string{"b"}, false},
		"like":                      {"StringLike", `"a*c?"`, []string{"abbcd"}, true},
		"a part of an ARN":          {"ArnLike", `"arn:aws:s3:::*"`, []string{object}, true},
		"over the parts of an ARN":  {"ArnLike", `"arn:aws:*:x"`, []string{"arn:aws:s3:::x"}, false},
		"a number is a text":        {"StringEquals", `1`, []string{"1"}, true},
		"true":                      {"Bool", `true`, []string{"TRUE"}, true},
		"must be absent, and is":    {"Null", `"true"`, nil, true},
		"must be absent, and isn't": {"Null", `"true"`, []string{"a"}, false},
		"must be there":             {"Null", `"false"`, []string{"a"}, true},
	} {
		role := iampolicy.Role{Policies: []iampolicy.Document{
			parsed(t, `"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"`+c.operator+`": {"aws:X": `+c.want+`}}`),
		}}
		context := map[string][]string{}
		if c.given != nil {
			context["aws:x"] = c.given
		}
		if got := decided(role, context) == types.PolicyEvaluationDecisionTypeAllowed; got != c.holds {
			t.Errorf("%s: allowed is %t", name, got)
		}
	}
}

// An explicit deny wins whatever else there is, a boundary allows nothing, and without a statement that allows nothing is.
func TestTheLawOfEvaluation(t *testing.T) {
	statement := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf(`"Effect": %q, "Action": %q, "Resource": %q`, rapid.SampledFrom([]string{"Allow", "Deny"}).Draw(t, "effect"),
			rapid.SampledFrom([]string{"s3:GetObject", "s3:*", "*", "logs:*"}).Draw(t, "action"), rapid.SampledFrom([]string{"*", object, "arn:aws:s3:::other/*"}).Draw(t, "resource"))
	})
	about := func(s string) bool { return !strings.Contains(s, "logs:") && !strings.Contains(s, "other") }
	rapid.Check(t, func(t *rapid.T) {
		var role iampolicy.Role
		allow, deny := false, false
		for _, s := range rapid.SliceOfN(statement, 0, 5).Draw(t, "policies") {
			role.Policies = append(role.Policies, parsed(t, s))
			allow = allow || about(s) && strings.Contains(s, `"Allow"`)
			deny = deny || about(s) && strings.Contains(s, `"Deny"`)
		}
		if bound := rapid.SliceOfN(statement, 0, 1).Draw(t, "boundary"); len(bound) == 1 {
			d := parsed(t, bound[0])
			role.Boundary = &d
			allow = allow && about(bound[0]) && strings.Contains(bound[0], `"Allow"`)
			deny = deny || about(bound[0]) && strings.Contains(bound[0], `"Deny"`)
		}
		want := types.PolicyEvaluationDecisionTypeImplicitDeny
		switch {
		case deny:
			want = types.PolicyEvaluationDecisionTypeExplicitDeny
		case allow:
			want = types.PolicyEvaluationDecisionTypeAllowed
		}
		if got := decided(role, nil); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

func TestPagesHaveAllResultsOnce(t *testing.T) {
	q := iampolicy.Request{}
	for i := range 250 {
		q.Actions = append(q.Actions, fmt.Sprintf("s3:A%d", i))
	}
	all := iampolicy.Role{}.Simulate(q)
	var sizes []int
	seen := map[string]bool{}
	for next := "0"; next != ""; {
		q.Marker = next
		page, more, refused := q.Page(all)
		if refused != nil {
			t.Fatal(refused)
		}
		for _, r := range page {
			seen[aws.ToString(r.EvalActionName)] = true
		}
		sizes, next = append(sizes, len(page)), more
	}
	if fmt.Sprint(sizes) != "[100 100 50]" || len(seen) != 250 {
		t.Errorf("pages of %v, %d results", sizes, len(seen))
	}
}

// A pattern of many wildcards takes no longer than one of few.
func TestManyWildcards(t *testing.T) {
	name := strings.Repeat("e", 500)
	for pattern, fits := range map[string]bool{
		strings.Repeat("*e", 40) + "z":              false,
		strings.Repeat("*e", 40):                    true,
		"*":                                         true,
		"?" + strings.Repeat("e", 499):              true,
		"?" + strings.Repeat("e", 500):              false,
		strings.Repeat("e", 499) + "?*":             true,
		"e*" + strings.Repeat("e", 250) + "*e?e***": true,
	} {
		role := iampolicy.Role{Policies: []iampolicy.Document{parsed(t, `"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::`+pattern+`"`)}}
		q := iampolicy.Request{Actions: []string{"s3:GetObject"}, Resources: []string{"arn:aws:s3:::" + name}}
		if got := role.Simulate(q)[0].EvalDecision == types.PolicyEvaluationDecisionTypeAllowed; got != fits {
			t.Errorf("%s: allowed is %t", pattern, got)
		}
	}
}
