package reconcile

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// listing is what all parts of a sweep have listed.
type listing struct {
	clusters []string
	// waiting is what starts the latest revisions of families; unlisted says what else starts tasks and may not be read.
	waiting  []ledger.Waiting
	unlisted map[string]bool
	// places are "cluster/key"; wrong are revisions that were judged already.
	places, groups, families, inUse, latest, wrong map[string]bool
}

// listing puts together what the parts have seen.
func (p *part) listing(ctx context.Context, sweep ledger.Sweep) (listing, error) {
	all := listing{
		places: map[string]bool{}, groups: map[string]bool{}, families: map[string]bool{},
		unlisted: map[string]bool{}, inUse: map[string]bool{}, latest: map[string]bool{}, wrong: map[string]bool{},
	}
	for _, id := range slices.Sorted(maps.Keys(sweep.Parts)) {
		seen, err := p.Ledger.SeenBy(ctx, sweep.ID, id)
		if err != nil {
			return all, err
		}
		all.clusters = append(all.clusters, seen.Clusters...)
		for _, key := range seen.Places {
			all.places[seen.Cluster+"/"+key] = true
		}
		if all.waiting = append(all.waiting, seen.Waiting...); seen.Unlisted != "" {
			all.unlisted[seen.Unlisted] = true
		}
		add(all.groups, seen.Groups)
		add(all.inUse, seen.Revisions)
		add(all.latest, seen.Latest)
		add(all.wrong, seen.Wrong)
		for _, revision := range seen.Latest {
			all.families[familyOf(revision)] = true
		}
	}
	slices.Sort(all.clusters)
	return all, nil
}

func add(set map[string]bool, names []string) {
	for _, name := range names {
		set[name] = true
	}
}

// sortedSet are the names of a set and more, once each.
func sortedSet(set map[string]bool, more []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.AppendSeq(slices.Clone(more), maps.Keys(set)))))
}

// clear takes out of the index what is there and was not listed, but what an event has put there since the sweep began: it may have come
// after its like was listed.
func (p *part) clear(ctx context.Context, began time.Time, s listing) error {
	clusters, err := p.Ledger.Clusters(ctx)
	if err != nil {
		return err
	}
	if len(s.unlisted) == 0 {
		clusters = append(clusters, inventory.Scheduled)
	}
	for _, cluster := range clusters {
		running, err := p.Ledger.Running(ctx, cluster)
		if err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(running)) {
			if s.places[cluster+"/"+key] || running[key].At.After(began) {
				continue
			}
			if err := p.Ledger.PutPlace(ctx, cluster, key, ledger.Place{}, p.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}

// standing are the families or revisions, and the groups, that were found wrong and are not at rest.
func (p *part) standing(ctx context.Context, s listing) (definitions, groups []string, err error) {
	all, err := p.Ledger.Resources(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, known := range all {
		kind, name, _ := strings.Cut(known.Ref, "/")
		switch {
		case !known.Standing() && known.Rollout == nil:
		case rules.Kind(kind) == rules.KindDefinition:
			definitions = append(definitions, name)
		case rules.Kind(kind) == rules.KindGroup && !s.groups[name]:
			groups = append(groups, name)
		}
	}
	return definitions, groups, nil
}

// older sends the revisions that are in use and not the latest of their families to be judged, and those that were found wrong and
// are not in use any more.
func (p *part) older(s listing, standing []string) {
	var older, gone []string
	for _, revision := range sortedSet(s.inUse, nil) {
		if !s.latest[revision] {
			older = append(older, revision)
		}
	}
	for _, name := range standing {
		if strings.Contains(name, ":") && !s.wrong[name] && (!s.inUse[name] || s.latest[name]) {
			gone = append(gone, name)
		}
	}
	p.chunked(older, revisionsAPart, func(some []string) trigger.Part { return trigger.Part{Step: trigger.StepRevisions, Revisions: some} })
	p.chunked(gone, revisionsAPart, func(some []string) trigger.Part { return trigger.Part{Step: trigger.StepGone, Revisions: some} })
}
