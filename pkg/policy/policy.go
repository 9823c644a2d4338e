package policy

import (
	"crypto/sha256"
	_ "embed" // the default policy
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/firewarden/firewarden/pkg/rules"
)

//go:embed default.yaml
var defaultText []byte

// Policy is a whole policy. The zero value changes nothing: without a cap, findings are reported.
type Policy struct {
	// Cap is rules.Remediate, with which each rule's mode counts, or rules.Report, with which nothing is changed.
	Cap rules.Mode
	// Rules are the modes by pattern: a rule's id, or the beginning of some and "*".
	Rules map[string]rules.Mode
	// AllowProtocolLoss is rules.Params' own.
	AllowProtocolLoss bool
	// SharedGroups is rules.Remediate where a group may be changed although something else behind it may serve 24224.
	SharedGroups rules.Mode
	Brakes       Brakes
}

// Brakes bound how much is changed without a person having looked.
type Brakes struct {
	// BeforeFirstSweep is how many changes the account may see until a first sweep has completed.
	BeforeFirstSweep int
	// PerHour is how many the account may see in any hour, PerResourcePerHour how many one resource may.
	PerHour, PerResourcePerHour int
}

// Default is the embedded policy. (Its own test reads it; a faulty one would be the zero policy, which changes nothing.)
func Default() Policy {
	p, _ := over(Policy{}, document{name: "default.yaml", book: rules.All()}, defaultText)
	return p
}

// Load is Parse and WithCap for functions, which run on whatever they are given: with the error comes the default policy
// capped to report, so that nothing is changed until the fault is mended.
func Load(name string, text []byte, limit string) (Policy, error) {
	p, err := Parse(name, text)
	if err == nil {
		p, err = p.WithCap(limit)
	}
	if err != nil {
		p = Default()
		p.Cap = rules.Report
	}
	return p, err
}

// WithCap is the policy under one more cap, "report" or "remediate". It never raises: a policy that says report stays so.
func (p Policy) WithCap(limit string) (Policy, error) {
	switch rules.Mode(limit) {
	case rules.Remediate:
		return p, nil
	case rules.Report:
		p.Cap = rules.Report
		return p, nil
	}
	return Policy{}, fmt.Errorf("capping the policy: mode %q is neither report nor remediate", limit)
}

// Mode is what is done about a rule's findings: the mode of the most specific pattern, else the rule's own, under the cap. It is
// never more than the rule is able to: report instead of remediate or along where there is no fix to apply.
func (p Policy) Mode(rule rules.Rule) rules.Mode {
	mode, named := p.named(rule.ID)
	if !named {
		mode = rule.Mode
	}
	changes := mode == rules.Remediate || mode == rules.Along
	if changes && (p.Cap != rules.Remediate || !able(rule, mode)) {
		return rules.Report
	}
	return mode
}

// named is the mode of the id, else of the longest beginning.
func (p Policy) named(id string) (mode rules.Mode, ok bool) {
	if mode, ok = p.Rules[id]; ok {
		return mode, true
	}
	for n := len(id); n >= 0; n-- {
		if mode, ok = p.Rules[id[:n]+"*"]; ok {
			return mode, true
		}
	}
	return "", false
}

// able says whether a rule can have a mode: a fix is needed to change anything, and a corrected revision to go along with.
func able(rule rules.Rule, mode rules.Mode) bool {
	switch mode {
	case rules.Remediate:
		return rule.Fix != nil
	case rules.Along:
		return rule.Fix != nil && rule.Kind == rules.KindDefinition
	}
	return true
}

// Params are what the rules depend on.
func (p Policy) Params() rules.Params {
	return rules.Params{AllowProtocolLoss: p.AllowProtocolLoss, SharedGroups: p.SharedGroups == rules.Remediate}
}

// Digest is the SHA-256, in hex, of what the policy means for the rule book: two texts that lead to the same have the same.
func (p Policy) Digest() string {
	var b strings.Builder
	for _, rule := range rules.All() {
		fmt.Fprintf(&b, "%s %s\n", rule.ID, p.Mode(rule))
	}
	fmt.Fprintf(&b, "allow_protocol_loss %t\nshared_groups %s\nbrakes %+v\n", p.AllowProtocolLoss, p.SharedGroups, p.Brakes)
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}
