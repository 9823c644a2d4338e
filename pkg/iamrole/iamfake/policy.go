package iamfake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// document is a policy as IAM's grammar has it: texts may stand alone or in a list.
type document struct {
	Version   string
	Statement statements
}

type statements []statement

type statement struct {
	Sid                   string
	Effect                string
	Action, NotAction     texts
	Resource, NotResource texts
	// Condition is by operator and key; all must hold, of several values one.
	Condition map[string]map[string]texts
}

type texts []string

// UnmarshalJSON takes one statement or a list.
func (s *statements) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("{")) {
		*s = statements{{}}
		return strict(data, &(*s)[0])
	}
	return strict(data, (*[]statement)(s))
}

// UnmarshalJSON takes one text or a list; numbers and booleans are texts too.
func (t *texts) UnmarshalJSON(data []byte) error {
	var one any
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	list, ok := one.([]any)
	if !ok {
		list = []any{one}
	}
	for _, v := range list {
		*t = append(*t, fmt.Sprint(v))
	}
	return nil
}

func strict(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

// parse refuses what IAM refuses, and conditions that the fake does not know.
func parse(policy string) (document, error) {
	var d document
	if err := strict([]byte(policy), &d); err != nil {
		return d, fmt.Errorf("syntax errors in policy: %w", err)
	}
	if d.Version != "2012-10-17" && d.Version != "2008-10-17" || len(d.Statement) == 0 {
		return d, errors.New("the policy needs a version and a statement")
	}
	for _, s := range d.Statement {
		if err := s.valid(); err != nil {
			return d, err
		}
	}
	return d, nil
}

func (s statement) valid() error {
	switch {
	case s.Effect != "Allow" && s.Effect != "Deny":
		return fmt.Errorf("effect %q", s.Effect)
	case (len(s.Action) == 0) == (len(s.NotAction) == 0):
		return errors.New("a statement has Action or NotAction")
	case (len(s.Resource) == 0) == (len(s.NotResource) == 0):
		return errors.New("a statement has Resource or NotResource")
	}
	for _, a := range slices.Concat(s.Action, s.NotAction) {
		if a != "*" && !strings.Contains(a, ":") {
			return fmt.Errorf("action %q needs a vendor", a)
		}
	}
	for _, r := range slices.Concat(s.Resource, s.NotResource) {
		if r != "*" && len(strings.SplitN(r, ":", arnParts)) < arnParts {
			return fmt.Errorf("resource %q must be in ARN format or \"*\"", r)
		}
	}
	for operator := range s.Condition {
		if _, known := operators[strings.TrimSuffix(operator, ifExists)]; !known {
			return fmt.Errorf("condition operator %q is unknown", operator)
		}
	}
	return nil
}

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
func judge(policies []document, c call) (allowed, denied bool, missing []string) {
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

// like matches "*" (any text) and "?" (one character).
func like(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case pattern[0] == '*':
		for i := range len(text) + 1 {
			if like(pattern[1:], text[i:]) {
				return true
			}
		}
		return false
	case text == "":
		return false
	}
	return (pattern[0] == '?' || pattern[0] == text[0]) && like(pattern[1:], text[1:])
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
