package ledger_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// TestWhatIsGoneDoesNotFillADocument: DynamoDB takes 400 KiB an item.
func TestWhatIsGoneDoesNotFillADocument(t *testing.T) {
	r := ledger.Resource{Ref: "security-group/sg-0123456789abcdef0", Findings: map[string]ledger.Finding{}}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 1000 {
		f := rules.Finding{
			Rule: "FL101", Severity: rules.High, Status: rules.Noncompliant, Resource: r.Ref, Path: fmt.Sprintf("ingress[tcp 24224 10.0.%d.%d/32]", i/256, i%256),
			Message: "port 24224 is open to 10.0.0.0/32 on a group of a task with a router", Evidence: []string{"used by service prod/web"},
		}
		r.Observe([]rules.Finding{f}, trigger.Origin{}, now)
		r.Observe(nil, trigger.Origin{}, now)
		now = now.Add(24 * time.Hour)
	}
	if raw, _ := json.Marshal(r); len(raw) > 400<<10 {
		t.Errorf("%d findings, all resolved long ago, take %d bytes", len(r.Findings), len(raw))
	}
}
