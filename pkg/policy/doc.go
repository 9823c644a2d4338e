// Package policy says what may be done about findings: a mode for each rule under one cap, what the rules' fixes may cost, and
// brakes. It is one YAML document; the embedded default (default.yaml) holds every key there is.
//
// Floor 1. It is pure: no context, clock, environment or network. A policy is a value. A text that is not understood in
// full is refused in full, with the position of each fault; a key that would have no effect is a fault.
package policy
