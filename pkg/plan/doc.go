// Package plan computes the difference between a current and a desired state, as values that print themselves.
//
// Floor 1. It is pure. Rules say what is desired ([rules.Rule.Fix]); a plan is the ordered list of changes that leads
// there, in the order in which they must be made; adapters make them so.
package plan
