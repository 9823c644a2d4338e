package reconcile

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
)

// describer describes web:1, and counts how often.
type describer struct{ asked int }

func (d *describer) Describe(context.Context, string) (rules.Definition, error) {
	d.asked++
	return rules.Definition{Task: types.TaskDefinition{Family: aws.String("web"), Revision: 1}}, nil
}

// TestTwoWorkersDescribeOnce lets a second worker of a sweep come to a revision that a first one has claimed.
func TestTwoWorkersDescribeOnce(t *testing.T) {
	for _, c := range []struct {
		sentence string
		first    func(u usage) error // what the first worker has done when the second comes, and does while that waits
		during   func(u usage) error
		asked    int
	}{
		{"nobody came first", nil, nil, 1},
		{"the first has described it", keeps, nil, 0},
		{"the first is about to", claims, keeps, 0},
		{"the first died", claims, nil, 1},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
			began, tasks := now, &describer{}
			u := usage{Tasks: tasks, together: true, Stack: Stack{
				Policy: policy.Default(), Ledger: ledger.Ledger{Store: &ledger.Memory{}}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: func() time.Time { return now },
			}}
			u.Wait = func(_ context.Context, d time.Duration) error {
				if now = now.Add(d); c.during != nil && now.Sub(began) >= time.Second {
					return c.during(u)
				}
				return nil
			}
			if c.first != nil {
				if err := c.first(u); err != nil {
					t.Fatal(err)
				}
			}
			got, _, err := u.known(t.Context(), "web:1")
			if err != nil || aws.ToString(got.Task.Family) != "web" || tasks.asked != c.asked {
				t.Errorf("got %v after %d describes, %v", got, tasks.asked, err)
			}
			if waited := now.Sub(began); waited > describing {
				t.Errorf("it waited for %s", waited)
			}
		})
	}
}

func claims(u usage) error {
	_, err := u.Ledger.Claim(context.Background(), "describe web:1", u.Now(), describing)
	return err
}

func keeps(u usage) error {
	return u.Ledger.PutDefinition(context.Background(), "web:1", ledger.Definition{Form: keptForm, Task: types.TaskDefinition{Family: aws.String("web"), Revision: 1}}, u.Now())
}
