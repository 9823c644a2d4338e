// Package inventory tells who uses what: which services, tasks, schedules and rules of EventBridge a security group guards, which
// groups guard a family, and which services name a family's containers and ports.
//
// Floor 2. It reads, and decides nothing. One listing of all clusters, a [Snapshot], answers in every direction, so that a
// batch of events and a sweep list the account once. For C clusters with S services and T running tasks each, all in
// awsvpc mode, it costs
//
//	ceil(C/100) × ListClusters
//	C × (ceil(S/100) × ListServices + ceil(S/10) × DescribeServices + ceil(T/100) × (ListTasks + DescribeTasks))
//	ceil(T×C/200) × DescribeNetworkInterfaces
//	ceil(n/200) × DescribeSubnets and DescribeSecurityGroups for the n subnets and VPCs of services without groups
//
// Tasks in bridge and host mode have no interface of their own: they are behind the groups of their container instance. For I
// instances that run such a task in a cluster, and H in all, that costs besides
//
//	C × ceil(I/100) × DescribeContainerInstances
//	ceil(H/200) × DescribeNetworkInterfaces
//
// and nothing where all tasks are in awsvpc mode. Which of the two modes it is only the definition tells, and it is not read
// for that: each definition is described once, when somebody asks for the users of a group that guards it. An empty cluster
// costs one ListServices and one ListTasks; nothing is asked of EC2 when there is nothing to ask.
//
// What starts tasks some day is a user, too. Listing it costs, for B event buses with R rules each, D schedules that are enabled, and E of
// them all that start tasks,
//
//	ListEventBuses
//	B × (ceil(R/100) × ListRules + min(R, C + E) × ListTargetsByRule or ListRuleNamesByTarget)
//	ceil(D/100) × ListSchedules + E × GetSchedule
//
// or, where it is known already ([Reader].Keys), GetSchedule or DescribeRule and ListTargetsByRule for each of E alone.
//
// A snapshot holds the whole account; for one that is too large for that, a [Lister] lists it piece by piece.
package inventory
