package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Exemption has the findings of rules on resources left alone: they are suppressed, neither told nor mended, until it ends.
type Exemption struct {
	// Rule is a rule's id, or the beginning of some and "*".
	Rule string
	// Resource is a glob as path.Match has them, over the resource's name ("sg-0abc*") or its kind and name
	// ("security-group/sg-0abc*", "task-definition/web-*").
	Resource string
	// Reason and Owner are why, and who answers for it. An exemption by tag has no owner: who set the tag is in CloudTrail.
	Reason, Owner string
	// Until is the last day on which it counts, as midnight UTC at its beginning.
	Until time.Time
	// Place is where it stands: "policy.yaml:12", or "tag firewarden:exempt".
	Place string
}

// Covers says whether an exemption is about a finding, whatever the day.
func (e Exemption) Covers(f rules.Finding) bool {
	return matches(e.Rule, f.Rule) && e.Matches(f.Resource)
}

// Matches says whether an exemption is about a resource, by its Ref ("security-group/sg-0abc").
func (e Exemption) Matches(ref string) bool {
	_, name, _ := strings.Cut(ref, "/")
	return glob(e.Resource, name) || glob(e.Resource, ref)
}

// glob is path.Match, of which a broken pattern matches nothing.
func glob(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// Expired says whether an exemption counts no longer. It counts to the end of its last day, in UTC.
func (e Exemption) Expired(at time.Time) bool { return !at.Before(e.Until.AddDate(0, 0, 1)) }

// farthest is how many days ahead an exemption's end may be without being remarked upon; by tag it may not be farther.
const farthest = 366

// Far says whether an exemption ends more than 366 days ahead: too far to be looked at again.
func (e Exemption) Far(at time.Time) bool { return e.Until.After(at.AddDate(0, 0, farthest)) }

// Key is 16 hex digits over what an exemption is about and until when, not over where it stands: what is told of it once is
// remembered under it.
func (e Exemption) Key() string {
	sum := sha256.Sum256([]byte(e.Rule + "\x00" + e.Resource + "\x00" + e.Until.Format(time.DateOnly)))
	return hex.EncodeToString(sum[:8])
}

// Exempt is the exemption that suppresses a finding: of several the one that ends last.
func (p Policy) Exempt(f rules.Finding, at time.Time) (Exemption, bool) {
	var best Exemption
	found := false
	for _, e := range p.Exemptions {
		if !e.Expired(at) && e.Covers(f) && (!found || e.Until.After(best.Until)) {
			best, found = e, true
		}
	}
	return best, found
}

// Expired are the exemptions that count no longer, in the policy's order.
func (p Policy) Expired(at time.Time) []Exemption {
	return p.exemptions(func(e Exemption) bool { return e.Expired(at) })
}

// Far are the exemptions that end more than 366 days ahead, in the policy's order. They count.
func (p Policy) Far(at time.Time) []Exemption {
	return p.exemptions(func(e Exemption) bool { return e.Far(at) })
}

// Unmatched are the exemptions that count and are about none of these resources (Refs, all that there are), in the policy's order.
func (p Policy) Unmatched(refs []string, at time.Time) []Exemption {
	return p.exemptions(func(e Exemption) bool {
		for _, ref := range refs {
			if e.Matches(ref) {
				return false
			}
		}
		return !e.Expired(at)
	})
}

func (p Policy) exemptions(those func(Exemption) bool) []Exemption {
	var all []Exemption
	for _, e := range p.Exemptions {
		if those(e) {
			all = append(all, e)
		}
	}
	return all
}
