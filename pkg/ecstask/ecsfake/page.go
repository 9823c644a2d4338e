package ecsfake

import "strconv"

// page is one page of a listing. ECS's lists give at most 100 a page; the token is opaque to callers.
func page[T any](all []T, want *int32, token *string) ([]T, *string, error) {
	size := 100
	if want != nil {
		if *want < 1 || *want > 100 {
			return nil, nil, invalid("maxResults must be between 1 and 100")
		}
		size = int(*want)
	}
	return slice(all, size, token)
}

func slice[T any](all []T, size int, token *string) ([]T, *string, error) {
	from := 0
	if token != nil {
		n, err := strconv.Atoi(*token)
		if err != nil || n < 0 || n > len(all) {
			return nil, nil, invalid("Invalid token %s", *token)
		}
		from = n
	}
	to := min(from+size, len(all))
	if to == len(all) {
		return all[from:to], nil, nil
	}
	next := strconv.Itoa(to)
	return all[from:to], &next, nil
}
