package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

// judge is what files are judged by: the policy, and the rules that it does not switch off.
type judge struct {
	policy policy.Policy
	rules  []rules.Rule
	params rules.Params
	now    time.Time
}

// judgeBy is the judge of that policy and day.
func judgeBy(p policy.Policy, now time.Time) judge {
	j := judge{policy: p, params: p.Params(), now: now}
	j.params.Today = now.UTC()
	j.rules = slices.DeleteFunc(rules.All(), func(r rules.Rule) bool { return p.Mode(r) == rules.Off })
	return j
}

// exempt is the exemption of a finding on a resource, by the policy or by the resource's own tag. The error is a tag that is not
// understood.
func (j judge) exempt(r source.Resource, f rules.Finding) (policy.Exemption, bool, error) {
	if e, ok := j.policy.Exempt(f, j.now); ok {
		return e, true, nil
	}
	return j.policy.ExemptByTag(f, policy.TagsOf(r.Resource)[policy.ExemptTag], j.now)
}

// found takes a finding in, unless it is suppressed.
func (s *scanner) found(r source.Resource, f report.Finding) {
	e, exempt, err := s.exempt(r, f.Finding)
	if fault := fmt.Sprintf("%s: %v", f.File, err); err != nil && !slices.Contains(s.faults, fault) { // once, not for every finding
		say(s.talk, "%s", report.Inert(fault))
		s.faults = append(s.faults, fault)
	}
	if !exempt {
		s.result.Findings = append(s.result.Findings, f)
		return
	}
	s.result.Suppressed = append(s.result.Suppressed, report.Suppressed{
		Finding: f, Reason: e.Reason, Owner: e.Owner, Until: e.Until.Format(time.DateOnly), By: e.Place,
	})
	say(s.talk, "%s:%d: %s is suppressed until %s by %s: %s", report.Inert(f.File), f.Line, f.Rule, e.Until.Format(time.DateOnly), e.Place, report.Inert(e.Reason))
}

// suppressions are the suppressed findings in a summary, where there are any.
func (s *scanner) suppressions() string {
	if len(s.result.Suppressed) == 0 {
		return ""
	}
	return fmt.Sprintf(" %d suppressed,", len(s.result.Suppressed))
}
