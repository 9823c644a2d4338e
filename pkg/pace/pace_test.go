package pace

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// account hands out turns as the ledger does, and is a clock.
type account struct {
	now  time.Time
	next map[string]time.Time
}

func (a *account) turn(_ context.Context, kind string, every time.Duration) (time.Duration, error) {
	at := a.next[kind]
	if at.Before(a.now) {
		at = a.now
	}
	a.next[kind] = at.Add(every)
	return at.Sub(a.now), nil
}

func (a *account) wait(_ context.Context, d time.Duration) error {
	a.now = a.now.Add(d)
	return nil
}

func worker(a *account) *Pacer { return &Pacer{Turn: a.turn, Wait: a.wait} }

// call makes a call that is answered with an error, or nil.
func call(ctx context.Context, p *Pacer, op string, answer error) error {
	ctx = middleware.WithServiceID(ctx, "ECS")
	ctx = middleware.WithOperationName(ctx, op)
	next := middleware.FinalizeHandlerFunc(func(context.Context, middleware.FinalizeInput) (out middleware.FinalizeOutput, m middleware.Metadata, err error) {
		return out, m, answer
	})
	_, _, err := p.attempt(ctx, middleware.FinalizeInput{}, next)
	return err
}

func began() *account { return &account{now: time.Unix(0, 0), next: map[string]time.Time{}} }

// took is how long so many calls take, made by workers in turn.
func took(t *testing.T, a *account, n int, op string, workers ...*Pacer) time.Duration {
	t.Helper()
	start := a.now
	for i := range n {
		if err := call(Sweeping(t.Context(), 0.5), workers[i%len(workers)], op, nil); err != nil {
			t.Fatal(err)
		}
	}
	return a.now.Sub(start)
}

func TestWorkersTogetherTakeHalfOfTheRate(t *testing.T) {
	for _, c := range []struct {
		sentence string
		workers  int
	}{{"one worker", 1}, {"two workers", 2}, {"five workers", 5}} {
		a := began()
		var all []*Pacer
		for range c.workers {
			all = append(all, worker(a))
		}
		// Ten a second, and a block each at the beginning.
		if d := took(t, a, 300, "DescribeTaskDefinition", all...); d < 25*time.Second || d > 31*time.Second {
			t.Errorf("%s: 300 calls took %s", c.sentence, d)
		}
	}
}

func TestCallsOfAnotherBucketDoNotWait(t *testing.T) {
	a := began()
	p := worker(a)
	took(t, a, 100, "DescribeTaskDefinition", p)
	if d := took(t, a, 10, "DescribeServices", p); d != 0 {
		t.Errorf("waited %s", d)
	}
	if d := took(t, a, 1, "ListTaskDefinitions", p); d == 0 {
		t.Error("a call of the same bucket did not wait")
	}
}

func TestOnlySweepsKeepThePace(t *testing.T) {
	a := began()
	p := worker(a)
	for range 1000 {
		if err := call(t.Context(), p, "DescribeTaskDefinition", nil); err != nil {
			t.Fatal(err)
		}
	}
	if d := took(t, a, 1000, "RegisterTaskDefinition", p); d != 0 || a.now != began().now || len(a.next) > 0 {
		t.Errorf("waited %s, turns %v", a.now.Sub(began().now), a.next)
	}
}

func TestThrottlingHalvesTheRateAndItRecovers(t *testing.T) {
	a := began()
	p := worker(a)
	told := 0
	p.Throttled = func(string) { told++ }
	throttled := &smithy.GenericAPIError{Code: "ThrottlingException"}
	usual := took(t, a, 50, "ListServices", p)
	if err := call(Sweeping(t.Context(), 0.5), p, "ListServices", throttled); !errors.Is(err, throttled) || told != 1 {
		t.Fatalf("error %v, told %d", err, told)
	}
	slow := took(t, a, 50, "ListServices", p)
	if slow < usual*4/3 {
		t.Errorf("50 calls took %s, %s before", slow, usual)
	}
	took(t, a, 200, "ListServices", p)
	if after := took(t, a, 50, "ListServices", p); after > usual*3/2 {
		t.Errorf("50 calls take %s still, %s before", after, usual)
	}
	other := errors.New("no route to host")
	if err := call(Sweeping(t.Context(), 0.5), p, "ListServices", other); !errors.Is(err, other) || told != 1 {
		t.Errorf("error %v, told %d", err, told)
	}
}

func TestACallWithoutATurnFails(t *testing.T) {
	none := errors.New("none")
	p := &Pacer{Turn: func(context.Context, string, time.Duration) (time.Duration, error) { return 0, none }}
	if err := call(Sweeping(t.Context(), 0.5), p, "ListServices", nil); !errors.Is(err, none) {
		t.Errorf("got %v", err)
	}
}

func TestTheShareIsTheSweeps(t *testing.T) {
	for _, c := range []struct {
		sentence string
		share    float64
		takes    time.Duration // 110 calls of 20 a second, but for the first block
	}{{"half", 0.5, 10 * time.Second}, {"all", 1, 5 * time.Second}, {"a tenth", 0.1, 50 * time.Second}, {"none is a twentieth", 0, 100 * time.Second}} {
		a := began()
		p := worker(a)
		for range 110 {
			if err := call(Sweeping(t.Context(), c.share), p, "ListServices", nil); err != nil {
				t.Fatal(err)
			}
		}
		if took := a.now.Sub(time.Unix(0, 0)); took != c.takes {
			t.Errorf("%s: %s, want %s", c.sentence, took, c.takes)
		}
	}
}

// TestNobodyHasToBeToldOfThrottling: the rate is halved all the same.
func TestNobodyHasToBeToldOfThrottling(t *testing.T) {
	a := began()
	p := worker(a)
	if err := call(Sweeping(t.Context(), 0.5), p, "ListServices", &smithy.GenericAPIError{Code: "ThrottlingException"}); err == nil {
		t.Fatal("no error")
	}
	other := began()
	if slow, usual := took(t, a, 21, "ListServices", p), took(t, other, 21, "ListServices", worker(other)); slow <= usual {
		t.Errorf("21 calls took %s, and %s without throttling", slow, usual)
	}
}
