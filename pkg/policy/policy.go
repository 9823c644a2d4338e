package policy

import (
	"crypto/sha256"
	_ "embed" // the default policy
	"encoding/hex"
	"fmt"
	"slices"
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
	// TagModes lower the modes of rules on resources with a tag.
	TagModes []TagMode
	// Exemptions have findings left alone until they end.
	Exemptions []Exemption
	// TagExemptions lets a resource carry its own exemption in ExemptTag.
	TagExemptions bool
	// AllowProtocolLoss is rules.Params' own.
	AllowProtocolLoss bool
	// SharedGroups is rules.Remediate where a group may be changed although something else behind it may serve 24224.
	SharedGroups rules.Mode
	// Owned is rules.Remediate where a definition is corrected although CloudFormation, CDK, Terraform or Copilot keeps its source.
	Owned rules.Mode
	// Rollout is what is done about services that run a revision which was corrected.
	Rollout Rollout
	// RolloutTag lets a definition ask for a rollout of its own; see RolloutOf.
	RolloutTag bool
	// DeregisterCorrected says that a revision is deregistered when it was corrected and runs nowhere.
	DeregisterCorrected bool
	// Digest says when a sweep's digest is sent.
	Digest Digest
	// Sweep is what a sweep looks at.
	Sweep Scope
	// SweepPercent is how much of the rates at which AWS answers a sweep and an audit of the account take.
	SweepPercent int
	Brakes       Brakes
	Thresholds   Thresholds
}

// Thresholds are what some rules measure by; see rules.Params, which has the same fields.
type Thresholds struct {
	MemoryReservation int32 // MiB
	RouterName        string
	RequireMetadata   bool
	// Lists are the settings that rules declare themselves, by key.
	Lists map[string][]string
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

// Load is LoadAll of one text.
func Load(name string, text []byte, limit string) (Policy, error) {
	return LoadAll(limit, Source{name, text})
}

// LoadAll is Merge and WithCap for functions, which run on whatever they are given: with the error comes the default policy capped to
// report, so that nothing is changed until the fault is mended.
func LoadAll(limit string, sources ...Source) (Policy, error) {
	p, _, err := Merge(sources...)
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

// Params are what the rules depend on, but for the day: Today is the caller's to set.
func (p Policy) Params() rules.Params {
	return rules.Params{
		AllowProtocolLoss: p.AllowProtocolLoss, SharedGroups: p.SharedGroups == rules.Remediate,
		MemoryReservation: p.Thresholds.MemoryReservation, RouterName: p.Thresholds.RouterName, RequireMetadata: p.Thresholds.RequireMetadata,
		Lists: p.Thresholds.Lists,
	}
}

// Sum is the SHA-256, in hex, of what the policy means for the rule book: two texts that lead to the same have the same.
func (p Policy) Sum() string {
	var b strings.Builder
	for _, rule := range rules.All() {
		fmt.Fprintf(&b, "%s %s\n", rule.ID, p.Mode(rule))
	}
	p.Cap, p.Rules = "", nil // all that they mean is in the modes
	p.Exemptions = slices.Clone(p.Exemptions)
	for i := range p.Exemptions {
		p.Exemptions[i].Place = ""
	}
	fmt.Fprintf(&b, "%+v\n", p)
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}
