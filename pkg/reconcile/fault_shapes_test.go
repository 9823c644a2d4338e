package reconcile_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
	"github.com/firewarden/firewarden/pkg/rules"
)

// shape is a group as one row of DESIGN.md's section 5 finds it. Its first entry is the target: the one that lets 24224 in,
// and that somebody else edits.
type shape struct {
	name    string
	entries func(*scene) []ec2types.IpPermission
	fluentd bool
	loss    bool // the policy's allow_protocol_loss
	plan    string
	// refuses makes EC2 refuse for good what the plan needs, for this reason; then the group stays as it was.
	refuses func(*scene)
	reason  string
}

// shapes are all the kinds of plan, with the steps that a run without faults makes: a for authorize, m for modify, r for revoke.
var shapes = []shape{
	{name: "exact", plan: "r", entries: only(24224, 24224, anywhere)},
	{name: "lower edge", plan: "m", entries: only(24224, 24300, anywhere)},
	{name: "upper edge", plan: "m", entries: only(24100, 24224, anywhere)},
	{name: "inside", plan: "am", entries: only(24000, 25000, anywhere)},
	{name: "inside, upper half there", plan: "m", entries: beside(24225, 25000)},
	{name: "inside, lower half there", plan: "ar", entries: beside(24000, 24223)},
	{name: "inside, both halves there", plan: "r", entries: func(s *scene) []ec2types.IpPermission {
		return append(beside(24225, 25000)(s), told(anywhere(permission("tcp", 24000, 24223)), "theirs"))
	}},
	{name: "several", plan: "rramm", entries: func(*scene) []ec2types.IpPermission {
		return []ec2types.IpPermission{
			told(tenNet(permission("tcp", 24224, 24224)), target), told(anywhere(permission("tcp", 24224, 24224)), "mesh"),
			told(tenNet(permission("tcp", 24000, 25000)), "shippers"), told(everywhere6(permission("tcp", 24224, 24300)), "six"),
			told(anywhere(permission("tcp", 443, 443)), "tls"), told(anywhere(permission("udp", 24224, 24224)), "other protocol"),
		}
	}},
	{name: "all traffic", plan: "aaaam", loss: true, entries: func(*scene) []ec2types.IpPermission {
		return []ec2types.IpPermission{told(anywhere(ec2types.IpPermission{IpProtocol: aws.String("-1")}), target)}
	}},
	{name: "all traffic, left alone", plan: "", entries: func(*scene) []ec2types.IpPermission {
		return []ec2types.IpPermission{told(anywhere(ec2types.IpPermission{IpProtocol: aws.String("-1")}), target)}
	}},
	{name: "referenced group", plan: "am", entries: func(s *scene) []ec2types.IpPermission {
		p := permission("tcp", 24000, 25000)
		p.UserIdGroupPairs = []ec2types.UserIdGroupPair{{GroupId: &s.friend, Description: aws.String(target)}}
		return []ec2types.IpPermission{p}
	}},
	{name: "prefix list", plan: "am", entries: func(s *scene) []ec2types.IpPermission {
		p := permission("tcp", 24000, 25000)
		p.PrefixListIds = []ec2types.PrefixListId{{PrefixListId: &s.list, Description: aws.String(target)}}
		return []ec2types.IpPermission{p}
	}},
	{name: "IPv6", plan: "am", entries: only(24000, 25000, everywhere6)},
	{name: "udp with Fluentd", plan: "amr", fluentd: true, entries: func(*scene) []ec2types.IpPermission {
		return []ec2types.IpPermission{
			told(anywhere(permission("udp", 24000, 25000)), target), told(anywhere(permission("tcp", 24224, 24224)), "exact"),
		}
	}},
}

// refusedShapes are groups whose plan EC2 refuses for good, also after its first steps.
var refusedShapes = []shape{
	{name: "inside, quota", plan: "", entries: only(24000, 25000, anywhere), reason: "quota", refuses: quota(1)},
	{name: "all traffic, quota", plan: "aarr", loss: true, entries: shapeNamed("all traffic").entries, reason: "quota", refuses: quota(3)},
	{name: "inside, denied", plan: "ar", entries: only(24000, 25000, anywhere), reason: "access denied", refuses: func(s *scene) {
		s.ec2.FailAt(ec2fake.On("ModifySecurityGroupRules"), ec2fake.Fault{Err: ec2fake.Denied()})
	}},
	{
		name: "referenced group, gone", plan: "ar", entries: shapeNamed("referenced group").entries, reason: "stale: EC2 does not know what the entry names",
		refuses: func(s *scene) {
			s.ec2.FailAt(ec2fake.On("ModifySecurityGroupRules"), ec2fake.Fault{Err: ec2fake.Refusal("InvalidGroup.NotFound", "no such group")})
		},
	},
}

func quota(n int) func(*scene) {
	return func(s *scene) { s.ec2.Set(func(set *ec2fake.Settings) { set.Quota = n }) }
}

func shapeNamed(name string) shape {
	i := slices.IndexFunc(shapes, func(k shape) bool { return k.name == name })
	return shapes[i]
}

// target is the description of the entry that a kind is about.
const target = "target"

func permission(protocol string, from, to int32) ec2types.IpPermission {
	return ec2types.IpPermission{IpProtocol: &protocol, FromPort: &from, ToPort: &to}
}

func anywhere(p ec2types.IpPermission) ec2types.IpPermission {
	p.IpRanges = []ec2types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}}
	return p
}

func tenNet(p ec2types.IpPermission) ec2types.IpPermission {
	p.IpRanges = []ec2types.IpRange{{CidrIp: aws.String("10.0.0.0/8")}}
	return p
}

func everywhere6(p ec2types.IpPermission) ec2types.IpPermission {
	p.Ipv6Ranges = []ec2types.Ipv6Range{{CidrIpv6: aws.String("::/0")}}
	return p
}

// told is a permission of one range with a description.
func told(p ec2types.IpPermission, description string) ec2types.IpPermission {
	for i := range p.IpRanges {
		p.IpRanges[i].Description = &description
	}
	for i := range p.Ipv6Ranges {
		p.Ipv6Ranges[i].Description = &description
	}
	return p
}

func only(from, to int32, source func(ec2types.IpPermission) ec2types.IpPermission) func(*scene) []ec2types.IpPermission {
	return func(*scene) []ec2types.IpPermission {
		return []ec2types.IpPermission{told(source(permission("tcp", from, to)), target)}
	}
}

// beside is an entry around 24224 with another one next to it.
func beside(from, to int32) func(*scene) []ec2types.IpPermission {
	return func(*scene) []ec2types.IpPermission {
		return []ec2types.IpPermission{told(anywhere(permission("tcp", 24000, 25000)), target), told(anywhere(permission("tcp", from, to)), "theirs")}
	}
}

// scene is an account with one group of a plan's kind, in use by a FireLens service, and the finding of it on its way.
type scene struct {
	*cloud
	shape        shape
	group        string
	friend, list string // a group and a prefix list that entries can name
	first        []ec2types.SecurityGroupRule
	target       ec2types.SecurityGroupRule
	bodies       []string
}

func newScene(t *testing.T, k shape) *scene {
	t.Helper()
	s := &scene{cloud: newCloud(t), shape: k}
	s.stack.Policy.AllowProtocolLoss = k.loss
	s.friend = s.cloud.group("friend")
	list, err := s.ec2.Other().CreateManagedPrefixList(t.Context(), &ec2.CreateManagedPrefixListInput{
		PrefixListName: aws.String("offices"), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(2),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.list = *list.PrefixList.PrefixListId
	s.group = s.cloud.group("web")
	for _, p := range k.entries(s) {
		s.tagged(p)
	}
	in := firelens("web", ecstypes.NetworkModeAwsvpc)
	if k.fluentd {
		in.ContainerDefinitions[0].FirelensConfiguration.Type = ecstypes.FirelensConfigurationTypeFluentd
	}
	s.service("web", s.register(in), s.group)
	s.first = s.standing()
	for _, e := range s.first {
		if aws.ToString(e.Description) == target {
			s.target = e
		}
	}
	s.indexed()
	s.bodies = s.found()
	if k.refuses != nil {
		k.refuses(s)
	}
	return s
}

// tagged lets a permission in, each entry with tags of its own.
func (s *scene) tagged(p ec2types.IpPermission) {
	s.t.Helper()
	_, err := s.ec2.Other().AuthorizeSecurityGroupIngress(s.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &s.group, IpPermissions: []ec2types.IpPermission{p},
		TagSpecifications: []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeSecurityGroupRule, Tags: []ec2types.Tag{
			{Key: aws.String("team"), Value: aws.String("payments")},
		}}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// standing are the group's ingress entries now; none where it is gone.
func (s *scene) standing() []ec2types.SecurityGroupRule {
	s.t.Helper()
	g, err := ec2sg.Store{API: s.ec2.Other()}.Group(s.t.Context(), s.group)
	if err != nil && !ec2sg.IsNotFound(err) {
		s.t.Fatal(err)
	}
	return g.Entries
}

// found audits the group and takes what was found off the bus.
func (s *scene) found() []string {
	s.t.Helper()
	if failed := s.audit(opened(s.group)); len(failed) > 0 {
		s.t.Fatalf("the audit failed: %v", failed)
	}
	bodies := s.findings
	s.findings = nil
	return bodies
}

// listens says whether the service's router listens on 24224 of a protocol.
func (s *scene) listens(protocol string) bool {
	return protocol == "tcp" || protocol == "udp" && s.shape.fluentd
}

// closes says whether 24224 is to be taken out of an entry, for one protocol that it lets in.
func (s *scene) closes(e ec2types.SecurityGroupRule, protocol string) bool {
	return s.listens(protocol) && (rules.Protocol(*e.IpProtocol) != "-1" || s.shape.loss)
}
