package iampolicy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Document is a policy as IAM's grammar has it: texts may stand alone or in a list.
type Document struct {
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

// Parse refuses what IAM refuses, and conditions whose operators are not known here.
func Parse(policy string) (Document, error) {
	var d Document
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
