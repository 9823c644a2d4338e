package ecsfake

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// selection is what the Describe calls of EC2 have in common: ids that must exist, filters that need not match, pages.
type selection[T any] struct {
	ids     []string
	filters []types.Filter
	max     *int32
	token   *string
	id      func(T) string
	values  map[string]func(T) []string
	// missing is the error code for an id that does not exist.
	missing string
}

// from selects of all. One unknown id fails the whole call; a filter's value that matches nothing does not.
func (s selection[T]) from(all []T) ([]T, *string, error) {
	if err := s.check(all); err != nil {
		return nil, nil, err
	}
	var found []T
	for _, one := range all {
		if s.wanted(one) {
			found = append(found, one)
		}
	}
	size := 1000
	if s.max != nil {
		size = int(*s.max)
	}
	return slice(found, size, s.token)
}

func (s selection[T]) check(all []T) error {
	if s.max != nil && (len(s.ids) > 0 || *s.max < 5 || *s.max > 1000) {
		return refused("InvalidParameterCombination", "MaxResults is 5 to 1000, and not for calls with ids")
	}
	for _, id := range s.ids {
		if !slices.ContainsFunc(all, func(one T) bool { return s.id(one) == id }) {
			return refused(s.missing, "The ID '%s' does not exist", id)
		}
	}
	for _, f := range s.filters {
		if s.values[str(f.Name)] == nil {
			return refused("InvalidParameterValue", "The filter '%s' is invalid", str(f.Name))
		}
		if len(f.Values) > 200 {
			return refused("FilterLimitExceeded", "The maximum number of filter values specified on a single call is 200")
		}
	}
	return nil
}

func (s selection[T]) wanted(one T) bool {
	if len(s.ids) > 0 && !slices.Contains(s.ids, s.id(one)) {
		return false
	}
	for _, f := range s.filters {
		if !slices.ContainsFunc(s.values[str(f.Name)](one), func(v string) bool { return slices.Contains(f.Values, v) }) {
			return false
		}
	}
	return true
}
