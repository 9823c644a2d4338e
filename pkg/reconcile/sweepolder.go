package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// runners are who runs which revision ("web:3"), by the index, which the listing has brought up to date.
func (p *part) runners(ctx context.Context) (map[string][]string, error) {
	clusters, err := p.Ledger.Clusters(ctx)
	if err != nil {
		return nil, err
	}
	who := map[string][]string{}
	for _, cluster := range clusters {
		running, err := p.Ledger.Running(ctx, cluster)
		if err != nil {
			return nil, err
		}
		for _, place := range running {
			for _, r := range place.Runs {
				who[r.Revision] = append(who[r.Revision], place.By+" "+place.Name)
			}
		}
	}
	return who, nil
}

// whyOlder is why nothing is done about what was found in a revision that is not the latest of its family: who runs it, and what to do.
func (s Stack) whyOlder(revision string, users []string) string {
	users = slices.Compact(slices.Sorted(slices.Values(users)))
	family := familyOf(revision)
	service := func(user string) bool { return strings.HasPrefix(user, "service ") }
	switch {
	case len(users) == 0:
		return fmt.Sprintf("an older revision, which nothing runs: aws ecs deregister-task-definition --task-definition %s --region %s", revision, s.Region)
	case len(users) == 1 && service(users[0]):
		return fmt.Sprintf("an older revision, run by %s: to give it the latest, %s", users[0], s.moving(users[0], family))
	case slices.ContainsFunc(users, service):
		return fmt.Sprintf("an older revision, run by %s: give each the latest, by the family's name, %s", some(users), family)
	}
	return fmt.Sprintf("an older revision, run by %s: start the next by the family's name, %s, which stands for the latest", some(users), family)
}
