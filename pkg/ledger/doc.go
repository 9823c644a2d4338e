// Package ledger remembers what FireWarden found and did: findings and their status, remediations with their before-images,
// leases, brakes and sweeps.
//
// Floor 2. Below is a [Store] of JSON documents with optimistic concurrency, on one DynamoDB table ([Table]) or in memory
// ([Memory]); above it, the [Ledger]'s documents and what may happen to them. It knows no clock: times are passed in.
package ledger
