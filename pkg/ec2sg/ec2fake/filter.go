package ec2fake

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// byID keeps the things with these ids, all things where none is given. One that is not there is an error.
func byID[T any](all []T, ids []string, id func(T) string, unknown func(string) error) ([]T, error) {
	if len(ids) == 0 {
		return all, nil
	}
	var kept []T
	for _, want := range ids {
		i := slices.IndexFunc(all, func(t T) bool { return id(t) == want })
		if i < 0 {
			return nil, unknown(want)
		}
		kept = append(kept, all[i])
	}
	return kept, nil
}

// filtered keeps what all filters let through; a filter's values are alternatives, in which * and ? are wildcards on AWS: the
// fake refuses those rather than to guess. A filter that it does not know is an error.
func filtered[T any](all []T, filters []types.Filter, known map[string]func(T) []string, tags func(T) []types.Tag) ([]T, error) {
	for _, f := range filters {
		values, err := reader(aws.ToString(f.Name), known, tags)
		if err != nil {
			return nil, err
		}
		if err := plain(f); err != nil {
			return nil, err
		}
		var kept []T
		for _, t := range all {
			if slices.ContainsFunc(values(t), func(v string) bool { return slices.Contains(f.Values, v) }) {
				kept = append(kept, t)
			}
		}
		all = kept
	}
	return all, nil
}

func reader[T any](name string, known map[string]func(T) []string, tags func(T) []types.Tag) (func(T) []string, error) {
	if read, ok := known[name]; ok {
		return read, nil
	}
	key, ok := strings.CutPrefix(name, "tag:")
	if !ok {
		return nil, invalidf("The filter '%s' is invalid", name)
	}
	return func(t T) []string {
		for _, tag := range tags(t) {
			if *tag.Key == key {
				return []string{*tag.Value}
			}
		}
		return nil
	}, nil
}

// plain refuses filters without values, with wildcards, and group ids that cannot be ids.
func plain(f types.Filter) error {
	if len(f.Values) == 0 {
		return Refusal("MissingParameter", "The request must contain values for the filter "+aws.ToString(f.Name))
	}
	for _, v := range f.Values {
		switch {
		case strings.ContainsAny(v, "*?"):
			return fmt.Errorf("the fake has no wildcards, and %q was asked for", v)
		case *f.Name == "group-id" && !strings.HasPrefix(v, "sg-"):
			return Refusal("InvalidGroupId.Malformed", "Invalid id: \""+v+"\"")
		}
	}
	return nil
}

// span is a page: from one index to before another.
type span struct{ from, to int }

// page cuts a list of n things. The token is the index at which the next page begins. A call asks for 5 to 1000 at once; the
// account's own page size may be smaller: EC2 may give fewer than asked for, and callers must go on until there is no token.
func (a *account) page(want *int32, token *string, n int) (span, *string, error) {
	size := n
	if want != nil {
		if *want < 5 || *want > 1000 {
			return span{}, nil, invalidf("Value ( %d ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.", *want)
		}
		size = int(*want)
	}
	if a.settings.PageSize > 0 {
		size = min(size, a.settings.PageSize)
	}
	from := 0
	if token != nil {
		var err error
		if from, err = strconv.Atoi(*token); err != nil || from < 0 || from > n {
			return span{}, nil, Refusal("InvalidNextToken", "The token is invalid")
		}
	}
	if to := from + size; to < n {
		return span{from, to}, aws.String(strconv.Itoa(to)), nil
	}
	return span{from, n}, nil, nil
}

func reserved(key string) bool { return strings.HasPrefix(strings.ToLower(key), "aws:") }
