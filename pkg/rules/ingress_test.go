package rules_test

import (
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
)

// allowed is what a group lets in, by protocol and source: a bit a port.
type allowed map[string]*[65536]bool

// protocols that an allowed set tells apart; all-traffic entries are judged by their tcp and udp.
var transport = []string{"tcp", "udp"}

func allowedBy(g rules.Group) allowed {
	set := allowed{}
	for _, e := range g.Entries {
		for _, proto := range transport {
			key := proto + " " + rules.Source(e)
			if set[key] == nil {
				set[key] = new([65536]bool)
			}
			for port := range set[key] {
				set[key][port] = set[key][port] || rules.Covers(e, proto, int32(port))
			}
		}
	}
	return set
}

// TestGroupsLose24224AndNothingElse compares the allowed sets before and after each rule's fix, port by port.
func TestGroupsLose24224AndNothingElse(t *testing.T) {
	for name, p := range policies {
		for _, f := range fixtures(t) {
			g, ok := f.load(t).(rules.Group)
			rule, _ := rules.Find(f.rule)
			if !ok || f.good || rule.Fix == nil {
				continue
			}
			t.Run(name+"/"+f.String(), func(t *testing.T) {
				narrowed(t, allowedBy(g), allowedBy(rule.Fix(g, p).(rules.Group)), len(fixable(rule.Check(g, p))) == len(rule.Check(g, p)))
			})
		}
	}
}

// narrowed holds the allowed set after a fix against the one before. Where all was fixable, tcp 24224 is let in no longer.
func narrowed(t *testing.T, before, after allowed, all bool) {
	t.Helper()
	for key, ports := range before {
		for port, was := range ports {
			is := after[key] != nil && after[key][port]
			switch {
			case port != rules.Port && was != is:
				t.Fatalf("%s port %d: %v before, %v after", key, port, was, is)
			case port == rules.Port && is && (!was || all && key[:3] == "tcp"):
				t.Fatalf("%s port %d is let in", key, port)
			}
		}
	}
	for key := range after {
		if before[key] == nil {
			t.Errorf("%s is new", key)
		}
	}
}

func fixable(found []rules.Finding) []rules.Finding {
	var some []rules.Finding
	for _, f := range found {
		if f.Fixable {
			some = append(some, f)
		}
	}
	return some
}
