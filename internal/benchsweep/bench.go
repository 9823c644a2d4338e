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
		b.auditors = append(b.auditors, b.auditor())
	}
	return b
}

// auditor is one worker, wired as functions/audit is.
func (b *bench) auditor(options ...func(*middleware.Stack) error) reconcile.Auditor {
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
	tasks := ecstask.Store{API: c.ecs}
	reader := inventory.Reader{ECS: c.ecs, EC2: c.ec2, Definitions: tasks.Describe, Homes: &inventory.Homes{}}
	stack := reconcile.Stack{
		Account: "123456789012", Region: "eu-central-1", Policy: policy.Default(), Ledger: book, Publisher: nobody{}, Now: time.Now, Wait: reconcile.Wait,
		Log: slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError})),
	}
	return reconcile.Auditor{
		Stack: stack, Tasks: tasks, Groups: ec2sg.Store{API: c.ec2}, Inventory: reader, Findings: sink(b.findings),
		Sweeper: reconcile.Sweeper{
			Stack: stack, Lister: reader.Lister(), Pages: ec2sg.Store{API: c.ec2}, Revisions: ecstask.Revisions{API: c.ecs},
			Shards: sink(b.enqueue), Trails: trails{},
		},
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
	// verdict is how long an event about a group took in the middle of it, asked how many calls that made.
	verdict time.Duration
	asked   int
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
	var verdict time.Duration
	asked := 0
	if b.swept { // the index is not there before
		verdict, asked = b.verdict(began)
	}
	all.Wait()
	b.swept = true
	r = result{
		verdict: verdict, asked: asked,
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

// eventAfter is when, after a sweep's beginning, the event comes.
const eventAfter = time.Second

// verdict is how long a live worker takes for an event that opens a group, while a sweep is under way.
func (b *bench) verdict(began time.Time) (took time.Duration, asked int) {
	time.Sleep(time.Until(began.Add(eventAfter)))
	a := b.auditor(func(*middleware.Stack) error {
		asked++
		return nil
	})
	const g = 103 // an open one, of a service that is not in the default group
	event := fmt.Sprintf(`{"id":"event","source":"aws.ec2","detail-type":"AWS API Call via CloudTrail","detail":{"eventSource":"ec2.amazonaws.com",`+
		`"eventName":"AuthorizeSecurityGroupIngress","eventTime":"2026-11-23T12:00:00Z","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::123456789012:user/jo"},`+
		`"requestParameters":{"groupId":%q,"ipPermissions":{},"ipProtocol":"tcp","fromPort":24000,"toPort":25000,"cidrIp":"0.0.0.0/0"}}}`, group(g))
	began = time.Now()
	out, err := a.Handle(context.Background(), events.SQSEvent{Records: []events.SQSMessage{{MessageId: "event", Body: event}}})
	if err != nil || len(out.BatchItemFailures) > 0 {
		b.failed.Add(1)
	}
	return time.Since(began), asked
}

// total is how many calls the sweep itself made.
func (r result) total() int { return sum(r.calls()) - r.asked }

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
		fmt.Printf("  an event about a group, in the middle of it: a verdict after %s and %d calls\n", r.verdict.Round(time.Millisecond), r.asked)
	}
	for _, op := range slices.Sorted(maps.Keys(calls)) {
		fmt.Printf("  %-28s %6d (at least %d)\n", op, calls[op], bound[op])
	}
	fmt.Printf("  %-28s %6d read, %d written, %d lists\n", "documents of the ledger", r.stats.Calls["store get"], r.stats.Calls["store put"], r.stats.Calls["store list"])
	if d := r.stats.Deployments; d.Calls > 0 {
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
	check(second.failed == 0, "%d parts failed", second.failed)
	check(r.stats.Deployments.Refused+second.stats.Deployments.Refused == 0, "deployments were throttled")
	return errors.Join(wrong...)
}

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
