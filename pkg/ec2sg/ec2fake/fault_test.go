package ec2fake_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
	"github.com/firewarden/firewarden/pkg/rules"
)

const authorizing = "AuthorizeSecurityGroupIngress"

func one(port int32) types.IpPermission { return from4(permission("tcp", port, port), "192.0.2.0/24") }

func TestFaults(t *testing.T) {
	cases := map[string]struct {
		fault ec2fake.Fault
		code  string
		ports []int32 // that are open afterwards
	}{
		"an error":                    {ec2fake.Fault{Err: ec2fake.Broken()}, "InternalError", []int32{1, 3}},
		"a throttle":                  {ec2fake.Fault{Err: ec2fake.Throttled()}, "RequestLimitExceeded", []int32{1, 3}},
		"a time-out after the change": {ec2fake.Fault{Err: ec2fake.TimedOut(), Lost: true}, "", []int32{1, 2, 3}},
		"an edit just before": {ec2fake.Fault{Before: func(other *ec2fake.Cloud) {
			_, _ = other.AuthorizeSecurityGroupIngress(context.Background(), &ec2.AuthorizeSecurityGroupIngressInput{
				GroupId: aws.String(groupOf(other)), IpPermissions: []types.IpPermission{one(9)},
			})
		}}, "", []int32{1, 2, 3, 9}},
	}
	for name, k := range cases {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, ec2fake.Settings{})
			a.FailAt(ec2fake.NthOf(authorizing, 2), k.fault)
			for port := int32(1); port <= 3; port++ {
				_, err := a.authorize(one(port))
				if failed := port == 2 && k.fault.Err != nil; failed != (err != nil) || failed && code(err) != k.code {
					t.Errorf("call %d is answered with %v", port, err)
				}
			}
			open := map[int32]bool{}
			for _, e := range a.ingress(a.group) {
				open[*e.FromPort] = true
			}
			if len(open) != len(k.ports) {
				t.Errorf("open are %v, not %v", open, k.ports)
			}
			if n := len(a.Calls()); n != 3 {
				t.Errorf("recorded %d calls, not 3: other people's are not recorded", n)
			}
		})
	}
}

// groupOf finds the group called router.
func groupOf(c *ec2fake.Cloud) string {
	out, err := c.DescribeSecurityGroups(context.Background(), &ec2.DescribeSecurityGroupsInput{
		Filters: []types.Filter{{Name: aws.String("group-name"), Values: []string{"router"}}},
	})
	if err != nil || len(out.SecurityGroups) != 1 {
		return ""
	}
	return *out.SecurityGroups[0].GroupId
}

func TestATimeOutIsOne(t *testing.T) {
	if !errors.Is(ec2fake.TimedOut(), os.ErrDeadlineExceeded) {
		t.Error("TimedOut is no deadline")
	}
}

func TestCallsHoldInputsAndAnswers(t *testing.T) {
	a := newAccount(t, ec2fake.Settings{})
	a.FailAt(ec2fake.NthWrite(1), ec2fake.Fault{Err: ec2fake.Denied()})
	_, _ = a.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{})
	_, _ = a.authorize(one(1))
	calls := a.Calls()
	if len(calls) != 2 || calls[0].Writes() || !calls[1].Writes() || code(calls[1].Err) != "UnauthorizedOperation" {
		t.Fatalf("recorded %+v", calls)
	}
	if in, ok := calls[1].Input.(*ec2.AuthorizeSecurityGroupIngressInput); !ok || *in.GroupId != a.group {
		t.Errorf("recorded the input %+v", calls[1].Input)
	}
}

func TestACanceledCallerChangesNothing(t *testing.T) {
	a := newAccount(t, ec2fake.Settings{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := a.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &a.group, IpPermissions: []types.IpPermission{one(1)}})
	if !errors.Is(err, context.Canceled) || len(a.ingress(a.group)) != 0 {
		t.Errorf("answered %v", err)
	}
}

// Row E35 of docs/emulator.md.
func TestReadsLagBehindWrites(t *testing.T) {
	a := newAccount(t, ec2fake.Settings{})
	a.Set(func(s *ec2fake.Settings) { s.Lag = 2 })
	_, err := a.authorize(one(1))
	a.must(err)
	for read, want := range []int{0, 0, 1, 1} {
		out, err := a.DescribeSecurityGroupRules(t.Context(), &ec2.DescribeSecurityGroupRulesInput{
			Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{a.group}}},
		})
		a.must(err)
		if got := len(out.SecurityGroupRules) - 1; got != want { // less the egress entry
			t.Errorf("read %d sees %d entries, not %d", read, got, want)
		}
	}
	if _, err := a.authorize(one(1)); code(err) != "InvalidPermission.Duplicate" {
		t.Errorf("a write sees the past: %v", err)
	}
}

func TestTheMonitorSeesEveryChangeOnce(t *testing.T) {
	var seen []ec2fake.Change
	a := newAccount(t, ec2fake.Settings{})
	a.Set(func(s *ec2fake.Settings) { s.Monitor = func(c ec2fake.Change) { seen = append(seen, c) } })
	made, err := a.authorize(from4(permission("tcp", 1, 2), "192.0.2.0/24", "198.51.100.0/24"))
	a.must(err)
	_, err = a.authorize(from4(permission("tcp", 1, 2), "192.0.2.0/24"))
	if err == nil {
		t.Fatal("a duplicate was accepted")
	}
	_, err = a.Other().RevokeSecurityGroupIngress(t.Context(), &ec2.RevokeSecurityGroupIngressInput{
		GroupId: &a.group, SecurityGroupRuleIds: []string{*made[0].SecurityGroupRuleId},
	})
	a.must(err)
	if len(seen) != 2 || len(seen[0].Entries) != 2 || seen[0].Other || len(seen[1].Entries) != 1 || !seen[1].Other || seen[1].Group != a.group {
		t.Errorf("saw %+v", seen)
	}
}

func TestAnswersAreTheCallersOwn(t *testing.T) {
	a := newAccount(t, ec2fake.Settings{})
	made, err := a.authorize(one(1))
	a.must(err)
	*made[0].FromPort, *made[0].CidrIpv4 = 24224, "0.0.0.0/0"
	if got := rules.Allowance(a.ingress(a.group)[0]); got != "tcp 1 192.0.2.0/24" {
		t.Errorf("writing into an answer changed the account: %s", got)
	}
}

// Row E33 of docs/emulator.md.
func TestPages(t *testing.T) {
	a := newAccount(t, ec2fake.Settings{PageSize: 2})
	for port := range int32(5) {
		_, err := a.authorize(one(port))
		a.must(err)
	}
	pages := ec2.NewDescribeSecurityGroupRulesPaginator(a, &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{a.group}}},
	})
	n, seen := 0, map[string]bool{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		a.must(err)
		n++
		for _, r := range page.SecurityGroupRules {
			seen[*r.SecurityGroupRuleId] = true
		}
	}
	if n != 3 || len(seen) != 6 {
		t.Errorf("%d rules on %d pages", len(seen), n)
	}
	_, err := a.DescribeSecurityGroupRules(t.Context(), &ec2.DescribeSecurityGroupRulesInput{MaxResults: aws.Int32(4)})
	if code(err) != "InvalidParameterValue" {
		t.Errorf("a page of 4 is answered with %v", err)
	}
}

func TestManyCallersAtOnce(t *testing.T) {
	a := newAccount(t, ec2fake.Settings{Lag: 1, Quota: 100, Monitor: func(ec2fake.Change) {}})
	var all sync.WaitGroup
	for caller := range int32(8) {
		all.Go(func() {
			for port := range int32(10) {
				_, _ = a.authorize(one(port)) // all want the same ten
				_, _ = a.DescribeSecurityGroupRules(context.Background(), &ec2.DescribeSecurityGroupRulesInput{})
				_ = a.Calls()
				a.FailAt(ec2fake.NthOf("DeleteSecurityGroup", int(caller)+1), ec2fake.Fault{Err: ec2fake.Broken()})
			}
		})
	}
	all.Wait()
	if n := len(a.ingress(a.group)); n != 10 {
		t.Errorf("%d entries, not 10", n)
	}
}
