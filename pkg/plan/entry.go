package plan

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Entry plans what becomes of one entry of a group, the others left as they are: fix is asked for a group that holds this
// entry alone, and the result is compared with all entries of the group. It is how a remediator works: one entry, one step at a
// time, the group read again before each.
func Entry(g rules.Group, e types.SecurityGroupRule, fix func(rules.Group) rules.Group) Ingress {
	alone := g
	alone.Entries = []types.SecurityGroupRule{e}
	parts := fix(alone).Entries
	desired := g
	desired.Entries = nil
	for _, other := range g.Entries {
		if id(other) == id(e) {
			desired.Entries = append(desired.Entries, parts...)
			continue
		}
		desired.Entries = append(desired.Entries, other)
	}
	desired.Entries = slices.Clip(desired.Entries)
	return Diff(g, desired)
}
