package source_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

// Where a place is wrong in each case, but not in the same way, the mildest way is sure, whichever condition it hangs on.
func TestWhatIsWrongInEachCaseInAnotherWay(t *testing.T) {
	const image = "public.ecr.aws/aws-observability/aws-for-fluent-bit"
	for _, condition := range []string{"Maybe", "Unless"} { // Unless holds where Maybe does not
		older, newer := image+":2.34.3", image+":3"
		if condition == "Unless" {
			older, newer = newer, older
		}
		router := fmt.Sprintf("{Name: r, Image: !If [%s, '%s', '%s'], FirelensConfiguration: {Type: fluentbit}}", condition, older, newer)
		doc, err := source.ReadDocument("t", []byte(strings.Replace(conditional, "\n        CONTAINERS", " ["+client+", "+router+"]", 1)))
		if err != nil {
			t.Fatal(err)
		}
		today := rules.Params{Today: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
		found := slices.DeleteFunc(doc.Resources[0].Evaluate(rules.All(), today), func(f source.Finding) bool { return f.Rule != "FL505" })
		if len(found) != 1 || found[0].Severity != rules.Low || found[0].Status != rules.Noncompliant {
			t.Fatalf("%s: %+v", condition, found)
		}
		f := found[0]
		if want := "where condition Maybe does not hold, router r runs " + image + ":3: the tag 3 moves; it is wrong in the other cases, too"; f.Message != want {
			t.Errorf("got  %s\nwant %s", f.Message, want)
		}
		if want := "where condition Maybe holds, router r runs " + image + ":2.34.3"; !strings.HasPrefix(f.Evidence[len(f.Evidence)-1], want) {
			t.Errorf("%s: %q", condition, f.Evidence)
		}
	}
}

// A finding is looked up among those of the other cases, not searched.
func TestManyFindingsInEachCase(t *testing.T) {
	var containers strings.Builder
	containers.WriteString(" [" + client + ", {Name: r, Image: a, Cpu: !If [Maybe, 1, 2], FirelensConfiguration: {Type: fluentbit}, Environment: [")
	for i := range 6000 {
		fmt.Fprintf(&containers, "{Name: X%d_PASSWORD, Value: hunter2}, ", i)
	}
	containers.WriteString("]}]")
	doc, err := source.ReadDocument("t", []byte(strings.Replace(conditional, "\n        CONTAINERS", containers.String(), 1)))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if found := judged(doc, "FL506"); len(found) != 6000 {
		t.Errorf("%d findings", len(found))
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}
