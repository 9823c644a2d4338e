package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
)

func day(s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}

func (c *cloud) exempt(rule, resource, until string) {
	c.stack.Policy.Exemptions = append(c.stack.Policy.Exemptions, policy.Exemption{
		Rule: rule, Resource: resource, Reason: "log aggregator", Owner: "platform", Until: day(until), Place: "policy.yaml:12",
	})
}

func (c *cloud) states(ref string) map[string]ledger.Status {
	c.t.Helper()
	known, err := c.stack.Ledger.Resource(c.t.Context(), ref)
	if err != nil {
		c.t.Fatal(err)
	}
	states := map[string]ledger.Status{}
	for _, f := range known.Findings {
		states[f.Rule] = f.State
	}
	return states
}

func TestWhatIsExemptIsLeftAloneUntilItEnds(t *testing.T) {
	c := newCloud(t) // 2026-11-23
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	c.exempt("FL101", g, "2026-11-24")
	c.run(opened(g))
	c.sweep()
	want(t, "the port stays open", len(c.entries(g)), 1)
	want(t, "notices", c.statuses(), []string(nil))
	want(t, "the ledger", c.states("security-group/"+g), map[string]ledger.Status{"FL101": ledger.Suppressed})
	c.now = c.now.Add(35 * time.Hour) // the last hour of its last day
	c.sweep()
	want(t, "on its last day", len(c.entries(g)), 1)
	c.now = c.now.Add(2 * time.Hour)
	c.sweep()
	want(t, "the next day", len(c.entries(g)), 0)
	c.sweep()
	want(t, "notices", len(c.notices), 2)
	ended := c.notices[0]
	if ended.Status != "reported" || !strings.Contains(ended.Reason, "the exemption of FL101 on "+g+" (policy.yaml:12, until 2026-11-24, platform) has ended, and counts no longer") {
		t.Errorf("notice %s: %s", ended.Status, ended.Reason)
	}
	want(t, "then", c.notices[1].Status, "remediated")
}

func TestAnExemptionLeavesTheOtherFindings(t *testing.T) {
	c := newCloud(t)
	c.exempt("FL201", "web", "2027-01-31")
	c.register(bad("web"))
	c.run(registered("web"))
	want(t, "notices", c.statuses(), []string{"remediated task-definition/web"})
	want(t, "the ledger", c.states("task-definition/web"), map[string]ledger.Status{"FL103": ledger.Remediated, "FL201": ledger.Suppressed})
	want(t, "the order is left", len(c.latest("web").ContainerDefinitions[1].DependsOn), 0)
}

func TestWhatIsExemptNoMoreIsResolvedWhenItGoes(t *testing.T) {
	c := newCloud(t)
	c.exempt("FL2*", "web*", "2027-01-31")
	in := bad("web")
	in.ContainerDefinitions[0].PortMappings = nil
	c.register(in)
	c.run(registered("web"))
	want(t, "the ledger", c.states("task-definition/web"), map[string]ledger.Status{"FL201": ledger.Suppressed})
	c.register(firelens("web", ecstypes.NetworkModeAwsvpc))
	c.run(registered("web"))
	want(t, "the ledger", c.states("task-definition/web"), map[string]ledger.Status{"FL201": ledger.Resolved})
	want(t, "notices", c.statuses(), []string(nil))
}

func TestAnExemptionAboutNothingIsToldOnce(t *testing.T) {
	c := newCloud(t)
	c.exempt("FL101", "sg-none*", "2027-01-31")
	c.exempt("FL101", "sg-far*", "2030-01-31")
	c.sweep()
	c.sweep()
	want(t, "notices", len(c.notices), 3)
	var said []string
	for _, n := range c.notices {
		said = append(said, n.Reason[strings.LastIndex(n.Reason, ") ")+2:])
	}
	want(t, "said", said, []string{"is about no resource that is there", "is about no resource that is there", "ends more than a year ahead"})
}

func TestATagExempts(t *testing.T) {
	for _, c := range []struct {
		name, value string
		heeded      bool
		told        []string
		says        string
	}{
		{"where the policy heeds tags", "FL103 until=2027-01-31 reason=migration until spring", true, []string{"suppressed"}, "exempt by tag firewarden:exempt until 2027-01-31: migration until spring"},
		{"not where it does not", "FL103 until=2027-01-31 reason=migration", false, []string{"remediated"}, ""},
		{"not without an end", "FL103 reason=migration", true, []string{"remediated"}, "exemption needs `until`"},
		{"not for years", "FL103 until=2030-01-31 reason=migration", true, []string{"remediated"}, "more than 366 days ahead"},
		{"not after its end", "FL103 until=2026-11-22 reason=migration", true, []string{"remediated"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newCloud(t)
			w.stack.Policy.TagExemptions = c.heeded
			in := bad("web")
			in.Tags = []ecstypes.Tag{{Key: aws.String("firewarden:exempt"), Value: &c.value}}
			in.ContainerDefinitions[1].DependsOn = []ecstypes.ContainerDependency{{ContainerName: aws.String("log_router"), Condition: "START"}}
			w.register(in)
			w.run(registered("web"))
			w.sweep()
			var told []string
			for _, n := range w.notices {
				told = append(told, n.Status)
			}
			want(t, "told", told, c.told)
			if text := w.notices[0].Reason + "\n" + strings.Join(w.notices[0].Notes, "\n"); !strings.Contains(text, c.says) {
				t.Errorf("the notice says %q, not %q", text, c.says)
			}
		})
	}
}

func TestATagLowersAModeWhereThePolicyListsIt(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.TagModes = []policy.TagMode{{Tag: "team", Value: "payments", Rule: "FL1*", Mode: rules.Report}}
	c.register(bad("web"))
	c.run(registered("web"))
	want(t, "revision", c.latest("web").Revision, int32(1))
	want(t, "notices", c.statuses(), []string{"reported task-definition/web"})
}
