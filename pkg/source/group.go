package source

import (
	"cmp"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// group is a security group as a template tells it, and who uses it.
type group struct {
	id, name string
	at       Position
	// placed is where its inline entries begin.
	placed  Position
	entries []entry
	users   []user
}

// entry is an ingress entry in its widest reading, and why it may be narrower, or absent: "" where it is as it says.
type entry struct {
	rule types.SecurityGroupRule
	at   Position
	why  string
}

func (s *stack) group(r *resource) {
	g := s.add(r.name, r.at)
	g.name = r.properties.descend("GroupName").text
	inline := r.properties.descend("SecurityGroupIngress")
	g.placed = cmp.Or(inline.at, r.at)
	g.entries = s.entriesOf(inline, r.name+".SecurityGroupIngress", "")
}

func (s *stack) add(id string, at Position) *group {
	g := &group{id: id, at: at, placed: at}
	s.groups[id], s.order = g, append(s.order, id)
	return g
}

// outside is a group that the template does not hold: it may let anything in.
func (s *stack) outside(name string, at Position, why string) *group {
	if g := s.groups[name]; g != nil {
		return g
	}
	g := s.add(name, at)
	g.entries = []entry{anything(at, why)}
	return g
}

// anything is the widest entry of all.
func anything(at Position, why string) entry {
	protocol, source := "-1", "unknown"
	return entry{rule: types.SecurityGroupRule{IpProtocol: &protocol, CidrIpv4: &source}, at: at, why: why}
}

// ingress ties an entry of its own to its group.
func (s *stack) ingress(r *resource) {
	named := r.properties.descend("GroupId")
	if named.kind == null {
		named = r.properties.descend("GroupName")
	}
	doubt := ""
	if r.created.is == undecided {
		doubt = r.created.why
	}
	names := references(named)
	for _, n := range names {
		if g := s.groupNamed(n.name); g != nil {
			g.entries = append(g.entries, s.entriesAt(r.properties, r.name, cmp.Or(doubt, n.why), r.at)...)
			continue
		}
		s.loose = append(s.loose, looseEntry{resource: r, group: n.name, doubt: cmp.Or(doubt, n.why)})
	}
	if len(names) == 0 {
		s.omit(r.name, r.at, "it names no group%s", behind(named.why))
	}
}

// looseEntry is an entry of a group that the template does not hold.
type looseEntry struct {
	resource     *resource
	group, doubt string
}

// tieLoose ties the entries of groups that the template does not hold to those of them that its services name in the same way.
func (s *stack) tieLoose() {
	for _, e := range s.loose {
		r, g := e.resource, s.groups[e.group]
		if g == nil || e.group == nameless {
			s.omit(r.name, r.at, "its group %s is not in the template", quoted(e.group))
			continue
		}
		g.entries = append(g.entries, s.entriesAt(r.properties, r.name, e.doubt, r.at)...)
	}
}

func behind(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// groupNamed is the group that a text stands for, or that has it as its GroupName.
func (s *stack) groupNamed(name string) *group {
	if g := s.groupOf(name); g != nil {
		return g
	}
	for _, id := range s.order {
		if g := s.groups[id]; g.name != "" && g.name == name {
			return g
		}
	}
	return nil
}
