package reconcile_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/policy"
)

func TestAllTrafficIsSpelledOutWhereThePolicyAllowsTheLoss(t *testing.T) {
	c := newCloud(t)
	p, err := policy.Parse("policy.yaml", []byte("allow_protocol_loss: true"))
	if err != nil {
		t.Fatal(err)
	}
	c.stack.Policy = p
	g := c.group("web", ec2types.IpPermission{IpProtocol: aws.String("-1"), IpRanges: []ec2types.IpRange{{CidrIp: aws.String("10.0.0.0/8"), Description: aws.String("vpc")}}})
	c.awsvpcService("web", g)
	c.run(opened(g))
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{
		"icmp type -1 code -1 10.0.0.0/8 (vpc)", "icmpv6 type -1 code -1 10.0.0.0/8 (vpc)",
		"tcp 0-24223 10.0.0.0/8 (vpc)", "tcp 24225-65535 10.0.0.0/8 (vpc)", "udp 0-65535 10.0.0.0/8 (vpc)",
	})
	want(t, "notices", c.statuses(), []string{"remediated security-group/" + g})
	if !strings.Contains(strings.Join(c.notices[0].Notes, "\n"), "other IP protocols") {
		t.Errorf("the notice does not say what is lost: %v", c.notices[0].Notes)
	}
}

func TestAGroupOfAnotherOwnerIsReportedNotChanged(t *testing.T) {
	c := newCloud(t)
	c.stack.Account = "999999999999"
	g := c.group("shared", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	c.run(opened(g))
	c.run(opened(g))
	want(t, "entries", c.entries(g), []string{"tcp 24224 0.0.0.0/0 ()"})
	want(t, "notices", c.statuses(), []string{"blocked security-group/" + g})
	want(t, "reason", c.notices[0].Reason, "group of another owner")
}

func TestAnEventAboutAGroupThatIsGoneIsDropped(t *testing.T) {
	c := newCloud(t)
	all := ec2types.IpPermission{IpProtocol: aws.String("-1"), IpRanges: []ec2types.IpRange{{CidrIp: aws.String("10.0.0.0/8")}}}
	g := c.group("web", all)
	c.awsvpcService("web", g)
	c.run(opened(g))
	want(t, "notices", c.statuses(), []string{"reported security-group/" + g})
	c.run(opened("sg-0123456789abcdef0"))
	want(t, "notices after an event about a group that is gone", len(c.notices), 1)
}
