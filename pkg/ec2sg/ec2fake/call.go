package ec2fake

import (
	"context"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

// call is one call on its way: which, what with, and the effect it has on the account, under the lock.
type call[Out any] struct {
	op     string
	in     any
	effect func(*world) (*Out, error)
}

// run makes a call: the fault that befalls it, its effect, the record of it, the answer.
func run[Out any](ctx context.Context, c *Cloud, k call[Out]) (*Out, error) {
	if err := ctx.Err(); err != nil {
		return nil, &smithy.OperationError{ServiceID: "EC2", OperationName: k.op, Err: &smithy.CanceledError{Err: err}}
	}
	f := c.expect(k.op, k.in)
	if f.Before != nil {
		f.Before(c.Other())
	}
	var out *Out
	err := f.Err
	if f.Err == nil || f.Lost {
		out, err = enact(c, k)
	}
	if f.Err != nil {
		out, err = nil, f.Err
	}
	if f.After != nil {
		f.After(c.Other())
	}
	return out, c.answered(k.op, k.in, err)
}

// expect asks which fault befalls a call.
func (c *Cloud) expect(op string, in any) Fault {
	if c.other {
		return Fault{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.befalls(Call{Op: op, Input: in})
}

// answered records a call and gives its error the form that the SDK's client gives it.
func (c *Cloud) answered(op string, in any, err error) error {
	if err != nil {
		err = &smithy.OperationError{ServiceID: "EC2", OperationName: op, Err: err}
	}
	if !c.other {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.calls = append(c.calls, Call{Op: op, Input: in, Err: err})
	}
	return err
}

// enact lets a call see or change the account. A change works on a copy that takes the account's place when the call succeeds:
// it takes effect whole or not at all.
func enact[Out any](c *Cloud, k call[Out]) (*Out, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Contains(reads, k.op) {
		return k.effect(c.seen())
	}
	if dryRun(k.in) {
		return nil, Refusal("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
	}
	next := c.now.clone()
	out, err := k.effect(next)
	if err != nil {
		return nil, err
	}
	c.changed(k.op, next)
	return out, nil
}

// seen is the state that a read sees: while the account lags, the one before the last writes.
func (c *Cloud) seen() *world {
	if c.other || c.lag == 0 {
		return c.now
	}
	c.lag--
	old := c.stale
	if c.lag == 0 {
		c.stale = nil
	}
	return old
}

// changed puts the new state in place, starts to lag, and tells the monitor which groups changed.
func (c *Cloud) changed(op string, next *world) {
	old := c.now
	c.now = next
	if c.settings.Lag > 0 {
		if c.stale == nil {
			c.stale = old
		}
		c.lag = c.settings.Lag
	}
	if c.settings.Monitor == nil {
		return
	}
	before := old.entriesOf()
	for i := range next.groups {
		id := aws.ToString(next.groups[i].GroupId)
		if after := next.groups[i].ingress(); !reflect.DeepEqual(before[id], after) {
			c.settings.Monitor(Change{Op: op, Other: c.other, Group: id, Entries: after})
		}
	}
}

// dryRun reads the field that every EC2 input has. Assumed: the fake does not check the rest of the call first.
func dryRun(in any) bool {
	field := reflect.ValueOf(in).Elem().FieldByName("DryRun")
	p, ok := field.Interface().(*bool)
	return ok && aws.ToBool(p)
}
