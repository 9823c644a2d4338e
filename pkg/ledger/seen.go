package ledger

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Seen is what a part of a sweep has listed: by it the parts that come after know what is gone.
type Seen struct {
	// Clusters are those that are there.
	Clusters []string `json:"clusters,omitempty"`
	// Cluster is that of the Places, by their keys; Groups are the groups, and Revisions ("web:3") the definitions of what runs there.
	Cluster   string   `json:"cluster,omitempty"`
	Places    []string `json:"places,omitempty"`
	Groups    []string `json:"groups,omitempty"`
	Revisions []string `json:"revisions,omitempty"`
	// Waiting are those of the Places that start the latest active revisions of families: which these are the whole listing tells. Unlisted
	// says, where the part was not told all that there is, of what.
	Waiting  []Waiting `json:"waiting,omitempty"`
	Unlisted string    `json:"unlisted,omitempty"`
	// Latest are the latest active revisions of families. Wrong are other revisions that were judged, with findings.
	Latest []string `json:"latest,omitempty"`
	Wrong  []string `json:"wrong,omitempty"`
}

// Waiting is a place, of whose runs some have a family ("web") for a revision.
type Waiting struct {
	Key string `json:"key"`
	Place
}

// Size is how many bytes of names there are.
func (s Seen) Size() int {
	size := 0
	for _, list := range [][]string{s.Clusters, s.Places, s.Groups, s.Revisions, s.Latest, s.Wrong} {
		for _, name := range list {
			size += len(name) + len(`"",`)
		}
	}
	for _, w := range s.Waiting {
		size += len(w.Key) + len(w.By) + len(w.Name) + len(`{"key":"","by":"","name":"","runs":[]},`)
		for _, r := range w.Runs {
			size += len(r.Revision) + len(strings.Join(r.Groups, `","`)) + len(`{"revision":"","groups":[""]},`)
		}
	}
	return size
}

// seenKept is much longer than any sweep takes.
const seenKept = 3 * 24 * time.Hour

// PutSeen writes what a part has listed. Two handlers of one part have listed the same: either's will do.
func (l Ledger) PutSeen(ctx context.Context, sweep, part string, s Seen, now time.Time) error {
	key := Key{"seen/" + sweep, part}
	var old Seen
	version, err := l.get(ctx, key, &old)
	if err != nil {
		return err
	}
	err = l.put(ctx, Write{Key: key, Expect: version, Expires: now.Add(seenKept)}, s)
	if errors.Is(err, ErrConflict) {
		return nil
	}
	return err
}

// SeenBy reads what a part has listed: nothing where it is no part that lists.
func (l Ledger) SeenBy(ctx context.Context, sweep, part string) (Seen, error) {
	var s Seen
	_, err := l.get(ctx, Key{"seen/" + sweep, part}, &s)
	return s, err
}
