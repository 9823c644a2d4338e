package reconcile_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
	"github.com/firewarden/firewarden/pkg/rules"
)

// watch sees every single change of a scene's group and says what was wrong with ours.
type watch struct {
	s *scene
	// floor is what must not be refused, 24224 apart, and at the end nothing more may be let in: the entries first read, or as
	// somebody else last left them.
	floor entries
	last  entries
	ours  map[string]bool // entries that we made
	// labels are an entry's description and tags as other people wrote them, by its id; worn are all that entries of one source
	// ever had.
	labels map[string]string
	worn   map[string][]string
	states []entries
	ops    string // our changes: a, m, r
	wrong  []string
	// unseen says that somebody else edited the target and we have not read the group since; blind, that we then changed it. EC2 has
	// no compare-and-swap: such an edit cannot be noticed before.
	unseen, blind bool
	// revoking says that we are about to revoke. When it is gone then, it may be by our own call whose answer was lost: parts stay.
	revoking bool
}

func (s *scene) watched() *watch {
	w := &watch{s: s, floor: s.first, last: s.first, ours: map[string]bool{}, labels: map[string]string{}, worn: map[string][]string{}}
	w.note(s.first)
	w.states = append(w.states, s.first)
	s.ec2.Set(func(set *ec2fake.Settings) { set.Monitor = w.changed })
	return w
}

// note keeps the labels of entries that other people made or edited.
func (w *watch) note(all entries) {
	for _, e := range all {
		if id := *e.SecurityGroupRuleId; !w.ours[id] || w.labels[id] != "" {
			w.labels[id] = labelOf(e)
			w.worn[rules.Source(e)] = append(w.worn[rules.Source(e)], labelOf(e))
		}
	}
}

func labelOf(e ec2types.SecurityGroupRule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "(%s)", aws.ToString(e.Description))
	for _, t := range e.Tags {
		fmt.Fprintf(&b, " %s=%s", *t.Key, *t.Value)
	}
	return b.String()
}

func (w *watch) changed(ch ec2fake.Change) {
	if ch.Group != w.s.group {
		return
	}
	before := w.last
	w.last = ch.Entries
	w.states = append(w.states, ch.Entries)
	if ch.Other {
		w.rebase(before, ch.Entries)
		return
	}
	w.ops += strings.ToLower(ch.Op[:1])
	for _, e := range ch.Entries {
		if !slices.ContainsFunc(before, func(b ec2types.SecurityGroupRule) bool { return *b.SecurityGroupRuleId == *e.SecurityGroupRuleId }) {
			w.ours[*e.SecurityGroupRuleId] = true
		}
	}
	if w.unseen && w.touched(before, ch.Entries) {
		w.blind = true
		w.floor = ch.Entries
		w.note(ch.Entries)
		return
	}
	if gone := w.floor.refused(ch.Entries, w.s.mayClose); gone != "" {
		w.wrong = append(w.wrong, "refused after "+ch.Op+": "+gone)
	}
}

// rebase takes what somebody else left as what is to be kept. What we had made for an entry that was not narrowed yet is no
// part of it: that entry alone says what was wanted.
func (w *watch) rebase(before, after entries) {
	half := slices.ContainsFunc(before, func(e ec2types.SecurityGroupRule) bool { return w.isTarget(e) && w.s.open(entries{e}) != "" })
	w.floor = slices.DeleteFunc(slices.Clone(after), func(e ec2types.SecurityGroupRule) bool { return half && !w.revoking && w.ours[*e.SecurityGroupRuleId] })
	w.note(after)
	w.unseen = w.unseen || w.touched(before, after)
}

func (w *watch) isTarget(e ec2types.SecurityGroupRule) bool {
	return *e.SecurityGroupRuleId == *w.s.target.SecurityGroupRuleId
}

// touched says whether the target is not what it was.
func (w *watch) touched(before, after entries) bool {
	b, a := slices.IndexFunc(before, w.isTarget), slices.IndexFunc(after, w.isTarget)
	return (b < 0) != (a < 0) || b >= 0 && (rules.Allowance(before[b]) != rules.Allowance(after[a]) || labelOf(before[b]) != labelOf(after[a]))
}

// problems are what is wrong with the group at the end.
func (w *watch) problems() []string {
	bad := slices.Clone(w.wrong)
	now := entries(w.s.standing())
	if !w.s.exists() {
		return bad
	}
	if w.s.shape.refuses != nil {
		if !slices.Equal(written(now), written(w.s.first)) {
			bad = append(bad, fmt.Sprintf("not as it was, though refused: %v", written(now)))
		}
		return bad
	}
	if still := w.s.open(now); still != "" {
		bad = append(bad, "still open: "+still)
	}
	if less := w.floor.refused(now, w.s.mayClose); less != "" {
		bad = append(bad, "refused at the end: "+less)
	}
	if more := now.refused(w.floor, func(ec2types.SecurityGroupRule, string, int32) bool { return false }); more != "" {
		bad = append(bad, "let in that was not before: "+more)
	}
	for _, e := range now {
		label, known := w.labels[*e.SecurityGroupRuleId]
		if known && labelOf(e) != label || !known && !slices.Contains(w.worn[rules.Source(e)], labelOf(e)) {
			bad = append(bad, fmt.Sprintf("label of %s: %s, not %q", rules.Allowance(e), labelOf(e), label))
		}
	}
	return bad
}
