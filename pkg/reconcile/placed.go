package reconcile

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// readPlaced reads a group that may have come to be used. One that lets in nothing that a rule looks for is not worth a listing of
// the account: the index then says that it may be used, until a sweep knows better.
func (a Auditor) readPlaced(ctx context.Context, id string, ev trigger.Event) (rules.Group, error) {
	g, err := a.Groups.Group(ctx, id)
	switch {
	case err != nil:
		return rules.Group{ID: id}, err
	case watches(g.Entries):
		return a.readIndexed(ctx, id, ev)
	}
	return g, a.Ledger.PutUse(ctx, id, ledger.Use{Firelens: true, At: a.Now()})
}

// watched says whether an entry lets in a port that a rule about groups looks for.
func watched(e types.SecurityGroupRule) bool {
	return rules.Covers(e, "tcp", rules.Port) || rules.Covers(e, "udp", rules.Port) || rules.Covers(e, "tcp", rules.HTTPPort)
}

// grouped reads each group once a batch.
type grouped struct {
	GroupReader
	known map[string]rules.Group
}

// Group implements GroupReader.
func (g grouped) Group(ctx context.Context, id string) (rules.Group, error) {
	return recall(g.known, id, func() (rules.Group, error) { return g.GroupReader.Group(ctx, id) })
}

// recall reads what is not known yet; an error is not remembered.
func recall[T any](known map[string]T, key string, read func() (T, error)) (T, error) {
	if v, ok := known[key]; ok {
		return v, nil
	}
	v, err := read()
	if err == nil {
		known[key] = v
	}
	return v, err
}

// watches says whether any entry is watched.
func watches(entries []types.SecurityGroupRule) bool { return slices.ContainsFunc(entries, watched) }
