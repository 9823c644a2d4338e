package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/local"
)

// TestStores runs one conformance suite on the store in memory and on DynamoDB as moto has it.
func TestStores(t *testing.T) {
	python, err := local.Python("../..")
	if err != nil {
		t.Fatal(err)
	}
	emulator, err := local.StartEmulator(t.Context(), python, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer emulator.Stop()
	client := dynamodb.New(dynamodb.Options{
		BaseEndpoint: &emulator.URL, Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	tables := 0
	stores := map[string]func(*testing.T) ledger.Store{
		"memory": func(*testing.T) ledger.Store { return &ledger.Memory{} },
		"table": func(t *testing.T) ledger.Store {
			tables++
			name := fmt.Sprintf("ledger-%d", tables)
			createTable(t, client, name)
			return ledger.Table{Client: client, Name: name}
		},
	}
	for name, store := range stores {
		for _, c := range cases {
			t.Run(name+"/"+c.name, func(t *testing.T) { c.run(t, store(t)) })
		}
	}
}

func createTable(t *testing.T, client *dynamodb.Client, name string) {
	t.Helper()
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("pk"), AttributeType: "S"}, {AttributeName: aws.String("sk"), AttributeType: "S"},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("pk"), KeyType: "HASH"}, {AttributeName: aws.String("sk"), KeyType: "RANGE"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

var at = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func put(t *testing.T, s ledger.Store, w ledger.Write) {
	t.Helper()
	if err := s.Put(t.Context(), w); err != nil {
		t.Fatalf("put %v expecting %d: %v", w.Key, w.Expect, err)
	}
}

func wantConflict(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ledger.ErrConflict) {
		t.Fatalf("error %v, want ErrConflict", err)
	}
}

var cases = []struct {
	name string
	run  func(*testing.T, ledger.Store)
}{
	{"a document that is not there has version 0", func(t *testing.T, s ledger.Store) {
		d, err := s.Get(t.Context(), ledger.Key{Family: "f", Name: "n"})
		if err != nil || d.Version != 0 {
			t.Fatalf("got %+v, %v", d, err)
		}
	}},
	{"what is put is read back, and each write adds one to the version", func(t *testing.T, s ledger.Store) {
		key := ledger.Key{Family: "f", Name: "a/b c"}
		put(t, s, ledger.Write{Key: key, Body: []byte(`{"n":1}`)})
		put(t, s, ledger.Write{Key: key, Body: []byte(`{"n":2}`), Expect: 1, Expires: at})
		d, err := s.Get(t.Context(), key)
		if err != nil || d.Version != 2 || string(d.Body) != `{"n":2}` || d.Key != key {
			t.Fatalf("got %+v, %v", d, err)
		}
	}},
	{"a write that expects another version conflicts and changes nothing", func(t *testing.T, s ledger.Store) {
		key := ledger.Key{Family: "f", Name: "n"}
		wantConflict(t, s.Put(t.Context(), ledger.Write{Key: key, Body: []byte(`{}`), Expect: 1}))
		put(t, s, ledger.Write{Key: key, Body: []byte(`{"n":1}`)})
		wantConflict(t, s.Put(t.Context(), ledger.Write{Key: key, Body: []byte(`{}`)}))
		wantConflict(t, s.Put(t.Context(), ledger.Write{Key: key, Body: []byte(`{}`), Expect: 2}))
		if d, err := s.Get(t.Context(), key); err != nil || d.Version != 1 || string(d.Body) != `{"n":1}` {
			t.Fatalf("got %+v, %v", d, err)
		}
	}},
	{"list gives one family, by name", func(t *testing.T, s ledger.Store) {
		for _, name := range []string{"b", "a", "c"} {
			put(t, s, ledger.Write{Key: ledger.Key{Family: "f", Name: name}, Body: []byte(`"` + name + `"`)})
		}
		put(t, s, ledger.Write{Key: ledger.Key{Family: "g", Name: "a"}, Body: []byte(`{}`)})
		all, err := s.List(t.Context(), "f")
		if err != nil || len(all) != 3 || all[0].Key.Name != "a" || all[2].Key.Name != "c" || string(all[1].Body) != `"b"` {
			t.Fatalf("got %+v, %v", all, err)
		}
	}},
	{"list gives more than a page", func(t *testing.T, s ledger.Store) {
		body := []byte(`"` + fmt.Sprintf("%0200000d", 7) + `"`) // 200 kB: DynamoDB pages at 1 MB
		for i := range 8 {
			put(t, s, ledger.Write{Key: ledger.Key{Family: "big", Name: strconv.Itoa(i)}, Body: body})
		}
		if all, err := s.List(t.Context(), "big"); err != nil || len(all) != 8 {
			t.Fatalf("got %d, %v", len(all), err)
		}
	}},
	{"one of two who take a lease has it", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		first, err := l.Acquire(t.Context(), "r", "one", at, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Acquire(t.Context(), "r", "two", at.Add(59*time.Second), time.Minute); !errors.Is(err, ledger.ErrHeld) {
			t.Fatalf("error %v, want ErrHeld", err)
		}
		if err := l.Release(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		second, err := l.Acquire(t.Context(), "r", "two", at, time.Minute)
		if err != nil || second.Token <= first.Token {
			t.Fatalf("got %+v after %+v, %v", second, first, err)
		}
	}},
	{"an expired lease is taken over, and its holder can write no more", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		slow, err := l.Acquire(t.Context(), "r", "slow", at, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		r, err := l.Resource(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		if err := l.PutResource(t.Context(), &r, &slow); err != nil {
			t.Fatal(err)
		}
		fast, err := l.Acquire(t.Context(), "r", "fast", at.Add(61*time.Second), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		wantConflict(t, l.PutResource(t.Context(), &r, &slow))
		if err := l.Release(t.Context(), slow); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Acquire(t.Context(), "r", "third", at.Add(62*time.Second), time.Minute); !errors.Is(err, ledger.ErrHeld) {
			t.Fatalf("the slow holder's release freed the lease of another: %v", err)
		}
		if err := l.PutResource(t.Context(), &r, &fast); err != nil {
			t.Fatal(err)
		}
	}},
	{"many who take one lease: one has it", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		got := make(chan ledger.Lease, 8)
		var all sync.WaitGroup
		for i := range cap(got) {
			all.Go(func() {
				lease, err := l.Acquire(context.WithoutCancel(t.Context()), "r", fmt.Sprint("owner", i), at, time.Minute)
				if err == nil {
					got <- lease
				} else if !errors.Is(err, ledger.ErrHeld) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if len(got) != 1 {
			t.Fatalf("%d have the lease", len(got))
		}
	}},
	{"a sweep is complete when each shard is done, however often it is delivered", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		if _, err := l.BeginSweep(t.Context(), ledger.Sweep{ID: "s", Started: at, Shards: 2}); err != nil {
			t.Fatal(err)
		}
		for i, step := range []struct {
			shard    int
			finished bool
		}{{0, false}, {0, false}, {1, true}, {1, true}, {0, true}} {
			now := at.Add(time.Duration(i) * time.Minute)
			s, err := l.ShardDone(t.Context(), "s", step.shard, now)
			if err != nil || s.Finished.IsZero() == step.finished || step.finished && !s.Finished.Equal(at.Add(2*time.Minute)) {
				t.Fatalf("shard %d: %+v, %v", step.shard, s, err)
			}
		}
		again, err := l.BeginSweep(t.Context(), ledger.Sweep{ID: "s", Started: at.Add(time.Hour), Shards: 2})
		if err != nil || again.Finished.IsZero() || !again.Started.Equal(at) {
			t.Fatalf("got %+v, %v", again, err)
		}
	}},
	{"a sweep knows when the one before it was complete, and that its digest was sent", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		for i, id := range []string{"s1", "s2"} {
			begun, err := l.BeginSweep(t.Context(), ledger.Sweep{ID: id, Started: at.Add(time.Duration(i) * time.Hour), Shards: 1})
			if since := map[int]time.Time{1: at}[i]; err != nil || !begun.Since.Equal(since) {
				t.Fatalf("%s since %s, %v", id, begun.Since, err)
			}
			done, err := l.ShardDone(t.Context(), id, 0, at.Add(time.Duration(i)*time.Hour))
			if err != nil || !done.Told.IsZero() {
				t.Fatalf("%s: %+v, %v", id, done, err)
			}
		}
		if err := l.SweepTold(t.Context(), "s2", at); err != nil {
			t.Fatal(err)
		}
		again, err := l.ShardDone(t.Context(), "s2", 0, at)
		if err != nil || !again.Told.Equal(at) {
			t.Fatalf("got %+v, %v", again, err)
		}
	}},
	{"turns come one after another, and not too late", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		pace := ledger.Pace{Every: 2 * time.Second, Most: 5 * time.Second}
		for i, expected := range []time.Duration{0, 2 * time.Second, 4 * time.Second} {
			if wait, err := l.Turn(t.Context(), "register", pace, at); err != nil || wait != expected {
				t.Fatalf("turn %d: %s, %v", i, wait, err)
			}
		}
		if _, err := l.Turn(t.Context(), "register", pace, at); !errors.Is(err, ledger.ErrPace) {
			t.Fatalf("got %v", err)
		}
		if wait, err := l.Turn(t.Context(), "other", pace, at); err != nil || wait != 0 {
			t.Fatalf("another kind waits %s, %v", wait, err)
		}
		if wait, err := l.Turn(t.Context(), "register", pace, at.Add(time.Minute)); err != nil || wait != 0 {
			t.Fatalf("a minute later: %s, %v", wait, err)
		}
	}},
	{"the brake holds until a first sweep is complete", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		limits := ledger.Limits{BeforeFirstSweep: 2, PerHour: 9, PerResourcePerHour: 9}
		allow := func(now time.Time, want string) {
			t.Helper()
			if held, err := l.AllowChange(t.Context(), &ledger.Resource{}, limits, now); err != nil || held != want {
				t.Fatalf("held by %q, %v; want %q", held, err, want)
			}
		}
		allow(at, "")
		allow(at, "")
		allow(at, "before_first_sweep")
		if _, err := l.BeginSweep(t.Context(), ledger.Sweep{ID: "s", Started: at, Shards: 1}); err != nil {
			t.Fatal(err)
		}
		allow(at, "before_first_sweep")
		if _, err := l.ShardDone(t.Context(), "s", 0, at); err != nil {
			t.Fatal(err)
		}
		allow(at, "")
	}},
	{"the brakes of an hour let go after it", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		limits := ledger.Limits{BeforeFirstSweep: 99, PerHour: 3, PerResourcePerHour: 2}
		var one, other ledger.Resource
		for i, step := range []struct {
			r    *ledger.Resource
			at   time.Duration
			want string
		}{
			{&one, 0, ""},
			{&one, time.Minute, ""},
			{&one, 2 * time.Minute, "per_resource_per_hour"},
			{&other, 3 * time.Minute, ""},
			{&other, 4 * time.Minute, "per_hour"},
			{&one, time.Hour, ""},
			{&one, time.Hour, "per_resource_per_hour"},
		} {
			if held, err := l.AllowChange(t.Context(), step.r, limits, at.Add(step.at)); err != nil || held != step.want {
				t.Fatalf("step %d: held by %q, %v; want %q", i, held, err, step.want)
			}
		}
	}},
	{"an empty account's sweep is complete at once", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		if _, err := l.BeginSweep(t.Context(), ledger.Sweep{ID: "s", Started: at}); err != nil {
			t.Fatal(err)
		}
		held, err := l.AllowChange(t.Context(), &ledger.Resource{}, ledger.Limits{PerHour: 1, PerResourcePerHour: 1}, at)
		if err != nil || held != "" {
			t.Fatalf("held by %q, %v", held, err)
		}
	}},
}
