// Package policy says what may be done about findings: a mode for each rule under one cap, what is exempt from it until when, what
// becomes of corrected revisions, by what thresholds some rules measure, and brakes. It is one YAML document, merged key by key from
// its sources; the embedded default (default.yaml) holds every key there is but the settings of single rules. The parser, the JSON
// Schema and the policy as YAML come of one table (keys.go).
//
// Floor 1. It is pure: no context, clock, environment or network. A policy is a value. A text that is not understood in
// full is refused in full, with the position of each fault; a key that would have no effect is a fault.
package policy
