// Package reconcile holds the order of steps, and nothing else does: the Auditor reads state and says what is wrong, the
// Sweeper lists the account and splits it into shards, the Remediator mends what the policy lets it mend.
//
// Floor 3. Level, not edge: an event names a resource, its state is always read afresh. Every handler may run twice, late, in
// any order, and may die after any call.
package reconcile
