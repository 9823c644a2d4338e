package reconcile

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// account lists the clusters and sends the listing of each, those that the index knows and that are gone included, of the definitions,
// and of what starts tasks.
func (p *part) account(ctx context.Context) error {
	names, err := p.Sweeper.Lister.Clusters(ctx)
	if err != nil {
		return err
	}
	known, err := p.Ledger.Clusters(ctx)
	if err != nil {
		return err
	}
	p.seen.Clusters = names
	all := slices.Compact(slices.Sorted(slices.Values(slices.Concat(names, known))))
	p.sends = append(p.sends, trigger.Part{Step: trigger.StepDefinitions}, trigger.Part{Step: trigger.StepSchedules}, trigger.Part{Step: trigger.StepEventRules})
	for _, cluster := range all {
		p.sends = append(p.sends, trigger.Part{Step: trigger.StepServices, Cluster: cluster})
	}
	return p.Ledger.PutClusters(ctx, all)
}

// services lists services of a cluster and brings the index up to date; after the last of them, the cluster's tasks are listed.
func (p *part) services(ctx context.Context) error {
	err := p.list(ctx, p.Sweeper.Lister.Services, func(ctx context.Context, placed []inventory.Placed) error {
		p.looked.Services += len(placed)
		return p.place(ctx, placed)
	})
	if err == nil && p.Token == "" {
		p.sends = append(p.sends, trigger.Part{Step: trigger.StepTasks, Cluster: p.Cluster})
	}
	return err
}

// tasks lists tasks of a cluster; one that its service stands for is in the index as that.
func (p *part) tasks(ctx context.Context) error {
	return p.list(ctx, p.Sweeper.Lister.Tasks, func(ctx context.Context, placed []inventory.Placed) error {
		p.looked.Tasks += len(placed)
		services, err := p.servicesOf(ctx, placed)
		if err != nil {
			return err
		}
		return p.place(ctx, slices.DeleteFunc(placed, func(at inventory.Placed) bool {
			return at.Service != "" && standsFor(services[at.Service], at.Runs)
		}))
	})
}

// servicesOf reads what the index says of the services that tasks belong to.
func (p *part) servicesOf(ctx context.Context, placed []inventory.Placed) (map[string]ledger.Place, error) {
	var names []string
	for _, at := range placed {
		if at.Service != "" {
			sees(&names, at.Service)
		}
	}
	found := make([]ledger.Place, len(names))
	err := together(ctx, len(names), func(ctx context.Context, i int) (err error) {
		found[i], err = p.Ledger.Place(ctx, p.Cluster, names[i])
		return err
	})
	services := map[string]ledger.Place{}
	for i, name := range names {
		services[name] = found[i]
	}
	return services, err
}

// standsFor says whether a service has all that a task runs, behind the same groups at least.
func standsFor(service ledger.Place, runs []inventory.Run) bool {
	for _, r := range runs {
		has := func(of ledger.Run) bool {
			return of.Revision == r.Revision && !slices.ContainsFunc(r.Groups, func(g string) bool { return !slices.Contains(of.Groups, g) })
		}
		if !slices.ContainsFunc(service.Runs, has) {
			return false
		}
	}
	return true
}

// list lists pieces of a cluster from the part's token on and leaves there where the next part is to go on, which it sends.
func (p *part) list(
	ctx context.Context, piece func(ctx context.Context, cluster, token string) (inventory.Piece, error),
	take func(context.Context, []inventory.Placed) error,
) error {
	p.seen.Cluster = p.Cluster
	return p.pages(ctx, p.Part, func(ctx context.Context) (next string, err error) {
		found, err := piece(ctx, p.Cluster, p.Token)
		if err != nil {
			return "", err
		}
		return found.Next, take(ctx, found.Placed)
	})
}

// pages does one page after the other, from the part's token on, as long as there is one and time, and sends the rest of it on from where
// it has come to.
func (p *part) pages(ctx context.Context, rest trigger.Part, one func(context.Context) (next string, err error)) error {
	for {
		next, err := one(ctx)
		if err != nil {
			return err
		}
		if p.Token = next; p.Token == "" || !p.goesOn() {
			break
		}
	}
	p.looked.Revisions = len(p.seen.Revisions)
	if rest.Token = p.Token; rest.Token != "" {
		p.sends = append(p.sends, rest)
	}
	return nil
}

// place brings the index up to date with what services or tasks run.
func (p *part) place(ctx context.Context, placed []inventory.Placed) error {
	if err := p.learn(ctx, placed); err != nil {
		return err
	}
	places := make([]ledger.Place, len(placed))
	for i, at := range placed {
		places[i] = p.placeOf(at)
		p.seen.Places = append(p.seen.Places, at.Key)
		for _, r := range places[i].Runs {
			sees(&p.seen.Revisions, r.Revision)
			for _, g := range r.Groups {
				sees(&p.seen.Groups, g)
			}
		}
	}
	return together(ctx, len(placed), func(ctx context.Context, i int) error {
		return p.Ledger.PutPlace(ctx, p.Cluster, placed[i].Key, places[i], p.Now())
	})
}

// placeOf is a place as the index has it, by the facts that the part has learnt.
func (p *part) placeOf(at inventory.Placed) ledger.Place {
	place := ledger.Place{By: at.By, Name: at.Name}
	for _, r := range at.Runs {
		facts := p.facts[r.Revision]
		if unborn(at, facts) {
			continue
		}
		place.Runs = append(place.Runs, ledger.Run{Revision: r.Revision, Groups: r.Groups, Facts: facts})
	}
	return place
}

// learn reads the facts of revisions that the part has not met. One that nobody knew is described, and kept.
func (p *part) learn(ctx context.Context, placed []inventory.Placed) error {
	var news []string
	for _, at := range placed {
		for _, r := range at.Runs {
			if _, met := p.facts[r.Revision]; !met {
				sees(&news, r.Revision)
			}
		}
	}
	found, described := make([]ledger.Facts, len(news)), make([]bool, len(news))
	err := together(ctx, len(news), func(ctx context.Context, i int) (err error) {
		found[i], described[i], err = p.usage().facts(ctx, news[i])
		return err
	})
	for i, revision := range news {
		p.facts[revision] = found[i]
		p.describes(described[i])
	}
	return err
}

func (p *part) describes(one bool) {
	if one {
		p.looked.Described++
	}
}

// sees adds a name to what was seen, once.
func sees(list *[]string, name string) {
	if i, seen := slices.BinarySearch(*list, name); !seen {
		*list = slices.Insert(*list, i, name)
	}
}

// definitions lists active revisions, a family's together, and sends the latest to be judged, the others where the policy asks for
// all.
func (p *part) definitions(ctx context.Context) error {
	var others []string
	p.until = p.Now().Add(definitionsTime)
	for {
		page, next, err := p.Sweeper.Revisions.Active(ctx, p.Token)
		if err != nil {
			return err
		}
		for _, revision := range page {
			others = append(others, p.follows(revision)...)
		}
		if p.Token = next; next == "" || !p.goesOn() {
			break
		}
	}
	if p.Token != "" {
		p.sends = append(p.sends, trigger.Part{Step: p.Step, Token: p.Token, After: p.After})
	} else if p.After != "" {
		p.seen.Latest = append(p.seen.Latest, p.After)
	}
	p.looked.Families, p.looked.Revisions = len(p.seen.Latest), len(others)
	p.chunked(p.seen.Latest, definitionsAPart, func(some []string) trigger.Part {
		return trigger.Part{Step: trigger.StepLatest, Revisions: some}
	})
	p.chunked(others, revisionsAPart, func(some []string) trigger.Part {
		return trigger.Part{Step: trigger.StepRevisions, Revisions: some}
	})
	return nil
}

// follows takes the next revision of the listing. After is the latest of its family so far, whichever way the list is sorted: the
// local cloud knows one only. It returns what is not the latest, where that is wanted.
func (p *part) follows(revision string) []string {
	before := p.After
	if familyOf(before) != familyOf(revision) {
		if p.After = revision; before != "" {
			p.seen.Latest = append(p.seen.Latest, before)
		}
		return nil
	}
	if numberOf(revision) > numberOf(before) {
		p.After, revision = revision, before
	}
	if p.Policy.Sweep != policy.SweepAllRevisions {
		return nil
	}
	return []string{revision}
}

// numberOf is the number of a revision ("web:3").
func numberOf(revision string) int {
	_, number, _ := strings.Cut(revision, ":")
	n, _ := strconv.Atoi(number) // 0 where there is none
	return n
}

// listed sends what is judged by all that was listed, and clears the index of what was not: groups that are in use or were found
// wrong, older revisions that are in use, and what is gone.
func (p *part) listed(ctx context.Context, sweep ledger.Sweep) error {
	s, err := p.listing(ctx, sweep)
	if err != nil {
		return err
	}
	if err := p.settle(ctx, s); err != nil {
		return err
	}
	if err := p.tellOfStarts(ctx, s.unlisted); err != nil {
		return err
	}
	if err := p.clear(ctx, sweep.Started, s); err != nil {
		return err
	}
	if err := p.Ledger.PutClusters(ctx, s.clusters); err != nil {
		return err
	}
	families, groups, err := p.standing(ctx, s)
	if err != nil {
		return err
	}
	var gone []string
	for _, name := range families {
		if !strings.Contains(name, ":") && !s.families[name] {
			gone = append(gone, name)
		}
	}
	p.looked.Groups = len(s.groups)
	p.chunked(sortedSet(s.groups, groups), groupsAPart, func(some []string) trigger.Part {
		return trigger.Part{Step: trigger.StepGroups, Groups: some}
	})
	p.chunked(gone, definitionsAPart, func(some []string) trigger.Part { return trigger.Part{Step: trigger.StepGone, Families: some} })
	p.older(s, families)
	return p.Sweeper.tellOfExemptions(ctx, refs(sortedSet(s.families, nil), sortedSet(s.groups, nil)), p.ev.Origin)
}
