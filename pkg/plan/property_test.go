package plan_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"pgregory.net/rapid"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

// The ingress algebra: for whatever entries a group has, applying the plan of FL101's fix step by step on the strict fake
// leaves what was allowed, less 24224, and never refuses anything else on the way. More of them: go test ./pkg/plan -rapid.checks=100000.
func TestClosing24224(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		fix := w.fix(t)
		before := w.group(t)
		w.keepsAllowing(open(before.Entries, fix.keeps))

		for _, s := range plan.Diff(before, fix.of(before)).Steps {
			w.apply(t, s)
		}

		after := w.group(t)
		same(t, open(before.Entries, fix.keeps), open(after.Entries, fix.all))
		kept(t, before, after, fix)
		if again := plan.Diff(after, fix.of(after)); !again.Empty() {
			t.Fatalf("a second plan is not empty:\n%s", again)
		}
	})
}

// The remediator's way: one entry at a time, the group read again before each step.
func TestClosing24224EntryByEntry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		fix := w.fix(t)
		before := w.group(t)
		w.keepsAllowing(open(before.Entries, fix.keeps))

		for steps := 0; ; steps++ {
			now := w.group(t)
			next := firstStep(now, fix)
			if next == nil {
				break
			}
			if steps > 10*(len(before.Entries)+1) {
				t.Fatalf("no end: %s", plan.Diff(now, fix.of(now)))
			}
			w.apply(t, *next)
		}

		after := w.group(t)
		same(t, open(before.Entries, fix.keeps), open(after.Entries, fix.all))
		kept(t, before, after, fix)
	})
}

// same fails unless two sets allow the same.
func same(t *rapid.T, want, got allowed) {
	if more, less := lost(got, want), lost(want, got); more != "" || less != "" {
		t.Fatalf("allowed is not what it was, less 24224: too much, or too little\n%s\n%s", more, less)
	}
}

// firstStep is the first step that some entry needs.
func firstStep(g rules.Group, fix fix) *plan.Step {
	for _, e := range g.Entries {
		if p := plan.Entry(g, e, fix.of); !p.Empty() {
			return &p.Steps[0]
		}
	}
	return nil
}

// A plan that meets the quota changes nothing: what needs a new entry asks for it first.
func TestAFullGroupStaysAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		fix := w.fix(t)
		before := w.group(t)
		w.cloud.Set(func(s *ec2fake.Settings) { s.Quota = max(1, w.weight) })
		for _, s := range plan.Diff(before, fix.of(before)).Steps {
			err := w.store.Apply(context.Background(), w.id, s)
			if ec2sg.IsRuleLimit(err) {
				if after := w.group(t); s.Op == plan.Authorize && len(after.Entries) < len(before.Entries) {
					t.Fatalf("%d entries are left of %d", len(after.Entries), len(before.Entries))
				}
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		want, got := open(before.Entries, fix.keeps), open(w.group(t).Entries, fix.keeps)
		if missing := lost(want, got); missing != "" {
			t.Fatalf("refused: %s", missing)
		}
	})
}

// fix is one way in which FL101 mends a group.
type fix struct {
	users  []rules.User
	params rules.Params
}

func (w *world) fix(t *rapid.T) fix {
	router := rapid.SampledFrom([]string{"fluentbit", "fluentd"}).Draw(t, "router")
	return fix{users: []rules.User{userOf(router)}, params: rules.Params{AllowProtocolLoss: rapid.Bool().Draw(t, "allow protocol loss")}}
}

// userOf is a service whose task has a router of that type.
func userOf(router string) rules.User {
	return rules.User{By: "service", Name: "prod/web", Definition: rules.Definition{Task: ecstypes.TaskDefinition{
		Family: aws.String("web"), NetworkMode: ecstypes.NetworkModeAwsvpc,
		ContainerDefinitions: []ecstypes.ContainerDefinition{{
			Name: aws.String("router"), FirelensConfiguration: &ecstypes.FirelensConfiguration{Type: ecstypes.FirelensConfigurationType(router)},
		}},
	}}}
}

// of is the group as FL101 wants it.
func (f fix) of(g rules.Group) rules.Group {
	rule, _ := rules.Find("FL101")
	g.Users = f.users
	fixed, _ := rule.Fix(g, f.params).(rules.Group)
	fixed.Users = nil
	return fixed
}

// closes says whether the fix takes 24224 away from entries of a protocol, and from all-traffic ones of that protocol.
func (f fix) closes(e types.SecurityGroupRule, protocol string) bool {
	fluentd := f.users[0].Definition.Routers()[0].FirelensConfiguration.Type == "fluentd"
	listens := protocol == "tcp" || protocol == "udp" && fluentd
	return listens && (rules.Protocol(*e.IpProtocol) != "-1" || f.params.AllowProtocolLoss)
}

// keeps is what must still be allowed of an entry: its ports of a protocol less 24224, where that is closed; nothing of the
// protocols that cannot be listed, where the policy allows to lose them.
func (f fix) keeps(e types.SecurityGroupRule, protocol string, p ports) ports {
	switch {
	case rules.Protocol(*e.IpProtocol) == "-1" && f.params.AllowProtocolLoss && !slices.Contains(listed, protocol):
		return nil
	case f.closes(e, protocol):
		return p.without(rules.Port)
	}
	return p
}

// listed are the protocols that all traffic is spelled out to.
var listed = []string{"tcp", "udp", "icmp", "icmpv6"}

// all is everything that an entry allows.
func (f fix) all(_ types.SecurityGroupRule, _ string, p ports) ports { return p }

// kept holds that ids, descriptions and tags are where DESIGN.md, section 5, says: a narrowed entry has its own; the part that is
// split off has a new id, and the same description and tags.
func kept(t *rapid.T, before, after rules.Group, f fix) {
	left := map[string]types.SecurityGroupRule{}
	for _, e := range after.Entries {
		left[*e.SecurityGroupRuleId] = e
	}
	was := map[string]bool{}
	for _, e := range before.Entries {
		was[*e.SecurityGroupRuleId] = true
		now, there := left[*e.SecurityGroupRuleId]
		touched := f.touches(e)
		switch {
		case !touched && !there:
			t.Fatalf("%s is gone, and 24224 was not in it", rules.Allowance(e))
		case !touched && rules.Allowance(now) != rules.Allowance(e):
			t.Fatalf("%s became %s, and 24224 was not in it", rules.Allowance(e), rules.Allowance(now))
		case there && label(now) != label(e):
			t.Fatalf("%s had %s and has %s", rules.Allowance(e), label(e), label(now))
		case !there && !covered(e, after, f):
			t.Fatalf("%s is gone without another entry in its place", rules.Allowance(e))
		}
	}
	for id, e := range left {
		if !was[id] && !slices.ContainsFunc(before.Entries, func(of types.SecurityGroupRule) bool { return f.splits(of, e) }) {
			t.Fatalf("the new entry %s has %s: it is no part of an entry so labelled", rules.Allowance(e), label(e))
		}
	}
}

// splits says whether a new entry is part of one that the fix changes: all that it allows that one allowed, and it is labelled so.
func (f fix) splits(of, part types.SecurityGroupRule) bool {
	inside := lost(open([]types.SecurityGroupRule{part}, f.all), open([]types.SecurityGroupRule{of}, f.all)) == ""
	return f.touches(of) && inside && label(of) == label(part)
}

// touches says whether the fix changes an entry.
func (f fix) touches(e types.SecurityGroupRule) bool {
	return slices.ContainsFunc([]string{"tcp", "udp"}, func(p string) bool { return f.closes(e, p) && rules.Covers(e, p, rules.Port) })
}

// covered says whether what must stay of an entry is allowed by others.
func covered(e types.SecurityGroupRule, g rules.Group, f fix) bool {
	return lost(open([]types.SecurityGroupRule{e}, f.keeps), open(g.Entries, f.all)) == ""
}

// label is what people wrote on an entry.
func label(e types.SecurityGroupRule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q", aws.ToString(e.Description))
	for _, t := range e.Tags {
		fmt.Fprintf(&b, " %s=%s", *t.Key, *t.Value)
	}
	return b.String()
}
