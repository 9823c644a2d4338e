package ecstask_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
	"github.com/firewarden/firewarden/pkg/rules"
)

func definition(family string) rules.Definition {
	return rules.Definition{Task: types.TaskDefinition{
		Family: &family,
		ContainerDefinitions: []types.ContainerDefinition{
			{Name: aws.String("app"), Image: aws.String("app"), Memory: aws.Int32(64)},
		},
	}, Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("core")}}}
}

func TestFamiliesReadsAllPages(t *testing.T) {
	cloud := ecsfake.New()
	store := ecstask.Store{API: cloud}
	for i := range 250 {
		if _, err := store.Register(t.Context(), definition(fmt.Sprintf("family-%03d", i))); err != nil {
			t.Fatal(err)
		}
	}
	families, err := store.Families(t.Context())
	if err != nil || len(families) != 250 || families[249] != "family-249" {
		t.Errorf("%d families, %v", len(families), err)
	}
	if n := cloud.Count("ListTaskDefinitionFamilies"); n != 3 {
		t.Errorf("%d calls, want 3", n)
	}
}

func TestRegisterAnswersWhatECSStored(t *testing.T) {
	store := ecstask.Store{API: ecsfake.New()}
	d, err := store.Register(t.Context(), definition("web"))
	if err != nil || d.Name() != "web:1" || len(d.Tags) != 1 || aws.ToString(d.Task.RegisteredBy) != ecsfake.Caller {
		t.Errorf("registered %s by %s with %d tags: %v", d.Name(), aws.ToString(d.Task.RegisteredBy), len(d.Tags), err)
	}
}

// A fault at each call, then the same again: what is there is one revision more where the fault came late, else none.
func TestFaultsAreErrorsThatSayWhich(t *testing.T) {
	lost := errors.New("context deadline exceeded")
	cases := []struct {
		name  string
		fault ecsfake.Fault
		asked func(error) bool
		there int32
	}{
		{"throttled", ecsfake.Fault{Err: ecsfake.Throttled()}, ecstask.IsThrottled, 1},
		{"two at once", ecsfake.Fault{Err: ecsfake.Concurrent()}, ecstask.IsThrottled, 1},
		{"denied", ecsfake.Fault{Err: ecsfake.Denied("ecs:RegisterTaskDefinition")}, ecstask.IsDenied, 1},
		{"time-out after the effect", ecsfake.Fault{Err: lost, Late: true}, func(err error) bool { return errors.Is(err, lost) }, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cloud := ecsfake.New()
			store := ecstask.Store{API: cloud}
			if _, err := store.Register(t.Context(), definition("web")); err != nil {
				t.Fatal(err)
			}
			cloud.FailAt(2, c.fault)
			if _, err := store.Register(t.Context(), definition("web")); !c.asked(err) {
				t.Errorf("error %v", err)
			}
			if d, err := store.Describe(t.Context(), "web"); err != nil || d.Task.Revision != c.there {
				t.Errorf("latest is %d, want %d (%v)", d.Task.Revision, c.there, err)
			}
		})
	}
}

func TestForeignEditJustBefore(t *testing.T) {
	cloud := ecsfake.New()
	store := ecstask.Store{API: cloud}
	cloud.FailAt(1, ecsfake.Fault{Before: func() {
		if _, err := store.Register(t.Context(), definition("web")); err != nil {
			t.Error(err)
		}
	}})
	d, err := store.Register(t.Context(), definition("web"))
	if err != nil || d.Task.Revision != 2 {
		t.Errorf("revision %d, %v", d.Task.Revision, err)
	}
}

func TestFakeShowsUnknownKeys(t *testing.T) {
	cloud := ecsfake.New()
	store := ecstask.Store{API: cloud}
	if _, err := store.Register(t.Context(), definition("web")); err != nil {
		t.Fatal(err)
	}
	cloud.EditRaw = func(answer map[string]any) { answer["taskDefinition"].(map[string]any)["hologram"] = true }
	d, err := store.Describe(t.Context(), "web")
	if err != nil {
		t.Fatal(err)
	}
	var unknown *ecstask.UnknownKeysError
	if _, err = store.Register(t.Context(), d); !errors.As(err, &unknown) || cloud.Count("RegisterTaskDefinition") != 1 {
		t.Errorf("error %v after %d registrations", err, cloud.Count("RegisterTaskDefinition"))
	}
}

func TestRevisionsAreListedLatestFirst(t *testing.T) {
	cloud := ecsfake.New()
	for i := range 120 {
		if _, err := (ecstask.Store{API: cloud}).Register(t.Context(), definition([]string{"api", "web"}[i%2])); err != nil {
			t.Fatal(err)
		}
	}
	list := ecstask.Revisions{API: cloud}
	page, next, err := list.Active(t.Context(), "")
	if err != nil || len(page) != 100 || page[0] != "web:60" || page[60] != "api:60" || next == "" {
		t.Fatalf("%d revisions from %v, next %q, %v", len(page), page[:1], next, err)
	}
	page, next, err = list.Active(t.Context(), next)
	if err != nil || len(page) != 20 || page[19] != "api:1" || next != "" {
		t.Fatalf("%v, next %q, %v", page, next, err)
	}
}
