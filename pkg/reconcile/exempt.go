package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/notify"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// exempted is a finding that an exemption suppresses.
type exempted struct {
	rules.Finding
	by policy.Exemption
}

// evaluate applies the rules to a resource, and parts what is exempt from the rest. The notes are for people: an exemption by tag
// that is not understood counts for nothing.
func (s Stack) evaluate(r rules.Resource) (found []rules.Finding, exempt []exempted, notes []string) {
	return s.withExemptions(rules.Evaluate(s.active(), r, s.params()), policy.TagsOf(r)[policy.ExemptTag])
}

// withExemptions parts findings that are exempt, by the policy or by their resource's own tag, from the rest.
func (s Stack) withExemptions(all []rules.Finding, tag string) (found []rules.Finding, exempt []exempted, notes []string) {
	for _, f := range all {
		by, ok := s.Policy.Exempt(f, s.Now())
		if !ok {
			var err error
			if by, ok, err = s.Policy.ExemptByTag(f, tag, s.Now()); err != nil && !slices.Contains(notes, err.Error()) {
				notes = append(notes, err.Error())
			}
		}
		if ok {
			exempt = append(exempt, exempted{f, by})
		} else {
			found = append(found, f)
		}
	}
	return found, exempt, notes
}

// suppress settles findings that are exempt.
func (r Remediator) suppress(w *work, exempt []exempted) {
	for _, e := range exempt {
		w.known.Settle([]string{e.Fingerprint()}, ledger.Suppressed, because(e.by), nil, r.Now())
	}
}

// because is what an exemption says.
func because(e policy.Exemption) string {
	s := "exempt by " + e.Place + " until " + e.Until.Format(time.DateOnly) + ": " + e.Reason
	if e.Owner != "" {
		s += " (" + e.Owner + ")"
	}
	return s
}

// byTag says whether a finding that is suppressed is so by a tag of its resource, of which people are told: whoever can open a port
// can often tag.
func byTag(f ledger.Finding) bool { return strings.HasPrefix(f.Reason, "exempt by tag ") }

// all are the findings and those that are exempt.
func all(found []rules.Finding, exempt []exempted) []rules.Finding {
	both := slices.Clone(found)
	for _, e := range exempt {
		both = append(both, e.Finding)
	}
	return both
}

// isSuppressed says whether the ledger knows that all these findings are suppressed, and of no other that is not at rest.
func isSuppressed(known ledger.Resource, exempt []exempted) bool {
	for _, e := range exempt {
		if known.Findings[e.Fingerprint()].Reason != because(e.by) {
			return false
		}
	}
	for _, f := range known.Findings {
		if f.State == ledger.Open || f.State == ledger.Reported || f.State == ledger.Blocked {
			return false
		}
	}
	return known.Rollout == nil && known.Pending == ""
}

// tellOfExemptions tells once of each exemption that has ended, that is about nothing of what a sweep listed, and that ends too far
// ahead to be looked at again.
func (s Sweeper) tellOfExemptions(ctx context.Context, refs []string, origin trigger.Origin) error {
	now := s.Now()
	for _, kind := range []struct {
		name string
		of   []policy.Exemption
		what string
	}{
		{"ended", s.Policy.Expired(now), "has ended, and counts no longer"},
		{"unmatched", s.Policy.Unmatched(refs, now), "is about no resource that is there"},
		{"far", s.Policy.Far(now), "ends more than a year ahead"},
	} {
		for _, e := range kind.of {
			reason := fmt.Sprintf("the exemption of %s on %s (%s, until %s, %s) %s", e.Rule, e.Resource, e.Place, e.Until.Format(time.DateOnly), e.Owner, kind.what)
			if err := s.tellFirst(ctx, "exemption/"+e.Key()+"/"+kind.name, ledger.Reported, reason, origin); err != nil {
				return err
			}
		}
	}
	return nil
}

// endingSoon is how long before its end an exemption is in the digest.
const endingSoon = 14 * 24 * time.Hour

// exemptions are those that end soon or have ended, for the digest.
func (s Sweeper) exemptions() []notify.Exemption {
	var all []notify.Exemption
	for _, e := range s.Policy.Exemptions {
		if e.Expired(s.Now().Add(endingSoon)) {
			all = append(all, notify.Exemption{Rule: e.Rule, Resource: e.Resource, Owner: e.Owner, Reason: e.Reason, Until: e.Until})
		}
	}
	return all
}
