package iampolicy

import (
	"slices"
	"strings"
)

const (
	arnParts = 6
	ifExists = "IfExists"
)

// call is what a simulation is about.
type call struct {
	action, resource string
	given            map[string][]string // by condition key in small letters
}

// judge says what statements say of a call, and which condition keys they ask for that were not given. Only statements about this
// action and resource count (Terraform's documentation of aws_iam_principal_policy_simulation: keys "needed by some of the
// policies contributing to this result").
func judge(policies []Document, c call) (allowed, denied bool, missing []string) {
	for _, p := range policies {
		for _, s := range p.Statement {
			if !s.about(c) {
				continue
			}
			holds := true
			for operator, keys := range s.Condition {
				for key, values := range keys {
					given, ok := c.given[strings.ToLower(key)]
					if !ok {
						missing = append(missing, key)
					}
					holds = holds && condition(operator, values, given, ok)
				}
			}
			allowed = allowed || holds && s.Effect == "Allow"
			denied = denied || holds && s.Effect == "Deny"
		}
	}
	return allowed, denied, missing
}

// about says whether a statement is about a call. Names of actions are compared without case, ARNs with it.
func (s statement) about(c call) bool {
	action := func(p string) bool { return like(strings.ToLower(p), strings.ToLower(c.action)) }
	resource := func(p string) bool { return arnLike(p, c.resource) }
	return (slices.ContainsFunc(s.Action, action) || s.NotAction != nil && !slices.ContainsFunc(s.NotAction, action)) &&
		(slices.ContainsFunc(s.Resource, resource) || s.NotResource != nil && !slices.ContainsFunc(s.NotResource, resource))
}

// arnLike matches each part of an ARN apart, the resource as one.
func arnLike(pattern, arn string) bool {
	want, got := strings.SplitN(pattern, ":", arnParts), strings.SplitN(arn, ":", arnParts)
	if len(want) != len(got) {
		return pattern == "*"
	}
	for i := range want {
		if !like(want[i], got[i]) {
			return false
		}
	}
	return true
}

// like matches "*" (any text) and "?" (one character). Where what follows a "*" does not fit, that "*" takes one character more; those
// before it need not be tried again.
func like(pattern, text string) bool {
	p, t, star, taken := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, taken = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p, t = p+1, t+1
		case star >= 0:
			taken++
			p, t = star+1, taken
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// operators are those of conditions; negated ones hold where none of the values matches, and where the key is absent.
var operators = map[string]struct {
	match   func(pattern, value string) bool
	negated bool
}{
	"StringEquals": {func(p, v string) bool { return p == v }, false}, "StringNotEquals": {func(p, v string) bool { return p == v }, true},
	"StringLike": {like, false}, "StringNotLike": {like, true},
	"ArnLike": {arnLike, false}, "ArnNotLike": {arnLike, true}, "ArnEquals": {arnLike, false}, "ArnNotEquals": {arnLike, true},
	"Bool": {strings.EqualFold, false}, "Null": {nil, false},
}

// condition says whether one key's condition holds.
func condition(operator string, want, given []string, ok bool) bool {
	name, lenient := strings.CutSuffix(operator, ifExists)
	op := operators[name]
	if name == "Null" {
		return slices.Contains(want, "true") == !ok
	}
	if !ok {
		return lenient || op.negated
	}
	matched := slices.ContainsFunc(given, func(v string) bool {
		return slices.ContainsFunc(want, func(p string) bool { return op.match(p, v) })
	})
	return matched != op.negated
}
