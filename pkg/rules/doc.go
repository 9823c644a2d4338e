// Package rules is the rule book: what a correct FireLens setup looks like, and the corrected state where there is one.
//
// Floor 0. It is pure: no context, clock, environment or network, and no imports beyond the standard library and the
// AWS SDK's types. A rule is a value ([Rule]); it looks at a [Definition] or a [Group] and answers with [Finding]s.
//
// Laws, tested for every rule over every fixture: Check and Fix do not mutate; Check(Fix(x)) leaves no fixable finding;
// Fix(Fix(x)) = Fix(x); Fix of a compliant resource returns it unchanged; a Fix adds no finding of another rule.
package rules
