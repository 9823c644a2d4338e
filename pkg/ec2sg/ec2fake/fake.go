// Package ec2fake is a strict, stateful EC2 in memory: VPCs, subnets, security groups and their rules, prefix lists, network
// interfaces. It has the SDK's own method signatures and stands in for *ec2.Client in tests.
//
// It obeys AWS's law, also where moto does not: a call takes effect whole or not at all, duplicates are refused whatever
// their description, CIDRs are stored canonical, a rule keeps its kind of source, quotas are counted by address family,
// prefix lists weigh their maximum, a revoke by values that match nothing fails in one VPC and is a footnote in the default
// one. It can lag behind its writes, page, fail at the call it is told to, and let somebody else in just before a call.
// Where AWS's documentation is silent, the comment at the place says what is assumed.
package ec2fake

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Owner is the account that everything belongs to.
const Owner = "123456789012"

// DefaultVPC is the id of the Region's default VPC, which is there from the start with a subnet and a default group.
const DefaultVPC = "vpc-00000000000000001"

// Quota is AWS's default number of ingress entries a group may have, for each address family.
const Quota = 60

// Cloud is a client of the fake account. All clients of one account share its state; safe for concurrent use. Make one with
// [New].
type Cloud struct {
	*account
	// other marks a client that is somebody else's: see [Cloud.Other].
	other bool
}

// account is what all clients share.
type account struct {
	mu       sync.Mutex
	settings Settings
	now      *world
	stale    *world // what reads see while the account lags
	lag      int    // how many reads still do
	calls    []Call
	faults   []fault
}

// Settings are how an account behaves. The zero value is AWS's default behaviour, without lag and with one page.
type Settings struct {
	// Quota is the number of ingress entries a group may have in each address family; 0 means [Quota].
	Quota int
	// PageSize is the most that one page holds, whatever a call asks for; 0 means no limit of its own.
	PageSize int
	// Lag is how many reads after a write still see the state before it.
	Lag int
	// Monitor, when set, is told of every single change of ingress entries, whoever made it, in order. It must not use the
	// fake.
	Monitor func(Change)
}

// Change is one change of a group's ingress entries.
type Change struct {
	// Op is the call's name; Other says that somebody else made it.
	Op    string
	Other bool
	Group string
	// Entries are the group's ingress entries after it: the monitor's own copy.
	Entries []types.SecurityGroupRule
}

// New is an account with a default VPC.
func New(s Settings) *Cloud {
	a := &account{settings: s, now: newWorld()}
	a.now.addVPC(true)
	return &Cloud{account: a}
}

// Other is a client of the same account in somebody else's hands: its calls are not recorded, do not fail on command and see
// every write at once.
func (c *Cloud) Other() *Cloud { return &Cloud{account: c.account, other: true} }

// Set changes the account's settings from now on.
func (c *Cloud) Set(change func(*Settings)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.settings)
}

func (a *account) quota() int {
	if a.settings.Quota == 0 {
		return Quota
	}
	return a.settings.Quota
}
