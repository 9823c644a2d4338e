package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
)

// ExemptTag is the tag by which a resource carries its own exemption, where the policy has tag_exemptions.
const ExemptTag = "firewarden:exempt"

// exemptTagForm is what the tag's value looks like. It keeps to what all services take in a tag: letters, digits, spaces and
// + - = . _ : / @, at most 256 characters (AWS, "Tag naming limits and requirements").
const exemptTagForm = `"FL101 until=2027-01-31 reason=why"`

// ParseTagExemption reads the value of ExemptTag: ids of rules, "until=" with the last day on which it counts, and "reason=" with all
// that follows. It returns one exemption a rule; their Resource is "*", since they count for the resource that carries them.
func ParseTagExemption(value string) ([]Exemption, error) {
	head, reason, _ := strings.Cut(value, "reason=")
	reason = strings.TrimSpace(reason)
	var ids []string
	var until time.Time
	for word := range strings.FieldsSeq(head) {
		day, dated := strings.CutPrefix(word, "until=")
		_, known := rules.Find(word)
		var err error
		switch {
		case dated:
			if until, err = time.Parse(time.DateOnly, day); err != nil {
				return nil, tagFault("%q is no date", day)
			}
		case !known:
			return nil, tagFault("%q is no rule's id", word)
		default:
			ids = append(ids, word)
		}
	}
	switch {
	case len(ids) == 0:
		return nil, tagFault("it names no rule")
	case until.IsZero():
		return nil, tagFault("exemption needs `until`")
	case reason == "":
		return nil, tagFault("exemption needs `reason`")
	}
	var all []Exemption
	for _, id := range slices.Compact(ids) {
		all = append(all, Exemption{Rule: id, Resource: "*", Reason: reason, Until: until, Place: "tag " + ExemptTag})
	}
	return all, nil
}

func tagFault(format string, args ...any) error {
	return fmt.Errorf("tag %s: %s: write %s", ExemptTag, fmt.Sprintf(format, args...), exemptTagForm)
}

// ExemptByTag is the exemption that suppresses a finding by its resource's own ExemptTag, whose value this is ("" for none). It is
// never given where the policy does not have tag_exemptions. A value that is not understood in full, or ends more than 366 days
// ahead, counts for nothing: the error says why, for the notice.
func (p Policy) ExemptByTag(f rules.Finding, value string, at time.Time) (Exemption, bool, error) {
	if !p.TagExemptions || value == "" {
		return Exemption{}, false, nil
	}
	all, err := ParseTagExemption(value)
	if err != nil {
		return Exemption{}, false, err
	}
	i := slices.IndexFunc(all, func(e Exemption) bool { return e.Rule == f.Rule })
	switch {
	case i < 0 || all[i].Expired(at):
		return Exemption{}, false, nil
	case all[i].Far(at):
		return Exemption{}, false, tagFault("it ends more than %d days ahead", farthest)
	}
	return all[i], true, nil
}
