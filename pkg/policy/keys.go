package policy

import (
	"regexp"

	"github.com/firewarden/firewarden/pkg/rules"
)

// key is one key of a mapping that is read into a T, and what its value may be.
type key[T any] struct {
	name string
	shape[T]
	// about is what the key means, where the default does not hold it: those of a list's entries. All others have their comment there.
	about string
	// optional says that a list's entry may leave the key out.
	optional bool
}

// keys are all keys of a policy, in the order of the default's text, and the settings of a book's rules among the thresholds: the one
// table that the parser, the schema and YAML read.
func keys(book []rules.Rule) section[Policy] {
	return section[Policy]{
		{name: "mode", shape: word[Policy, rules.Mode]{func(p *Policy) *rules.Mode { return &p.Cap }, reportOrRemediate()}},
		{name: "rules", shape: modesByRule{}},
		{name: "tag_modes", shape: list[Policy, TagMode]{at: func(p *Policy) *[]TagMode { return &p.TagModes }, noun: "tag mode", keys: tagModeKeys()}},
		{name: "exemptions", shape: list[Policy, Exemption]{
			at: func(p *Policy) *[]Exemption { return &p.Exemptions }, noun: "exemption", keys: exemptionKeys(),
			placed: func(e *Exemption, place string) { e.Place = place },
		}},
		{name: "tag_exemptions", shape: boolean[Policy](func(p *Policy) *bool { return &p.TagExemptions })},
		{name: "allow_protocol_loss", shape: boolean[Policy](func(p *Policy) *bool { return &p.AllowProtocolLoss })},
		{name: "shared_groups", shape: word[Policy, rules.Mode]{func(p *Policy) *rules.Mode { return &p.SharedGroups }, reportOrRemediate()}},
		{name: "owned", shape: word[Policy, rules.Mode]{func(p *Policy) *rules.Mode { return &p.Owned }, reportOrRemediate()}},
		{name: "rollout", shape: word[Policy, Rollout]{func(p *Policy) *Rollout { return &p.Rollout }, []Rollout{RolloutNone, RolloutUpdateService}}},
		{name: "rollout_tag", shape: boolean[Policy](func(p *Policy) *bool { return &p.RolloutTag })},
		{name: "deregister_corrected", shape: boolean[Policy](func(p *Policy) *bool { return &p.DeregisterCorrected })},
		{name: "digest", shape: word[Policy, Digest]{func(p *Policy) *Digest { return &p.Digest }, []Digest{DigestAlways, DigestFindings, DigestNever}}},
		{name: "sweep", shape: word[Policy, Scope]{func(p *Policy) *Scope { return &p.Sweep }, []Scope{SweepInUse, SweepAllRevisions}}},
		{name: "sweep_percent", shape: count[Policy, int]{func(p *Policy) *int { return &p.SweepPercent }, leastPercent, 100}},
		{name: "brakes", shape: section[Policy]{
			{name: "before_first_sweep", shape: count[Policy, int]{func(p *Policy) *int { return &p.Brakes.BeforeFirstSweep }, 0, 0}},
			{name: "per_hour", shape: count[Policy, int]{func(p *Policy) *int { return &p.Brakes.PerHour }, 0, 0}},
			{name: "per_resource_per_hour", shape: count[Policy, int]{func(p *Policy) *int { return &p.Brakes.PerResourcePerHour }, 0, 0}},
		}},
		{name: "thresholds", shape: append(section[Policy]{
			{name: "memory_reservation", shape: count[Policy, int32]{func(p *Policy) *int32 { return &p.Thresholds.MemoryReservation }, leastMemory, 0}},
			{name: "router_name", shape: text[Policy]{func(p *Policy) *string { return &p.Thresholds.RouterName }, routerName()}},
			{name: "require_metadata", shape: boolean[Policy](func(p *Policy) *bool { return &p.Thresholds.RequireMetadata })},
		}, settings(book)...)},
	}
}

// reportOrRemediate are the modes of what is either told or done.
func reportOrRemediate() []rules.Mode { return []rules.Mode{rules.Report, rules.Remediate} }

// leastPercent is how little a sweep may take: with less it would not end before the next begins.
const leastPercent = 5

// leastMemory is what a container must at least reserve, in MiB: "The Docker 20.10.0 or later daemon reserves a minimum of 6 MiB of
// memory for a container" (ECS API reference, ContainerDefinition).
const leastMemory = 6

// form is what a text must match, and how that is said.
type form struct {
	*regexp.Regexp
	words string
}

// routerName is the form of a pattern of container names, which have letters, digits, hyphens and underscores, at most 255.
func routerName() form {
	return form{regexp.MustCompile(`^([A-Za-z0-9_*-]|\{family\}){1,255}$`), `letters, digits, "-", "_", "*" and "{family}"`}
}

// anything is the form of a text that says something.
func anything() form { return form{regexp.MustCompile(`\S`), "at least one word"} }
