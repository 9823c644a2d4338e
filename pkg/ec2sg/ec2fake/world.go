package ec2fake

import (
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// world is the state of an account. Its values are never written into, only replaced, so that a copy may share them.
type world struct {
	next       int // the last id given; ids count up and are never given twice
	vpcs       []types.Vpc
	subnets    []types.Subnet
	interfaces []types.NetworkInterface
	lists      []types.ManagedPrefixList
	groups     []group
}

// group is a security group and its rules, ingress and egress, in the order of their making.
type group struct {
	types.SecurityGroup
	rules []types.SecurityGroupRule
}

func newWorld() *world { return &world{} }

func (w *world) clone() *world {
	c := *w
	c.vpcs, c.subnets, c.interfaces = slices.Clone(w.vpcs), slices.Clone(w.subnets), slices.Clone(w.interfaces)
	c.lists, c.groups = slices.Clone(w.lists), slices.Clone(w.groups)
	for i := range c.groups {
		c.groups[i].rules = slices.Clone(c.groups[i].rules)
	}
	return &c
}

// id gives the next id of a kind, in AWS's long form: a prefix and 17 hex digits.
func (w *world) id(prefix string) string {
	w.next++
	return fmt.Sprintf("%s-%017x", prefix, w.next)
}

func (w *world) group(id string) *group {
	for i := range w.groups {
		if aws.ToString(w.groups[i].GroupId) == id {
			return &w.groups[i]
		}
	}
	return nil
}

// ingress are copies of a group's ingress entries.
func (g *group) ingress() []types.SecurityGroupRule {
	var found []types.SecurityGroupRule
	for _, r := range g.rules {
		if !*r.IsEgress {
			found = append(found, own(r))
		}
	}
	return found
}

func (w *world) defaultVPC() string {
	for _, v := range w.vpcs {
		if aws.ToBool(v.IsDefault) {
			return *v.VpcId
		}
	}
	return ""
}

// isDefault says whether a group is in the default VPC, where calls go by name and a revoke forgives.
func (w *world) isDefault(g *group) bool { return *g.VpcId == w.defaultVPC() }

// entriesOf are the ingress entries of all groups, for the monitor.
func (w *world) entriesOf() map[string][]types.SecurityGroupRule {
	all := map[string][]types.SecurityGroupRule{}
	for i := range w.groups {
		all[*w.groups[i].GroupId] = w.groups[i].ingress()
	}
	return all
}

// own is a copy of a rule that shares nothing with the account's state.
func own(r types.SecurityGroupRule) types.SecurityGroupRule {
	for _, p := range []**string{
		&r.CidrIpv4, &r.CidrIpv6, &r.Description, &r.GroupId, &r.GroupOwnerId, &r.IpProtocol, &r.PrefixListId,
		&r.SecurityGroupRuleArn, &r.SecurityGroupRuleId,
	} {
		*p = copied(*p)
	}
	r.FromPort, r.ToPort, r.IsEgress = copied(r.FromPort), copied(r.ToPort), copied(r.IsEgress)
	r.ReferencedGroupInfo = copied(r.ReferencedGroupInfo)
	r.Tags = slices.Clone(r.Tags)
	return r
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// tagsOf are the tags of a call that are meant for one type of resource. EC2 refuses keys that it keeps for itself.
func tagsOf(specs []types.TagSpecification, kind types.ResourceType) ([]types.Tag, error) {
	byKey := map[string]string{}
	for _, s := range specs {
		if s.ResourceType != kind {
			return nil, invalidf("'%s' is not a valid taggable resource type for this operation.", s.ResourceType)
		}
		for _, t := range s.Tags {
			if reserved(aws.ToString(t.Key)) {
				return nil, invalidf("Tag keys starting with 'aws:' are reserved for internal use")
			}
			byKey[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
	}
	if len(byKey) > maxTags {
		return nil, Refusal("TagLimitExceeded", "The maximum number of tags has been reached.")
	}
	var tags []types.Tag
	for _, k := range slices.Sorted(maps.Keys(byKey)) {
		tags = append(tags, types.Tag{Key: aws.String(k), Value: aws.String(byKey[k])})
	}
	return tags, nil
}

const maxTags = 50
