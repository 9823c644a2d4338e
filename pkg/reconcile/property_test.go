package reconcile_test

import (
	"flag"
	"slices"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"pgregory.net/rapid"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
)

// remediations is how many random groups are remediated, unless -rapid.checks says otherwise.
const remediations = 2000 / share

func checks(t *testing.T, n int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := f.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
}

// TestAnyGroupIsClosed remediates random groups on the strict fake, near their quota too: what was allowed is allowed, less 24224,
// or an entry is left exactly as it was where the quota refuses; entries without 24224 are not touched; labels are kept.
func TestAnyGroupIsClosed(t *testing.T) {
	checks(t, remediations)
	rapid.Check(t, func(rt *rapid.T) {
		k := shape{
			name: "random", fluentd: rapid.Bool().Draw(rt, "fluentd"), loss: rapid.Bool().Draw(rt, "allow protocol loss"),
			entries: func(s *scene) []ec2types.IpPermission { return drawPermissions(rt, s) },
		}
		s := newScene(t, k)
		room := rapid.SampledFrom([]int{0, 1, 2, 100}).Draw(rt, "room")
		quota(max(1, weight(s.first)+room))(s)
		a := &attempt{scene: s, w: s.watched(), l: &line{}}
		a.until(a.l, s.bodies)
		for _, bad := range append(a.bad, a.mended()...) {
			rt.Errorf("%s\nbefore %q\nafter  %q", bad, written(s.first), written(s.standing()))
		}
	})
}

// weight is the most that entries count in one address family, or more: a prefix list of the scene has room for two.
func weight(all entries) int {
	n := 0
	for _, e := range all {
		n++
		if e.PrefixListId != nil {
			n++
		}
	}
	return n
}

// mended is what is wrong with a group of which some entries may have been refused.
func (a *attempt) mended() []string {
	bad := slices.Clone(a.w.wrong)
	now, before := entries(a.standing()), entries(a.first)
	kept := written(now)
	blocked := false
	for _, e := range before {
		as := written(entries{e})[0]
		switch closing := a.open(entries{e}) != ""; {
		case !closing && !slices.Contains(kept, as):
			bad = append(bad, "touched without need: "+as)
		case closing && slices.Contains(kept, as):
			blocked = true
		}
	}
	for _, e := range now {
		if a.open(entries{e}) != "" && !slices.Contains(written(before), written(entries{e})[0]) {
			bad = append(bad, "neither closed nor left as it was: "+rules.Allowance(e))
		}
		if label, old := a.w.labels[*e.SecurityGroupRuleId]; old && label != labelOf(e) || !old && !slices.Contains(a.w.worn[rules.Source(e)], labelOf(e)) {
			bad = append(bad, "label of "+rules.Allowance(e)+": "+labelOf(e))
		}
	}
	if less := before.refused(now, a.mayClose); less != "" {
		bad = append(bad, "refused at the end: "+less)
	}
	if more := now.refused(before, func(ec2types.SecurityGroupRule, string, int32) bool { return false }); more != "" {
		bad = append(bad, "let in that was not before: "+more)
	}
	return append(bad, a.settledAs(blocked)...)
}

// settledAs holds the ledger against whether something was left open.
func (a *attempt) settledAs(blocked bool) []string {
	known, err := a.stack.Ledger.Resource(a.t.Context(), a.ref())
	if err != nil || known.Pending != "" {
		return []string{"a remediation is pending"}
	}
	saysSo := false
	for _, f := range known.Findings {
		switch {
		case f.State == ledger.Open:
			return []string{"a finding was left open"}
		case f.State == ledger.Blocked && f.Reason != "quota":
			return []string{"blocked for " + f.Reason}
		}
		saysSo = saysSo || f.State == ledger.Blocked
	}
	if saysSo != blocked {
		return []string{"blocked in the ledger: " + strconv.FormatBool(saysSo) + ", in the group: " + strconv.FormatBool(blocked)}
	}
	return nil
}

// drawPermissions draws different permissions of one source each. Ports lie near 24224 and sources are few, so that entries meet.
func drawPermissions(t *rapid.T, s *scene) []ec2types.IpPermission {
	var all []ec2types.IpPermission
	taken := map[string]bool{}
	for range rapid.IntRange(0, 7).Draw(t, "entries") {
		protocol := rapid.SampledFrom([]string{"tcp", "tcp", "tcp", "udp", "-1", "icmp", "50"}).Draw(t, "protocol")
		p := permission(protocol, -1, -1)
		if protocol == "tcp" || protocol == "udp" {
			x, y := drawPort(t), drawPort(t)
			p = permission(protocol, min(x, y), max(x, y))
		}
		source := rapid.SampledFrom([]string{"any", "ten", "six", "list", "group", "self"}).Draw(t, "source")
		key := protocol + source + strconv.Itoa(int(*p.FromPort)) + "-" + strconv.Itoa(int(*p.ToPort))
		if taken[key] {
			continue
		}
		taken[key] = true
		description := aws.String(rapid.SampledFrom([]string{"web", "log shippers"}).Draw(t, "description"))
		switch source {
		case "any":
			p = told(anywhere(p), *description)
		case "ten":
			p = told(tenNet(p), *description)
		case "six":
			p = told(everywhere6(p), *description)
		case "list":
			p.PrefixListIds = []ec2types.PrefixListId{{PrefixListId: &s.list, Description: description}}
		case "group":
			p.UserIdGroupPairs = []ec2types.UserIdGroupPair{{GroupId: &s.friend, Description: description}}
		case "self":
			p.UserIdGroupPairs = []ec2types.UserIdGroupPair{{GroupId: &s.group, Description: description}}
		}
		all = append(all, p)
	}
	return all
}

func drawPort(t *rapid.T) int32 {
	near := rapid.Int32Range(rules.Port-2, rules.Port+2)
	return rapid.OneOf(near, near, rapid.SampledFrom([]int32{0, 1, 65534, 65535}), rapid.Int32Range(0, 65535)).Draw(t, "port")
}
