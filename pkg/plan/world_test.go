package plan_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"pgregory.net/rapid"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

// world is a group on the strict fake with random entries.
type world struct {
	cloud  *ec2fake.Cloud
	store  ec2sg.Store
	id     string
	weight int    // at most so many entries count in one family
	bad    string // what was refused on the way
}

func newWorld(t *rapid.T) *world {
	w := &world{}
	w.cloud = ec2fake.New(ec2fake.Settings{Quota: 10000})
	w.store = ec2sg.Store{API: w.cloud}
	w.id = w.newGroup(t, "router")
	sources := w.sources(t)
	for range rapid.IntRange(0, 6).Draw(t, "entries") {
		e := drawEntry(t, sources)
		err := w.seed(e)
		if err != nil && !ec2sg.IsDuplicate(err) {
			t.Fatal(err)
		}
		if err == nil {
			w.weight++
		}
	}
	return w
}

// seed makes an entry by somebody else's hands: the store is under test.
func (w *world) seed(e types.SecurityGroupRule) error {
	p := types.IpPermission{IpProtocol: e.IpProtocol, FromPort: e.FromPort, ToPort: e.ToPort}
	switch {
	case e.CidrIpv4 != nil:
		p.IpRanges = []types.IpRange{{CidrIp: e.CidrIpv4, Description: e.Description}}
	case e.CidrIpv6 != nil:
		p.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: e.CidrIpv6, Description: e.Description}}
	case e.PrefixListId != nil:
		p.PrefixListIds = []types.PrefixListId{{PrefixListId: e.PrefixListId, Description: e.Description}}
	default:
		p.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: e.ReferencedGroupInfo.GroupId, Description: e.Description}}
	}
	in := &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &w.id, IpPermissions: []types.IpPermission{p}}
	if len(e.Tags) > 0 {
		in.TagSpecifications = []types.TagSpecification{{ResourceType: types.ResourceTypeSecurityGroupRule, Tags: e.Tags}}
	}
	_, err := w.cloud.Other().AuthorizeSecurityGroupIngress(context.Background(), in)
	return err
}

func (w *world) newGroup(t *rapid.T, name string) string {
	out, err := w.cloud.CreateSecurityGroup(context.Background(), &ec2.CreateSecurityGroupInput{GroupName: &name, Description: &name})
	if err != nil {
		t.Fatal(err)
	}
	return *out.GroupId
}

// sources are two of each kind.
func (w *world) sources(t *rapid.T) []types.SecurityGroupRule {
	friend := w.newGroup(t, "friend")
	list, err := w.cloud.CreateManagedPrefixList(context.Background(), &ec2.CreateManagedPrefixListInput{
		AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(1),
	})
	if err != nil {
		t.Fatal(err)
	}
	return []types.SecurityGroupRule{
		{CidrIpv4: aws.String("0.0.0.0/0")},
		{CidrIpv4: aws.String("10.0.0.0/8")},
		{CidrIpv6: aws.String("::/0")},
		{CidrIpv6: aws.String("2001:db8::/32")},
		{PrefixListId: list.PrefixList.PrefixListId},
		{ReferencedGroupInfo: &types.ReferencedSecurityGroup{GroupId: &friend}},
		{ReferencedGroupInfo: &types.ReferencedSecurityGroup{GroupId: &w.id}},
	}
}

// drawEntry draws an entry. Ports lie near 24224 and near the ends, and sources are few, so that entries meet.
func drawEntry(t *rapid.T, sources []types.SecurityGroupRule) types.SecurityGroupRule {
	e := sources[rapid.IntRange(0, len(sources)-1).Draw(t, "source")]
	protocol := rapid.SampledFrom([]string{"tcp", "tcp", "tcp", "udp", "udp", "-1", "icmp", "icmpv6", "50"}).Draw(t, "protocol")
	e.IpProtocol = &protocol
	switch protocol {
	case "tcp", "udp":
		a, b := drawPort(t, "from"), drawPort(t, "to")
		e.FromPort, e.ToPort = aws.Int32(min(a, b)), aws.Int32(max(a, b))
	default:
		e.FromPort, e.ToPort = aws.Int32(-1), aws.Int32(-1)
	}
	if text := rapid.SampledFrom([]string{"", "web", "log shippers"}).Draw(t, "description"); text != "" {
		e.Description = &text
	}
	for _, key := range rapid.SampledFrom([][]string{nil, {"team"}, {"team", "ticket"}}).Draw(t, "tags") {
		value := rapid.SampledFrom([]string{"a", "b"}).Draw(t, key)
		e.Tags = append(e.Tags, types.Tag{Key: aws.String(key), Value: &value})
	}
	return e
}

func drawPort(t *rapid.T, name string) int32 {
	near := rapid.Int32Range(rules.Port-2, rules.Port+2)
	ends := rapid.SampledFrom([]int32{0, 1, 65534, 65535})
	return rapid.OneOf(near, near, near, ends, rapid.Int32Range(0, 65535)).Draw(t, name)
}

func (w *world) group(t *rapid.T) rules.Group {
	g, err := w.store.Group(context.Background(), w.id)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// apply makes a step, and fails where EC2 refuses it or something else was refused on the way.
func (w *world) apply(t *rapid.T, s plan.Step) {
	if err := w.store.Apply(context.Background(), w.id, s); err != nil {
		t.Fatal(err)
	}
	if w.bad != "" {
		t.Fatalf("after %s: refused %s", s.Op, w.bad)
	}
}

// keepsAllowing watches, after every single change, that nothing of a set is refused.
func (w *world) keepsAllowing(want allowed) {
	w.cloud.Set(func(s *ec2fake.Settings) {
		s.Monitor = func(c ec2fake.Change) {
			if missing := lost(want, open(c.Entries, fix{}.all)); missing != "" && w.bad == "" {
				w.bad = missing
			}
		}
	})
}
