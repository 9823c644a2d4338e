package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/rules"
)

// places tell where a resource matters, as far as the ledger knows: by its index of what runs where, by what findings rest on, and by
// rollouts.
type places struct {
	// indexed says that there is an index: what it does not name runs nowhere.
	indexed bool
	users   map[string][]report.User // by Ref
	of      map[string][]string      // families, by Ref
}

// indexedPlace is as much of a ledger.Place as tells that.
type indexedPlace struct {
	By   string `json:"by"`
	Name string `json:"name"`
	Runs []struct {
		Revision string   `json:"revision"`
		Groups   []string `json:"groups"`
	} `json:"runs"`
}

// readPlaces reads the index, one query a cluster; where there is none, what the resources themselves tell.
func readPlaces(ctx context.Context, store ledger.Store, resources []ledger.Resource) (places, error) {
	p := places{users: map[string][]report.User{}, of: map[string][]string{}}
	clusters, err := store.Get(ctx, ledger.Key{Family: "clusters", Name: "account"})
	if err != nil {
		return p, err
	}
	var known struct {
		Names []string `json:"names"`
	}
	if p.indexed = clusters.Version > 0; p.indexed {
		if err := json.Unmarshal(clusters.Body, &known); err != nil {
			return p, fmt.Errorf("reading the clusters of the ledger's index: %w", err)
		}
	}
	for _, cluster := range append(known.Names, inventory.Scheduled) {
		docs, err := store.List(ctx, "place/"+cluster)
		if err != nil {
			return p, err
		}
		for _, d := range docs {
			var at indexedPlace
			if err := json.Unmarshal(d.Body, &at); err != nil {
				return p, fmt.Errorf("reading %s %s of the ledger: %w", d.Key.Family, d.Key.Name, err)
			}
			p.index(cluster, at)
		}
	}
	if !p.indexed {
		for _, r := range resources {
			p.tell(r)
		}
	}
	return p, nil
}

// index adds a place of the index: what it runs, and the groups that this is behind.
func (p places) index(cluster string, at indexedPlace) {
	user := report.UserOf(at.By + " " + at.Name)
	if user.Cluster == "" && at.By != "task" {
		user.Cluster = cluster
	}
	for _, run := range at.Runs {
		family, _, _ := strings.Cut(run.Revision, ":")
		p.add(string(rules.KindDefinition)+"/"+family, user, family)
		p.add(string(rules.KindDefinition)+"/"+run.Revision, user, family)
		for _, group := range run.Groups {
			p.add(string(rules.KindGroup)+"/"+group, user, family)
		}
	}
}

// runs is a line of evidence that names a user and what it runs.
var runs = regexp.MustCompile(`^((?:service|task|container instance|schedule|EventBridge rule) \S+) runs ([A-Za-z0-9_-]+):[0-9]+`)

// tell adds what a resource's own document tells: the users in its findings' evidence, of which that lists the first twenty, and those
// of a rollout. Where there is an index it counts alone: evidence may be old.
func (p places) tell(r ledger.Resource) {
	if r.Rollout != nil {
		family := strings.TrimPrefix(r.Ref, string(rules.KindDefinition)+"/")
		for user := range r.Rollout.Moves {
			p.add(r.Ref, report.UserOf(user), family)
		}
	}
	for _, f := range r.Findings {
		if f.State == ledger.Resolved || f.State == ledger.Remediated {
			continue
		}
		for _, line := range f.Evidence {
			if m := runs.FindStringSubmatch(line); m != nil {
				p.add(r.Ref, report.UserOf(m[1]), m[2])
				p.add(string(rules.KindDefinition)+"/"+m[2], report.UserOf(m[1]), m[2])
			}
		}
	}
}

func (p places) add(ref string, user report.User, family string) {
	if !slices.Contains(p.users[ref], user) {
		p.users[ref] = append(p.users[ref], user)
	}
	if !slices.Contains(p.of[ref], family) {
		p.of[ref] = append(p.of[ref], family)
	}
}

// where is where a resource matters: its users, and the families that they run; a definition's family is always known. Who runs any
// revision of a family is its user; a revision that is not the latest has those who run it.
func (p places) where(ref string) (users []report.User, families []string) {
	if revision, ok := strings.CutPrefix(ref, string(rules.KindDefinition)+"/"); ok { // "web", or "web:3" for one that is not the latest
		family, _, _ := strings.Cut(revision, ":")
		families = []string{family}
	} else {
		families = p.of[ref]
	}
	switch users = p.users[ref]; {
	case len(users) > 0:
		return users, families
	case p.indexed:
		return []report.User{{By: report.NobodyRuns}}, families
	}
	return []report.User{{By: report.NotKnown}}, families
}
