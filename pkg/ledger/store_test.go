package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

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
		for _, c := range slices.Concat(storeCases, sweepCases, brakeCases) {
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

// storeCase is one sentence about a ledger.
type storeCase struct {
	name string
	run  func(*testing.T, ledger.Store)
}

var storeCases = []storeCase{
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
	{"the index follows what services and tasks run", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		web := func(groups ...string) ledger.Place {
			return ledger.Place{By: "service", Name: "prod/web", Runs: []ledger.Run{{Revision: "web:1", Groups: groups, Facts: ledger.Facts{Router: "yes"}}}}
		}
		for _, step := range []struct {
			place      ledger.Place
			one, other int
		}{{web("sg-1"), 1, 0}, {web("sg-1", "sg-2"), 1, 1}, {web("sg-2"), 0, 1}, {web("sg-2"), 0, 1}, {ledger.Place{}, 0, 0}, {web("sg-1"), 1, 0}} {
			if err := l.PutPlace(t.Context(), "prod", "service web", step.place, at); err != nil {
				t.Fatal(err)
			}
			one, err := l.Users(t.Context(), "sg-1")
			other, err2 := l.Users(t.Context(), "sg-2")
			if err != nil || err2 != nil || len(one) != step.one || len(other) != step.other {
				t.Fatalf("%+v: users %v and %v, errors %v, %v", step.place, one, other, err, err2)
			}
		}
		users, err := l.Users(t.Context(), "sg-1")
		want := ledger.User{By: "service", Name: "prod/web", Revision: "web:1", Cluster: "prod", Key: "service web", Facts: ledger.Facts{Router: "yes"}}
		if err != nil || !reflect.DeepEqual(users, []ledger.User{want}) {
			t.Fatalf("got %+v, %v", users, err)
		}
		if keys, err := l.Places(t.Context(), "prod"); err != nil || !slices.Equal(keys, []string{"service web"}) {
			t.Fatalf("places %v, %v", keys, err)
		}
	}},
	{"a place that is as it was costs one read, also where nobody has looked at its revision", func(t *testing.T, s ledger.Store) {
		m, ok := s.(*ledger.Memory)
		if !ok {
			return
		}
		l := ledger.Ledger{Store: m}
		place := ledger.Place{By: "service", Name: "prod/web", Runs: []ledger.Run{{Revision: "web:1", Groups: []string{"sg-1"}, Facts: ledger.Facts{Router: "yes"}}}}
		if err := l.PutPlace(t.Context(), "prod", "service web", place, at); err != nil {
			t.Fatal(err)
		}
		var ops []string
		m.Fail = func(op string, _ ledger.Key) error { ops = append(ops, op); return nil }
		place.Runs[0].Facts = ledger.Facts{}
		if err := l.PutPlace(t.Context(), "prod", "service web", place, at); err != nil || !slices.Equal(ops, []string{"get"}) {
			t.Fatalf("%v, %v", ops, err)
		}
	}},
	{"a definition is kept in its form, and for as long as somebody asks for it", func(t *testing.T, s ledger.Store) {
		l := ledger.Ledger{Store: s}
		name, empty := "app", ""
		d := ledger.Definition{Form: 1, Unknown: map[string]string{"a": "b"}, Task: ecstypes.TaskDefinition{
			Revision: 3, ContainerDefinitions: []ecstypes.ContainerDefinition{{Name: &name, Environment: []ecstypes.KeyValuePair{{Name: &name, Value: &empty}}}},
		}}
		if err := l.PutDefinition(t.Context(), "web:3", d, at); err != nil {
			t.Fatal(err)
		}
		for _, now := range []time.Time{at, at.AddDate(0, 0, 31)} {
			got, known, err := l.Definition(t.Context(), "web:3", 1, now)
			if d.At = at; err != nil || !known || !reflect.DeepEqual(got, d) {
				t.Fatalf("got %+v, %t, %v", got, known, err)
			}
		}
		if got, known, err := l.Definition(t.Context(), "web:3", 1, at.AddDate(0, 0, 31)); err != nil || !known || !got.At.Equal(at.AddDate(0, 0, 31)) {
			t.Fatalf("kept at %s, %t, %v", got.At, known, err)
		}
		for _, missing := range []struct {
			revision string
			form     int
		}{{"web:3", 2}, {"web:4", 1}} {
			if _, known, err := l.Definition(t.Context(), missing.revision, missing.form, at); err != nil || known {
				t.Fatalf("%+v: %t, %v", missing, known, err)
			}
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
}
