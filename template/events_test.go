package template

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/firewarden/firewarden/pkg/trigger"
)

const malformed trigger.Kind = "malformed"

// samples are the files of events/: SQS batches as sam local invoke gives them to a function, what each message leads to, and
// what the batch names.
var samples = map[string]struct {
	queue string
	kinds []trigger.Kind
	about []string
}{
	"register-task-definition-synthetic":   {"AuditQueue", []trigger.Kind{trigger.Definition}, []string{"orders"}},
	"authorize-ingress-array":              {"AuditQueue", []trigger.Kind{trigger.Group}, []string{sample}},
	"authorize-ingress-flat":               {"AuditQueue", []trigger.Kind{trigger.Group}, []string{sample}},
	"authorize-ingress-group-name":         {"AuditQueue", []trigger.Kind{trigger.Group}, []string{sample}},
	"modify-rules-one":                     {"AuditQueue", []trigger.Kind{trigger.Group}, []string{sample}},
	"modify-rules-several-synthetic":       {"AuditQueue", []trigger.Kind{trigger.Group}, []string{sample}},
	"deregister-task-definition-synthetic": {"AuditQueue", []trigger.Kind{trigger.Definition}, []string{"orders"}},
	"revoke-ingress-array":                 {"AuditQueue", []trigger.Kind{trigger.Group}, []string{sample}},
	"revoke-ingress-by-id-synthetic":       {"AuditQueue", []trigger.Kind{trigger.Group}, []string{sample}},
	"modify-network-interface-synthetic":   {"AuditQueue", []trigger.Kind{trigger.Group}, []string{sample, "sg-0b1b2c3d4e5f60718"}},
	"modify-instance-synthetic":            {"AuditQueue", []trigger.Kind{trigger.Group}, []string{sample}},
	"create-service-synthetic":             {"AuditQueue", []trigger.Kind{trigger.Placement}, []string{"orders", sample}},
	"update-service-synthetic":             {"AuditQueue", []trigger.Kind{trigger.Placement}, []string{"orders", sample}},
	"update-service-count-synthetic":       {"AuditQueue", []trigger.Kind{trigger.Ignored}, nil},
	"create-task-set-synthetic":            {"AuditQueue", []trigger.Kind{trigger.Placement}, []string{"orders", sample}},
	"update-primary-task-set-synthetic":    {"AuditQueue", []trigger.Kind{trigger.Placement}, []string{"orders", sample}},
	"task-running":                         {"AuditQueue", []trigger.Kind{trigger.Placement}, []string{"orders", "eni-0a1b2c3d4e5f60718"}},
	"task-running-on-instance":             {"AuditQueue", []trigger.Kind{trigger.Placement}, []string{"orders", "orders:8"}},
	"container-instance-active":            {"AuditQueue", []trigger.Kind{trigger.Placement}, []string{"i-0a1b2c3d4e5f60718"}},
	"service-steady-state":                 {"AuditQueue", []trigger.Kind{trigger.Placement}, []string{"prod/orders"}},
	"deployment-failed":                    {"AuditQueue", []trigger.Kind{trigger.Placement}, []string{"prod/orders"}},
	"deployment-in-progress":               {"AuditQueue", []trigger.Kind{trigger.Placement}, []string{"prod/orders"}},
	"sweep":                                {"AuditQueue", []trigger.Kind{trigger.Sweep}, nil},
	"shard":                                {"SweepQueue", []trigger.Kind{trigger.Shard}, []string{"orders:3", "payments:12"}},
	"finding":                              {"RemediateQueue", []trigger.Kind{trigger.Finding}, []string{sample}},
	"mixed-synthetic": { // one family, one group twice, a call that failed, one that leaves 24224 alone, a sweep, half a message
		"AuditQueue",
		[]trigger.Kind{trigger.Definition, trigger.Group, trigger.Group, trigger.Ignored, trigger.Ignored, trigger.Sweep, malformed},
		[]string{"orders", sample},
	},
	"malformed": {"AuditQueue", []trigger.Kind{malformed, malformed, malformed, malformed}, nil},
}

// sample is the group that the samples are about.
const sample = "sg-0a1b2c3d4e5f60718"

func TestSamplesAreBatchesThatFunctionsGet(t *testing.T) {
	files, err := filepath.Glob("../events/*.json")
	if err != nil || len(files) != len(samples) {
		t.Errorf("events/ holds %d files, and the test knows %d", len(files), len(samples))
	}
	for name, want := range samples {
		t.Run(name, func(t *testing.T) {
			var kinds []trigger.Kind
			var about []string
			for _, m := range batch(t, name) {
				sum := md5.Sum([]byte(m.Body))
				if m.Md5OfBody != hex.EncodeToString(sum[:]) || !strings.Contains(m.EventSourceARN, "-"+want.queue+"-") {
					t.Errorf("message %s is not as %s would hold it", m.MessageId, want.queue)
				}
				e, err := trigger.Parse([]byte(m.Body))
				if bad := (*trigger.Malformed)(nil); errors.As(err, &bad) {
					e = trigger.Event{Kind: malformed}
				}
				kinds = append(kinds, e.Kind)
				for _, ref := range names(e) {
					if !slices.Contains(about, ref) {
						about = append(about, ref)
					}
				}
			}
			if !slices.Equal(kinds, want.kinds) || !slices.Equal(about, want.about) {
				t.Errorf("the messages lead to %v about %v, not to %v about %v", kinds, about, want.kinds, want.about)
			}
		})
	}
}

// names are all that an event names.
func names(e trigger.Event) []string {
	all := slices.Concat(e.Families, e.Groups, e.Interfaces, e.Instances, e.Revisions, e.Part.Revisions)
	for _, s := range e.Services {
		all = append(all, s.String())
	}
	return all
}

// batch are the messages of a sample, no two with the same id.
func batch(t *testing.T, name string) []events.SQSMessage {
	t.Helper()
	raw, err := os.ReadFile("../events/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var in events.SQSEvent
	if err := json.Unmarshal(raw, &in); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	seen := map[string]bool{}
	for _, m := range in.Records {
		if seen[m.MessageId] {
			t.Errorf("%s: two messages have the id %s", name, m.MessageId)
		}
		seen[m.MessageId] = true
	}
	return in.Records
}
