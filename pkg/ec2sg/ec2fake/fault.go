package ec2fake

import (
	"fmt"
	"os"
	"slices"

	"github.com/aws/smithy-go"
)

// Call is a recorded call.
type Call struct {
	// Op is the operation's name: "ModifySecurityGroupRules".
	Op string
	// Input is the SDK's input struct, as a pointer.
	Input any
	// Err is what was answered.
	Err error
}

// Writes says whether the call could have changed anything.
func (c Call) Writes() bool { return !slices.Contains(reads, c.Op) }

var reads = []string{"DescribeSecurityGroups", "DescribeSecurityGroupRules", "DescribeSubnets", "DescribeNetworkInterfaces", "DescribeVpcs"}

// Calls are the calls so far, in order, those of somebody else apart.
func (c *Cloud) Calls() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// Forget drops the recorded calls and the faults that wait.
func (c *Cloud) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls, c.faults = nil, nil
}

// Fault is what befalls a call.
type Fault struct {
	// Before, when set, runs just before the call, with somebody else's client: an edit in the window between read and write. It
	// may panic, or cancel a context: the caller dies before the call.
	Before func(other *Cloud)
	// Err, when set, is answered. The call has no effect, unless Lost.
	Err error
	// Lost says that the call takes effect although Err is answered: a time-out after the change, an answer that got lost.
	Lost bool
	// After, when set, runs after the effect and before the answer: the caller may die there.
	After func(other *Cloud)
}

// Matcher says of each call in turn whether a fault befalls it. It is asked once a call and may count.
type Matcher func(Call) bool

// Nth matches the n-th call from now, counted from 1.
func Nth(n int) Matcher { return nth(n, func(Call) bool { return true }) }

// NthOf matches the n-th call of one operation from now, counted from 1.
func NthOf(op string, n int) Matcher { return nth(n, On(op)) }

// NthWrite matches the n-th call from now that could change something, counted from 1.
func NthWrite(n int) Matcher { return nth(n, Call.Writes) }

// On matches every call of one operation.
func On(op string) Matcher { return func(c Call) bool { return c.Op == op } }

func nth(n int, of Matcher) Matcher {
	seen := 0
	return func(c Call) bool {
		if !of(c) {
			return false
		}
		seen++
		return seen == n
	}
}

type fault struct {
	when Matcher
	Fault
}

// FailAt lets a fault befall the calls that match. Of several that match one call the first set counts.
func (c *Cloud) FailAt(when Matcher, f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, fault{when: when, Fault: f})
}

// befalls asks every matcher, so that all of them count, and returns the first fault that matches.
func (a *account) befalls(call Call) Fault {
	var found *fault
	for i := range a.faults {
		if a.faults[i].when(call) && found == nil {
			found = &a.faults[i]
		}
	}
	if found == nil {
		return Fault{}
	}
	return found.Fault
}

// Refusal is an error as EC2 answers it, of class 4xx.
func Refusal(code, message string) error {
	return &smithy.GenericAPIError{Code: code, Message: message, Fault: smithy.FaultClient}
}

// Throttled is EC2's answer to too many calls.
func Throttled() error { return Refusal("RequestLimitExceeded", "Request limit exceeded.") }

// Denied is EC2's answer to a caller whose policies do not allow the call.
func Denied() error {
	return Refusal("UnauthorizedOperation", "You are not authorized to perform this operation.")
}

// Broken is an error of EC2's own, of class 5xx.
func Broken() error {
	return &smithy.GenericAPIError{Code: "InternalError", Message: "An internal error has occurred", Fault: smithy.FaultServer}
}

// TimedOut is a call without an answer: nobody knows whether it took effect.
func TimedOut() error { return fmt.Errorf("waiting for an answer: %w", os.ErrDeadlineExceeded) }

func invalidf(format string, args ...any) error {
	return Refusal("InvalidParameterValue", fmt.Sprintf(format, args...))
}
