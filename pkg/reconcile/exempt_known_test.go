package reconcile_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/notify"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/policy"
)

// reasons are why a resource's findings stand as they do, by rule.
func (c *cloud) reasons(ref string) map[string]string {
	c.t.Helper()
	known, err := c.stack.Ledger.Resource(c.t.Context(), ref)
	if err != nil {
		c.t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range known.Findings {
		all[f.Rule] = string(f.State) + ": " + f.Reason
	}
	return all
}

// TestWhatIsKnownToBeExemptCostsTheRemediatorNothing, until there is something to record.
func TestWhatIsKnownToBeExemptCostsTheRemediatorNothing(t *testing.T) {
	until := "suppressed: exempt by policy.yaml:12 until 2027-01-31: log aggregator (platform)"
	for _, k := range []struct {
		name   string
		change func(*cloud)
		sent   int
		then   map[string]string
	}{
		{"nothing changed", func(*cloud) {}, 0, map[string]string{"FL103": until}},
		{
			"the exemption was renewed", func(c *cloud) { c.stack.Policy.Exemptions[0].Until = day("2027-06-30") }, 1,
			map[string]string{"FL103": "suppressed: exempt by policy.yaml:12 until 2027-06-30: log aggregator (platform)"},
		},
		{
			"it has no owner any more", func(c *cloud) { c.stack.Policy.Exemptions[0].Owner = "" }, 1,
			map[string]string{"FL103": "suppressed: exempt by policy.yaml:12 until 2027-01-31: log aggregator"},
		},
		{"another finding was told of, and is gone", func(c *cloud) { c.settled("FL201", ledger.Reported) }, 1, map[string]string{"FL103": until, "FL201": "resolved: "}},
		{"another finding was blocked, and is gone", func(c *cloud) { c.settled("FL201", ledger.Blocked) }, 1, map[string]string{"FL103": until, "FL201": "resolved: "}},
		{"another finding was open, and is gone", func(c *cloud) { c.settled("FL201", ledger.Open) }, 1, map[string]string{"FL103": until, "FL201": "resolved: "}},
		{"another finding is resolved already", func(c *cloud) { c.settled("FL201", ledger.Resolved) }, 0, map[string]string{"FL103": until, "FL201": "resolved: "}},
		{"a remediation was begun", func(c *cloud) { c.edit(func(r *ledger.Resource) { r.Pending = "20261123T120000.000-0a1b2c3d" }) }, 1, nil},
		{"a rollout waits", func(c *cloud) { c.edit(func(r *ledger.Resource) { r.Rollout = &plan.Rollout{} }) }, 1, nil},
	} {
		t.Run(k.name, func(t *testing.T) {
			c := newCloud(t)
			c.exempt("FL103", "web", "2027-01-31")
			in := bad("web")
			in.ContainerDefinitions[1].DependsOn = []ecstypes.ContainerDependency{{ContainerName: aws.String("log_router"), Condition: "START"}}
			c.register(in)
			c.sweep()
			want(t, "first", c.reasons("task-definition/web"), map[string]string{"FL103": until})
			k.change(c)
			c.sweepOnly()
			want(t, "sent", len(c.findings), k.sent)
			if k.then == nil { // the remediator's to finish
				return
			}
			if failed := c.remediate(); len(failed) > 0 {
				t.Fatal(failed)
			}
			want(t, "then", c.reasons("task-definition/web"), k.then)
			want(t, "notices", c.statuses(), []string(nil))
		})
	}
}

// settled puts another finding of the family web into the ledger, as it stands.
func (c *cloud) settled(rule string, state ledger.Status) {
	c.edit(func(r *ledger.Resource) {
		for _, f := range r.Findings {
			f.Rule, f.State, f.Reason = rule, state, ""
			f.Told = f.Standing()
			r.Findings[f.Fingerprint()] = f
			return
		}
	})
}

// edit edits what the ledger knows of the family web.
func (c *cloud) edit(edit func(*ledger.Resource)) {
	c.t.Helper()
	known, err := c.stack.Ledger.Resource(c.t.Context(), "task-definition/web")
	if err != nil {
		c.t.Fatal(err)
	}
	edit(&known)
	if err := c.stack.Ledger.PutResource(c.t.Context(), &known, nil); err != nil {
		c.t.Fatal(err)
	}
}

// TestATagThatIsNotUnderstoodIsSaidOnce, however many findings it was to exempt.
func TestATagThatIsNotUnderstoodIsSaidOnce(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.TagExemptions = true
	in := bad("web")
	in.Tags = []ecstypes.Tag{{Key: aws.String(policy.ExemptTag), Value: aws.String("FL103 reason=migration")}}
	c.register(in)
	c.run(registered("web"))
	_, notes := c.last()
	want(t, "said", strings.Count(notes, "exemption needs `until`"), 1)
}

// TestTheDigestHasTheExemptionsThatEndSoon, and those that have ended.
func TestTheDigestHasTheExemptionsThatEndSoon(t *testing.T) {
	c := newCloud(t) // 2026-11-23 12:00
	c.stack.Policy.Digest = policy.DigestAlways
	for _, until := range []string{"2026-11-01", "2026-12-06", "2026-12-07"} {
		c.exempt("FL101", "sg-"+until, until)
	}
	c.sweep()
	var soon []notify.Exemption
	for _, until := range []string{"2026-11-01", "2026-12-06"} {
		soon = append(soon, notify.Exemption{Rule: "FL101", Resource: "sg-" + until, Owner: "platform", Reason: "log aggregator", Until: day(until)})
	}
	want(t, "exemptions", c.digests[0].Exemptions, soon)
}
