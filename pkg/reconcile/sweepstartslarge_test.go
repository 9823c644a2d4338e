package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// TestRulesTooLargeToBeKeptEndNoSweep: whoever may make rules can make a page of them that fits into no document.
func TestRulesTooLargeToBeKeptEndNoSweep(t *testing.T) {
	c := newCloud(t)
	g := c.group("job", tcp(24224, 24224, "10.0.0.0/8", ""))
	c.register(firelens("job", "awsvpc"))
	c.scheduled("nightly", "job", g)
	bus := strings.Repeat("b", 250)
	c.events.AddBus(bus)
	var groups []string
	for i := range 16 {
		groups = append(groups, fmt.Sprintf("sg-%017x", i))
	}
	for i := range 100 {
		var targets []eventtypes.Target
		for k := range 5 {
			targets = append(targets, c.starting(fmt.Sprint(strings.Repeat("f", 240), i, "-", k), groups...))
		}
		c.events.PutRule(bus, fmt.Sprint(strings.Repeat("r", 60), i), targets...)
	}
	largest := 0
	c.sweep()
	docs, err := c.ledger.List(t.Context(), "seen/"+c.lastSweep().ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		largest = max(largest, len(d.Body))
	}
	if largest == 0 || largest > 400_000 {
		t.Errorf("a part keeps %d bytes", largest)
	}
	want(t, "finished", c.lastSweep().Finished.IsZero(), false)
	want(t, "entries of the schedule's group", len(c.entries(g)), 0)
	want(t, "told of", c.statuses()[0], "blocked account/starts")
}
