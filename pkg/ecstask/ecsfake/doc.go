// Package ecsfake is ECS in memory, with AWS's strictness: what AWS refuses is refused in AWS's words where they are known,
// revisions are immutable and count up, pages and batches have AWS's limits, and a definition comes back as ECS stores it.
//
// Floor 2, for tests. A [Cloud] holds definitions, clusters, services and tasks, a [Network] the VPCs around them. Both record
// every call and fail at the one that they are told to ([Cloud.FailAt]). Services start their tasks at once and stop them when
// a deployment has settled ([Cloud.Settle]); nothing else happens by itself. Tasks are spread over the cluster's container
// instances; where it has none they run all the same. All methods are safe for concurrent use.
package ecsfake
