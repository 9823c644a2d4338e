package reconcile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
)

// planKinds are the kinds of entry that a plan changes, each a group's entries before it.
func planKinds(c *cloud) map[string][]ec2types.IpPermission {
	list, err := c.ec2.Other().CreateManagedPrefixList(c.t.Context(), &ec2.CreateManagedPrefixListInput{
		PrefixListName: aws.String("offices"), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(2),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	friend := c.group("friend")
	all, six := "0.0.0.0/0", "::/0"
	around := tcp(24000, 25000, all, "around")
	from := func(p ec2types.IpPermission) ec2types.IpPermission {
		p.IpProtocol, p.FromPort, p.ToPort = aws.String("tcp"), aws.Int32(24000), aws.Int32(25000)
		return p
	}
	return map[string][]ec2types.IpPermission{
		"exact":             {tcp(24224, 24224, all, "exact")},
		"lower edge":        {tcp(24000, 24224, all, "edge")},
		"upper edge":        {tcp(24224, 25000, all, "edge")},
		"inside":            {around},
		"upper half exists": {around, tcp(24225, 25000, all, "half")},
		"lower half exists": {around, tcp(24000, 24223, all, "half")},
		"several":           {around, tcp(24224, 24224, "10.0.0.0/8", "exact"), tcp(443, 443, all, "tls"), tcp(24224, 30000, "10.0.0.0/8", "edge")},
		"IPv6":              {from(ec2types.IpPermission{Ipv6Ranges: []ec2types.Ipv6Range{{CidrIpv6: &six, Description: aws.String("six")}}})},
		"prefix list":       {from(ec2types.IpPermission{PrefixListIds: []ec2types.PrefixListId{{PrefixListId: list.PrefixList.PrefixListId}}})},
		"group":             {from(ec2types.IpPermission{UserIdGroupPairs: []ec2types.UserIdGroupPair{{GroupId: &friend}}})},
	}
}

// edit is what somebody else does to the group just before one of our calls.
type edit func(t *testing.T, other *ec2fake.Cloud, group string)

// edits are foreign edits of the first entry that lets 24224 in.
var edits = map[string]edit{
	"revokes it": func(t *testing.T, other *ec2fake.Cloud, group string) {
		if e, ok := open24224(t, other, group); ok {
			_, err := other.RevokeSecurityGroupIngress(t.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, SecurityGroupRuleIds: []string{*e.SecurityGroupRuleId}})
			ignore(err)
		}
	},
	"adds the lower half": func(t *testing.T, other *ec2fake.Cloud, group string) {
		add(t, other, group, tcp(24000, 24223, "0.0.0.0/0", "theirs"))
	},
	"adds the upper half": func(t *testing.T, other *ec2fake.Cloud, group string) {
		add(t, other, group, tcp(24225, 25000, "0.0.0.0/0", "theirs"))
	},
	"opens more": func(t *testing.T, other *ec2fake.Cloud, group string) {
		add(t, other, group, tcp(24100, 24300, "192.0.2.0/24", "theirs"))
	},
}

// ignore is for a foreign edit that EC2 refuses: then there was none.
func ignore(error) {}

func add(t *testing.T, other *ec2fake.Cloud, group string, p ec2types.IpPermission) {
	_, err := other.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: []ec2types.IpPermission{p}})
	ignore(err)
}

func open24224(t *testing.T, other *ec2fake.Cloud, group string) (ec2types.SecurityGroupRule, bool) {
	g, err := ec2sg.Store{API: other}.Group(t.Context(), group)
	if err != nil {
		return ec2types.SecurityGroupRule{}, false
	}
	for _, e := range g.Entries {
		if rules.Covers(e, "tcp", rules.Port) {
			return e, true
		}
	}
	return ec2types.SecurityGroupRule{}, false
}

// faults are what befalls one call of EC2.
func faults(t *testing.T, group *string) map[string]ec2fake.Fault {
	dies := func(*ec2fake.Cloud) { panic(died) }
	all := map[string]ec2fake.Fault{
		"error":                    {Err: ec2fake.Broken()},
		"throttled":                {Err: ec2fake.Throttled()},
		"timed out after it":       {Err: ec2fake.TimedOut(), Lost: true},
		"death before it":          {Before: dies},
		"death after it":           {After: dies},
		"error, retried by nobody": {Err: errors.New("connection reset")},
	}
	for name, e := range edits {
		all["somebody "+name] = ec2fake.Fault{Before: func(other *ec2fake.Cloud) { e(t, other, *group) }}
	}
	return all
}

const died = "the process dies here"

// mortal runs a handler that may die, and says whether it did. Any other panic goes on.
func mortal(run func()) (dead bool) {
	defer func() {
		if r := recover(); r != nil {
			if r != died {
				panic(r)
			}
			dead = true
		}
	}()
	run()
	return false
}

// trial is one group on its way to being closed, watched at every change.
type trial struct {
	*cloud
	group  string
	before []ec2types.SecurityGroupRule
	shrunk []string // what was refused in between that was allowed
}

func newTrial(t *testing.T, kind string) *trial {
	t.Helper()
	tr := &trial{cloud: newCloud(t)}
	tr.group = tr.cloud.group("web", planKinds(tr.cloud)[kind]...)
	tr.awsvpcService("web", tr.group)
	tr.before = tr.entriesNow()
	floor, last, ours := tr.before, tr.before, map[string]bool{}
	tr.ec2.Set(func(s *ec2fake.Settings) {
		s.Monitor = func(ch ec2fake.Change) {
			if ch.Group != tr.group {
				return
			}
			if ch.Other { // what somebody else decides is the new floor, less what we had added for it
				floor = slices.DeleteFunc(slices.Clone(ch.Entries), func(e ec2types.SecurityGroupRule) bool { return ours[*e.SecurityGroupRuleId] })
				last = ch.Entries
				return
			}
			for _, e := range ch.Entries {
				if !slices.ContainsFunc(last, func(was ec2types.SecurityGroupRule) bool { return *was.SecurityGroupRuleId == *e.SecurityGroupRuleId }) {
					ours[*e.SecurityGroupRuleId] = true
				}
			}
			last = ch.Entries
			tr.shrunk = append(tr.shrunk, missing(floor, ch.Entries)...)
		}
	})
	tr.indexed()
	tr.audit(opened(tr.group))
	tr.ec2.Forget()
	return tr
}

func (tr *trial) entriesNow() []ec2types.SecurityGroupRule {
	tr.t.Helper()
	g, err := ec2sg.Store{API: tr.ec2.Other()}.Group(tr.t.Context(), tr.group)
	if err != nil {
		tr.t.Fatal(err)
	}
	return g.Entries
}

// missing lists ports, 24224 apart, that entries before allow and entries after do not, by protocol and source.
func missing(before, after []ec2types.SecurityGroupRule) []string {
	var gone []string
	ports := []int32{0, 24223, 24225, 65535}
	for _, e := range slices.Concat(before, after) {
		if e.FromPort != nil && *e.FromPort >= 0 {
			ports = append(ports, *e.FromPort, *e.ToPort, *e.FromPort-1, *e.ToPort+1)
		}
	}
	for _, e := range before {
		for _, port := range ports {
			protocol := rules.Protocol(aws.ToString(e.IpProtocol))
			if port == rules.Port || !rules.Covers(e, protocol, port) {
				continue
			}
			if !slices.ContainsFunc(after, func(a ec2types.SecurityGroupRule) bool {
				return rules.Source(a) == rules.Source(e) && rules.Covers(a, protocol, port)
			}) {
				gone = append(gone, fmt.Sprintf("%s %d %s", protocol, port, rules.Source(e)))
			}
		}
	}
	return gone
}

// deliver gives the remediator the same findings until nothing is left to deliver again, at most this often, each time after the
// lease of a dead handler has ended. It says how often.
func (tr *trial) deliver(findings []string, most int) int {
	for n := 1; n <= most; n++ {
		tr.findings = slices.Clone(findings)
		var failed int
		dead := mortal(func() { failed = len(tr.remediate()) })
		tr.now = tr.now.Add(2 * time.Minute)
		if !dead && failed == 0 {
			return n
		}
	}
	return most + 1
}

// problems are all ways in which a trial did not end as it should.
func (tr *trial) problems(notices int) []string {
	var bad []string
	for _, e := range tr.entriesNow() {
		if rules.Covers(e, "tcp", rules.Port) {
			bad = append(bad, "still open: "+rules.Allowance(e))
		}
	}
	was := map[string]string{}
	for _, e := range tr.before {
		was[*e.SecurityGroupRuleId] = aws.ToString(e.Description)
	}
	for _, e := range tr.entriesNow() {
		if old, kept := was[*e.SecurityGroupRuleId]; kept && old != aws.ToString(e.Description) {
			bad = append(bad, fmt.Sprintf("description of %s: %q, was %q", *e.SecurityGroupRuleId, aws.ToString(e.Description), old))
		}
	}
	for _, s := range tr.shrunk {
		bad = append(bad, "refused in between: "+s)
	}
	known, err := tr.stack.Ledger.Resource(tr.t.Context(), "security-group/"+tr.group)
	if err != nil || known.Pending != "" {
		bad = append(bad, fmt.Sprintf("pending %q, %v", known.Pending, err))
	}
	all, err := tr.stack.Ledger.Remediations(tr.t.Context())
	if err != nil || len(all) > 1 {
		bad = append(bad, fmt.Sprintf("%d remediations, %v", len(all), err))
	}
	for _, m := range all {
		var image []ec2types.SecurityGroupRule
		if err := json.Unmarshal(m.Before, &image); err != nil || m.Finished.IsZero() || m.Outcome != ledger.Remediated && m.Outcome != ledger.Resolved {
			bad = append(bad, fmt.Sprintf("remediation %+v, %v", m, err))
		}
	}
	if notices >= 0 && len(tr.notices) != notices {
		bad = append(bad, fmt.Sprintf("%d notices: %v", len(tr.notices), tr.statuses()))
	}
	return bad
}

// TestAFaultAtEveryCall runs every kind of plan with every fault at every call of EC2, then again until it converges: nothing
// lets 24224 in, nothing was refused in between, the ledger is at rest, and one notice was sent.
func TestAFaultAtEveryCall(t *testing.T) {
	runs, table := 0, []string{}
	for _, kind := range kindNames(t) {
		dry := newTrial(t, kind)
		if n := dry.deliver(dry.findings, 1); n != 1 || len(dry.problems(1)) > 0 {
			t.Fatalf("%s without a fault: %d deliveries, %v", kind, n, dry.problems(1))
		}
		calls := len(dry.ec2.Calls())
		var group string
		for name := range faults(t, &group) {
			for k := 1; k <= calls; k++ {
				tr := newTrial(t, kind)
				group = tr.group
				tr.ec2.FailAt(ec2fake.Nth(k), faults(t, &group)[name])
				n := tr.deliver(tr.findings, 4)
				notices := 1
				if strings.HasPrefix(name, "somebody ") {
					notices = -1 // somebody else may have closed it before we began
				}
				if bad := tr.problems(notices); n > 4 || len(bad) > 0 {
					t.Errorf("%s, %s at call %d: %d deliveries\n  %s\n  entries %v", kind, name, k, n, strings.Join(bad, "\n  "), texts(tr.entriesNow()))
				}
				runs++
			}
		}
		table = append(table, fmt.Sprintf("%-18s %2d calls x %d faults", kind, calls, len(faults(t, &group))))
	}
	t.Logf("%d runs, all converged:\n%s", runs, strings.Join(table, "\n"))
}

func kindNames(t *testing.T) []string {
	var names []string
	for name := range planKinds(newCloud(t)) {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
