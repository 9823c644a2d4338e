package ecsfake

import (
	"context"
	"fmt"
	"path"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
)

// Where the fake is, and who calls it. The account is the documentation's example.
const (
	Account = "123456789012"
	Region  = "eu-central-1"
	Caller  = "arn:aws:sts::" + Account + ":assumed-role/deploy/session"
)

// Cloud is ECS of one account in one Region. Make it with [New].
type Cloud struct {
	*recorder

	// Network is the EC2 side: VPCs, subnets, groups and the interfaces of awsvpc tasks.
	Network *Network
	// Caller becomes registeredBy of what is registered.
	Caller string
	// Now is the clock of registeredAt and the like.
	Now func() time.Time
	// EditRaw changes the raw answer of DescribeTaskDefinition before the SDK's middleware of the call sees it, so that it
	// can hold what this SDK does not know. Nil leaves it.
	EditRaw func(answer map[string]any)

	families map[string][]*revision
	clusters []*cluster
	serial   int
}

// New is an empty account: no cluster, one default VPC less network.
func New() *Cloud {
	r := &recorder{}
	return &Cloud{
		recorder: r,
		Network:  &Network{recorder: r},
		Caller:   Caller,
		Now:      func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		families: map[string][]*revision{},
	}
}

// next is a number that no id had before.
func (c *Cloud) next() int {
	c.serial++
	return c.serial
}

func arn(kind, name string) string {
	return "arn:aws:ecs:" + Region + ":" + Account + ":" + kind + "/" + name
}

// Call is one call that the fake got.
type Call struct {
	// Op is the API's name of the operation.
	Op string
	// Input is a copy of the SDK's input.
	Input any
}

// Fault is what happens at a call.
type Fault struct {
	// Before runs ahead of the call, without the lock: an edit by someone else.
	Before func()
	// Err is returned in place of the answer; nil for none.
	Err error
	// Late lets the call take effect first: a time-out after the change.
	Late bool
}

// recorder is what Cloud and Network share: one lock, one list of calls, one list of faults.
type recorder struct {
	mu     sync.Mutex
	calls  []Call
	faults map[int]Fault
}

// Calls returns the calls so far, reads included.
func (r *recorder) Calls() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Call(nil), r.calls...)
}

// Count says how often an operation was called.
func (r *recorder) Count(op string) int {
	n := 0
	for _, c := range r.Calls() {
		if c.Op == op {
			n++
		}
	}
	return n
}

// Reset forgets calls and faults; the state stays.
func (r *recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls, r.faults = nil, nil
}

// FailAt plans a fault for the nth call from the last Reset on, the first being 1.
func (r *recorder) FailAt(n int, f Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.faults == nil {
		r.faults = map[int]Fault{}
	}
	r.faults[n] = f
}

func (r *recorder) enter(op string, in any) Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, Call{Op: op, Input: clone(in)})
	return r.faults[len(r.calls)]
}

// call records a call, plays its fault, and runs the operation under the lock. What it returns is a copy.
func call[In, Out any](ctx context.Context, r *recorder, in *In, act func(*In) (*Out, error)) (*Out, error) {
	fault := r.enter(operation(in), in)
	if fault.Before != nil {
		fault.Before()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if fault.Err != nil && !fault.Late {
		return nil, failed(in, fault.Err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	out, err := act(clone(in))
	switch {
	case err != nil:
		return nil, failed(in, err)
	case fault.Err != nil:
		return nil, failed(in, fault.Err)
	}
	return clone(out), nil
}

// failed wraps an error as the SDK's clients do.
func failed(in any, err error) error {
	service := path.Base(reflect.TypeOf(in).Elem().PkgPath())
	return &smithy.OperationError{ServiceID: strings.ToUpper(service), OperationName: operation(in), Err: err}
}

// Throttled is ECS's answer to too many calls.
func Throttled() error {
	return &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded", Fault: smithy.FaultClient}
}

// Denied is ECS's answer to a caller without the permission.
func Denied(action string) error {
	message := fmt.Sprintf("User: %s is not authorized to perform: %s", Caller, action)
	return &types.AccessDeniedException{Message: &message}
}

// Concurrent is ECS's answer to two registrations of one family at once.
func Concurrent() error {
	return client("Too many concurrent attempts to create a new revision of the specified family")
}

func client(format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	return &types.ClientException{Message: &message}
}

func invalid(format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	return &types.InvalidParameterException{Message: &message}
}
