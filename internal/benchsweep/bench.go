package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/smithy-go/middleware"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/notify"
	"github.com/firewarden/firewarden/pkg/pace"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// workers is the maximum concurrency of the sweep queue's mapping.
const workers = 2

// bench is two workers and their queue.
type bench struct {
	options
	address  string
	auditors []reconcile.Auditor
	store    remote

	// swept says that one sweep is complete.
	swept bool

	mu       sync.Mutex
	queue    []string
	going    int
	found    atomic.Int64
	failed   atomic.Int64
	throttle atomic.Int64
}

func newBench(address string, o options) *bench {
	b := &bench{options: o, address: address, store: remote{"http://" + address + "/store", httpClient()}}
	for range workers {
		a, _ := b.functions()
		b.auditors = append(b.auditors, a)
	}
	return b
}

// functions are both functions, wired as they are on AWS, but for their messages.
func (b *bench) functions(options ...func(*middleware.Stack) error) (reconcile.Auditor, reconcile.Remediator) {
	book := ledger.Ledger{Store: b.store}
	var keep *pace.Pacer
	if b.options.throttle {
		keep = &pace.Pacer{
			Wait: reconcile.Wait, Throttled: func(string) { b.throttle.Add(1) },
			Turn: func(ctx context.Context, kind string, every time.Duration) (time.Duration, error) {
				return book.Turn(ctx, kind, ledger.Pace{Every: every, Most: time.Minute}, time.Now())
			},
		}
	}
	cfg := config(b.address, keep)
	cfg.APIOptions = append(cfg.APIOptions, options...)
	c := newClients(cfg)
	tasks, groups := ecstask.Store{API: c.ecs}, ec2sg.Store{API: c.ec2}
	reader := inventory.Reader{
		ECS: c.ecs, EC2: c.ec2, Definitions: tasks.Describe, Homes: &inventory.Homes{Book: book}, NotFound: ecstask.IsNotFound, Events: c.events, Schedules: c.schedules,
		Keys: func(ctx context.Context) ([]string, error) { return book.Places(ctx, inventory.Scheduled) },
	}
	stack := reconcile.Stack{
		Account: "123456789012", Region: "eu-central-1", Policy: policy.Default(), Ledger: book, Publisher: nobody{}, Now: time.Now, Wait: reconcile.Wait,
		Log: slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError})),
	}
	audit := reconcile.Auditor{
		Stack: stack, Tasks: tasks, Groups: groups, Inventory: reader, Findings: sink(b.findings),
		Sweeper: reconcile.Sweeper{
			Stack: stack, Lister: reader.Lister(), Pages: groups, Revisions: ecstask.Revisions{API: c.ecs},
			Shards: sink(b.enqueue), Trails: trails{},
		},
	}
	return audit, reconcile.Remediator{
		Stack: stack, Tasks: tasks, Groups: groups, Services: ecstask.Services{API: c.ecs}, Inventory: reader, Onlooker: reader.Lister(), Owner: "bench",
	}
}

type sink func([]string)

// Send implements reconcile.Sink.
func (s sink) Send(_ context.Context, bodies []string) error { s(bodies); return nil }

func (b *bench) findings(details []string) { b.found.Add(int64(len(details))) }

func (b *bench) enqueue(bodies []string) {
	b.mu.Lock()
	b.queue = append(b.queue, bodies...)
	b.mu.Unlock()
}

type nobody struct{}

// Publish implements reconcile.Publisher.
func (nobody) Publish(context.Context, notify.Notice) error { return nil }

// PublishDigest implements reconcile.Publisher.
func (nobody) PublishDigest(context.Context, notify.Digest) error { return nil }

type trails struct{}

// Logging implements reconcile.Trails.
func (trails) Logging(context.Context) (bool, string, error) { return true, "", nil }

// take takes a message off the queue; false means that there is none and none to come.
func (b *bench) take() (body string, ok, wait bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		return "", false, b.going > 0
	}
	body, b.queue = b.queue[0], b.queue[1:]
	b.going++
	return body, true, false
}

// work does parts until none is left. A part that fails is delivered again.
func (b *bench) work(a reconcile.Auditor) {
	for n := 0; ; n++ {
		body, ok, wait := b.take()
		if wait {
			time.Sleep(time.Millisecond)
			continue
		}
		if !ok {
			return
		}
		out, err := a.Handle(context.Background(), events.SQSEvent{Records: []events.SQSMessage{{MessageId: fmt.Sprintf("m-%d", n), Body: body}}})
		if err != nil || len(out.BatchItemFailures) > 0 {
			b.failed.Add(1)
			b.enqueue([]string{body})
		}
		b.mu.Lock()
		b.going--
		b.mu.Unlock()
	}
}

// result is what a sweep cost.
type result struct {
	name                     string
	stats                    statistics
	wall, cpu                time.Duration
	found, failed, throttled int64
	peak                     int // MiB
	sweep                    ledger.Sweep
	live
}

// sweep does one sweep from the schedule's message on.
func (b *bench) sweep(name string) (r result, err error) {
	if _, err := b.stats(); err != nil {
		return r, err
	}
	id := strings.ReplaceAll(name, " ", "-")
	b.found.Store(0)
	began, cpu := time.Now(), spent()
	message := strings.Replace(trigger.SweepMessage().Body(), "{", `{"id":"`+id+`",`, 1)
	b.enqueue([]string{message})
	var all sync.WaitGroup
	for _, a := range b.auditors {
		all.Go(func() { b.work(a) })
	}
	var event live
	if b.swept { // the index is not there before
		event = b.event(began)
	}
	all.Wait()
	b.swept = true
	r = result{
		live: event,
		name: name, wall: time.Since(began), cpu: spent() - cpu, found: b.found.Load(), failed: b.failed.Load(),
		throttled: b.throttle.Load(), peak: peak(),
	}
	if r.stats, err = b.stats(); err != nil {
		return r, err
	}
	r.sweep, err = ledger.Ledger{Store: b.store}.Sweep(context.Background(), id)
	if err == nil && r.sweep.Finished.IsZero() {
		err = fmt.Errorf("the %s did not end: %d parts are missing", name, len(r.sweep.Missing()))
	}
	return r, err
}

// total is how many calls the sweep itself made.
func (r result) total() int { return sum(r.calls()) - r.asked - r.mended }

// calls are those of AWS that were answered.
func (r result) calls() map[string]int {
	found := map[string]int{}
	for op, n := range r.stats.Calls {
		if !strings.Contains(op, " ") {
			found[op] = n
		}
	}
	return found
}

func (r result) print(bound map[string]int, least int) {
	calls := r.calls()
	fmt.Printf("\n%s: %d calls (%.3f of %d), %s, %s of CPU, peak %d MiB for %d workers, %d parts, %d findings, %d parts failed, %d throttled\n", r.name, r.total(),
		float64(r.total())/float64(least), least, r.wall.Round(time.Millisecond), r.cpu.Round(time.Millisecond), r.peak, workers, len(r.sweep.Parts), r.found, r.failed, r.throttled)
	if r.verdict > 0 {
		fmt.Printf("  an event about a group, in the middle of it: a verdict after %s and %d calls, closed after %s more and %d calls\n",
			r.verdict.Round(time.Millisecond), r.asked, r.closed.Round(time.Millisecond), r.mended)
	}
	for _, op := range slices.Sorted(maps.Keys(calls)) {
		fmt.Printf("  %-28s %6d (at least %d)\n", op, calls[op], bound[op])
	}
	fmt.Printf("  %-28s %6d read, %d written, %d lists\n", "documents of the ledger", r.stats.Calls["store get"], r.stats.Calls["store put"], r.stats.Calls["store list"])
	if d := r.stats.Deployments; d.Calls > 0 {
		fmt.Printf("  half of AWS's rates sets %s: the sweep took %.2f of that\n", r.paced().Round(time.Second), r.overPace())
		fmt.Printf("  deployments beside: %d calls, half of AWS's rate, of which %d were throttled\n", d.Calls, d.Refused)
	}
}

// judge says what is not as it must be.
func (r result) judge(second result, least, inUse int) error {
	var wrong []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	check(float64(r.total()) <= 1.05*float64(least+inUse), "the first sweep made %d calls, more than 1.05 of %d", r.total(), least+inUse)
	check(float64(second.total()) <= 1.05*float64(least), "the second sweep made %d calls, more than 1.05 of %d", second.total(), least)
	check(second.calls()["DescribeTaskDefinition"] == 0, "the second sweep described %d revisions", second.calls()["DescribeTaskDefinition"])
	check(second.peak < 64, "the workers had %d MiB", second.peak)
	check(second.verdict < 5*time.Second, "an event took %s during the second sweep", second.verdict)
	check(second.asked <= 4, "an event about a group cost %d reads", second.asked)
	check(second.mended > 0 && second.mended <= 15, "closing the group cost %d calls", second.mended)
	check(second.failed == 0, "%d parts failed", second.failed)
	for _, s := range []result{r, second} {
		check(s.stats.Deployments.Calls == 0 || s.overPace() <= 1.2, "the %s took %.2f of what half of AWS's rates sets", s.name, s.overPace())
	}
	check(r.stats.Deployments.Refused+second.stats.Deployments.Refused == 0, "deployments were throttled")
	return errors.Join(wrong...)
}

// paced is how long the calls take at half of AWS's rates, in the bucket that has the most of them.
func (r result) paced() time.Duration {
	calls, longest := map[string]float64{}, 0.0
	for op, n := range r.calls() {
		for _, service := range []string{"ECS", "EC2"} {
			if b, ok := pace.Of(service, op); ok {
				calls[b.Name] += float64(n) / (float64(b.Refill) / 2)
				longest = max(longest, calls[b.Name])
			}
		}
	}
	return time.Duration(longest * float64(time.Second))
}

func (r result) overPace() float64 { return float64(r.wall) / float64(r.paced()) }

// spent is the CPU time of this process.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory that this process ever had, in MiB.
func peak() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kib int
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	return 0
}
