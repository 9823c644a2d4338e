package main

import "fmt"

// The shape of the account: what the bench is about.
const (
	revisionsAFamily = 50
	clusters         = 5
	groupsAService   = 3
	groupQuota       = 2500 // security groups of a Region, by default
	where            = "arn:aws:ecs:eu-central-1:123456789012:"
	standardGroup    = "sg-0000000000000dead"
)

// account is an account of so many families, each with a service. All that it holds follows from a number.
type account struct {
	n         int
	pool      int
	tasks     [clusters][]int // the services whose task runs, by cluster
	behind    map[int][]int   // the services behind a group of the pool
	byDefault []int
}

func newAccount(n int) *account {
	a := &account{n: n, pool: min(groupQuota, groupsAService*n), behind: map[int][]int{}}
	for i := range n {
		if a.desired(i) > 0 {
			a.tasks[i%clusters] = append(a.tasks[i%clusters], i)
		}
		for _, g := range a.groups(i) {
			a.behind[g] = append(a.behind[g], i)
		}
		if a.standard(i) {
			a.byDefault = append(a.byDefault, i)
		}
	}
	return a
}

// standard says whether a service is behind its VPC's default group: a fifth.
func (a *account) standard(i int) bool { return (i/clusters)%5 == 0 }

// desired is how many tasks a service wants: a tenth wants none.
func (a *account) desired(i int) int {
	if (i/25)%10 == 0 {
		return 0
	}
	return 1
}

// older says whether a service runs the revision before the latest: one of 40.
func (a *account) older(i int) bool { return i%40 == 11 }

func (a *account) revision(i int) int {
	if a.older(i) {
		return revisionsAFamily - 1
	}
	return revisionsAFamily
}

// wrong says whether a family's definitions are wrong, open whether a group lets 24224 in: together some 5% of each.
func (a *account) wrong(i int) bool { return i%20 == 7 }
func (a *account) open(g int) bool  { return g%20 == 3 }

func (a *account) groups(i int) []int {
	if a.standard(i) {
		return nil
	}
	var all []int
	for k := range groupsAService {
		all = append(all, (groupsAService*i+k)%a.pool)
	}
	return all
}

// services are how many services a cluster has.
func (a *account) services(cluster int) int { return (a.n - cluster + clusters - 1) / clusters }

func family(i int) string { return fmt.Sprintf("fam-%06d", i) }

func group(g int) string { return fmt.Sprintf("sg-%017x", g+1) }

func eni(i int) string { return fmt.Sprintf("eni-%017x", i+1) }

// bound is how many calls one sweep needs at least, by operation, and how many revisions are in use.
func (a *account) bound() (calls map[string]int, inUse int) {
	calls = map[string]int{"ListClusters": 1, "ListTaskDefinitions": up(a.n*revisionsAFamily, 100)}
	tasks := 0
	for c := range clusters {
		calls["ListServices"] += max(1, up(a.services(c), 100))
		calls["DescribeServices"] += up(a.services(c), 10)
		calls["ListTasks"] += max(1, up(len(a.tasks[c]), 100))
		calls["DescribeTasks"] += up(len(a.tasks[c]), 100)
		tasks += up(len(a.tasks[c]), 200)
	}
	inUse = a.n
	for i := range a.n {
		if a.older(i) {
			inUse++
		}
	}
	groups := len(a.behind) + 1                           // and the default one
	calls["DescribeSecurityGroups"] = up(groups, 200) + 1 // and the default groups of VPCs
	calls["DescribeSecurityGroupRules"] = up(groups, 200)
	calls["DescribeNetworkInterfaces"] = tasks + up(groups, 200) // and what is behind those that are open
	calls["DescribeSubnets"] = 1
	calls["ListEventBuses"], calls["ListRules"], calls["ListSchedules"] = 1, 1, 1 // the default bus; nothing starts tasks
	return calls, inUse
}

func up(n, by int) int { return (n + by - 1) / by }
