package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// placeForm is the form in which the index is written; it is raised whenever what follows of a place changes, and all of it is written
// once more then.
const placeForm = 1

// Place is a service or a task, or a schedule or rule that starts some, and what it runs behind which groups.
type Place struct {
	Form int `json:"form"`
	// By and Name are those of rules.User; a task on an instance is there as its container instance.
	By   string `json:"by"`
	Name string `json:"name"`
	Runs []Run  `json:"runs,omitempty"`
	// At is when it was written.
	At time.Time `json:"at,omitzero"`
	// Begun says that the uses which follow of it are still to be written, or were when the writer died; Was is what else the index may
	// have of it.
	Begun bool  `json:"begun,omitempty"`
	Was   []Run `json:"was,omitempty"`
}

// Run is a revision ("web:3") that runs, or would run, behind groups.
type Run struct {
	Revision string   `json:"revision"`
	Groups   []string `json:"groups"`
	Facts
}

// Facts are what a group has to know of a revision that it guards.
type Facts struct {
	// Router is "yes" or "no", "" where nobody has looked yet.
	Router string `json:"router,omitempty"`
	// Mode is the network mode. Serving are the containers, routers apart, that map the router's port.
	Mode    string   `json:"mode,omitempty"`
	Serving []string `json:"serving,omitempty"`
}

// User is one use of a group, or of a family, in the index.
type User struct {
	By       string `json:"by"`
	Name     string `json:"name"`
	Revision string `json:"revision"`
	// Cluster and Key name the place that it comes of.
	Cluster string `json:"cluster"`
	Key     string `json:"key"`
	Facts
	// Gone says that it is none any more.
	Gone bool `json:"gone,omitempty"`
}

// goneKept is how long what is gone stays: DynamoDB has no conditional delete among what Store needs, and a TTL.
const goneKept = 24 * time.Hour

// PutPlace writes what a place runs now, by cluster and key ("service web", "task 0123"), and the uses of groups and families that
// follow of it, where that is not what the index says already: a place that is as it was costs one read. A place without runs is
// gone. A writer may die at any write, and others may write the same place: it says what is to be written first, and last that it is.
func (l Ledger) PutPlace(ctx context.Context, cluster, key string, p Place, now time.Time) error {
	p.Form = placeForm
	at := Key{"place/" + cluster, key}
	var old Place
	version, err := l.get(ctx, at, &old)
	if err != nil || !old.Begun && same(old, p) {
		return err
	}
	p.At = now
	begun := p
	begun.By, begun.Name = cmp.Or(p.By, old.By), cmp.Or(p.Name, old.Name) // whose uses they are that go
	begun.Begun, begun.Was = true, slices.Concat(old.Runs, old.Was)
	err = l.put(ctx, Write{Key: at, Expect: version}, begun)
	if errors.Is(err, ErrConflict) { // someone else looked at the same time; the next look rights what differs
		return nil
	}
	if err != nil {
		return err
	}
	is := uses(cluster, key, p)
	for name, was := range uses(cluster, key, Place{By: begun.By, Name: begun.Name, Runs: begun.Was}) {
		if _, still := is[name]; !still {
			was.Gone = true
			is[name] = was
		}
	}
	if err := l.putUsers(ctx, is, now); err != nil {
		return err
	}
	w := Write{Key: at, Expect: version + 1}
	if len(p.Runs) == 0 {
		w.Expires = now.Add(goneKept)
	}
	err = l.put(ctx, w, p)
	if errors.Is(err, ErrConflict) {
		return l.yield(ctx, at, is, now)
	}
	return err
}

// yield rights the uses that were written while someone else wrote the same place, by what that one says of it.
func (l Ledger) yield(ctx context.Context, at Key, written map[Key]User, now time.Time) error {
	for {
		var theirs, later Place
		version, err := l.get(ctx, at, &theirs)
		if err != nil {
			return err
		}
		is := uses(strings.TrimPrefix(at.Family, "place/"), at.Name, theirs)
		for name, u := range written {
			if _, there := is[name]; !there {
				u.Gone = true
				is[name] = u
			}
		}
		if err := l.putUsers(ctx, is, now); err != nil {
			return err
		}
		if again, err := l.get(ctx, at, &later); err != nil || again == version {
			return err
		}
	}
}

func (l Ledger) putUsers(ctx context.Context, all map[Key]User, now time.Time) error {
	for _, name := range sortedUses(all) {
		if err := l.putUser(ctx, name, all[name], now); err != nil {
			return err
		}
	}
	return nil
}

// The kinds of uses: of a security group, by its id, and of a family, by its name.
const (
	usesOfGroup  = "users/"
	usesOfFamily = "runs/"
)

func (l Ledger) putUser(ctx context.Context, key Key, u User, now time.Time) error {
	var old User
	version, err := l.get(ctx, key, &old)
	if err != nil {
		return err
	}
	w := Write{Key: key, Expect: version}
	if u.Gone {
		w.Expires = now.Add(goneKept)
	}
	err = l.put(ctx, w, u)
	if errors.Is(err, ErrConflict) {
		return nil
	}
	return err
}

// uses are the uses of groups and families that a place amounts to.
func uses(cluster, key string, p Place) map[Key]User {
	all := map[Key]User{}
	for _, r := range p.Runs {
		name := cluster + " " + key + " " + r.Revision
		u := User{By: p.By, Name: p.Name, Revision: r.Revision, Cluster: cluster, Key: key, Facts: r.Facts}
		family, _, _ := strings.Cut(r.Revision, ":")
		all[Key{usesOfFamily + family, name}] = u
		for _, g := range r.Groups {
			all[Key{usesOfGroup + g, name}] = u
		}
	}
	return all
}

// same says whether two places are one and the same; who has not looked at a revision's facts does not unsay them.
func same(old, p Place) bool {
	return (old.Form == p.Form || old.By == "" && len(p.Runs) == 0) && old.By == p.By && old.Name == p.Name && slices.EqualFunc(old.Runs, p.Runs, func(a, b Run) bool {
		return a.Revision == b.Revision && slices.Equal(a.Groups, b.Groups) && (b.Router == "" || a.Router == b.Router)
	})
}

// Users are the uses of a group that the index knows, by cluster, place and revision.
func (l Ledger) Users(ctx context.Context, group string) ([]User, error) {
	return l.users(ctx, usesOfGroup+group)
}

// Runs are the uses of a family that the index knows, those without a group included, by cluster, place and revision.
func (l Ledger) Runs(ctx context.Context, family string) ([]User, error) {
	return l.users(ctx, usesOfFamily+family)
}

func (l Ledger) users(ctx context.Context, of string) ([]User, error) {
	all, err := list[User](ctx, l, of)
	return slices.DeleteFunc(all, func(u User) bool { return u.Gone }), err
}

// Place reads what the index says of a place; one that it does not know runs nothing.
func (l Ledger) Place(ctx context.Context, cluster, key string) (Place, error) {
	var p Place
	_, err := l.get(ctx, Key{"place/" + cluster, key}, &p)
	return p, err
}

// Places are the keys of what the index knows to run in a cluster.
func (l Ledger) Places(ctx context.Context, cluster string) ([]string, error) {
	running, err := l.Running(ctx, cluster)
	return slices.Sorted(maps.Keys(running)), err
}

// Running is what the index knows to run in a cluster, by key.
func (l Ledger) Running(ctx context.Context, cluster string) (map[string]Place, error) {
	docs, err := l.Store.List(ctx, "place/"+cluster)
	if err != nil {
		return nil, err
	}
	running := map[string]Place{}
	for _, d := range docs {
		var p Place
		if err := json.Unmarshal(d.Body, &p); err != nil {
			return nil, fmt.Errorf("reading %s %s of the ledger: %w", d.Key.Family, d.Key.Name, err)
		}
		if len(p.Runs) > 0 || p.Begun { // its uses may be there still
			running[d.Key.Name] = p
		}
	}
	return running, nil
}

// clusters are the clusters in which the index knows places.
type clusters struct {
	Names []string `json:"names"`
}

var indexedClusters = Key{"clusters", "account"}

// PutClusters records in which clusters the index knows places.
func (l Ledger) PutClusters(ctx context.Context, names []string) error {
	for {
		var old clusters
		version, err := l.get(ctx, indexedClusters, &old)
		if err != nil || version > 0 && slices.Equal(old.Names, names) {
			return err
		}
		if err := l.put(ctx, Write{Key: indexedClusters, Expect: version}, clusters{names}); !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

// Clusters are the clusters in which the index knows places, also those that are gone since.
func (l Ledger) Clusters(ctx context.Context) ([]string, error) {
	var known clusters
	_, err := l.get(ctx, indexedClusters, &known)
	return known.Names, err
}

func sortedUses(m map[Key]User) []Key {
	return slices.SortedFunc(maps.Keys(m), func(a, b Key) int { return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Name, b.Name)) })
}
