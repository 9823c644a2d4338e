package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/local/cloud"
	"github.com/firewarden/firewarden/pkg/metrics"
)

// written are the sums of the metrics in a log of the functions, by metric and values of its dimensions: "Events group".
func written(t *testing.T, log string) map[string]float64 {
	t.Helper()
	sums := map[string]float64{}
	for line := range strings.Lines(log) {
		var root map[string]any
		if json.Unmarshal([]byte(line), &root) != nil || root["_aws"] == nil {
			continue
		}
		for _, m := range metrics.All() {
			parts := []string{m.Name}
			for _, dimension := range m.By {
				parts = append(parts, fmt.Sprint(root[dimension]))
			}
			name := strings.Join(parts, " ")
			switch v := root[m.Name].(type) {
			case float64:
				sums[name] += v
			case []any:
				for _, one := range v {
					sums[name] += one.(float64)
				}
			}
		}
	}
	return sums
}

// TestBothFunctionsWriteTheirMetrics, where Monitoring is on, and none where it is off: a group is opened, closed and swept.
func TestBothFunctionsWriteTheirMetrics(t *testing.T) {
	for _, monitoring := range []string{"true", "false"} {
		t.Run("Monitoring="+monitoring, func(t *testing.T) {
			var log lockedBuffer
			s := newSite(t, up(t, func(o *cloud.Options) { o.Log, o.Parameters["Monitoring"] = &log, monitoring }))
			s.openAgain(t, s.service(t, "web"))
			s.idle(t)
			s.sweep(t)
			got := written(t, log.String())
			if monitoring == "false" {
				if len(got) > 0 {
					t.Errorf("written: %v", got)
				}
				return
			}
			for name, n := range map[string]float64{ // the audit function's, then the remediate function's
				"Events sweep": 1, "Findings FL101": 1, "Calls ECS ListClusters": 1, "OpenFindings critical": 0,
				"Events finding": 1, "Outcomes remediated": 1, "Calls EC2 RevokeSecurityGroupIngress": 1, "Calls SNS Publish": 1,
			} {
				if sum, there := got[name]; !there || sum < n {
					t.Errorf("%s: %v, want %v", name, sum, n)
				}
			}
			for _, name := range []string{"Latency", "SweepDuration"} {
				if got[name] <= 0 {
					t.Errorf("%s: %v ms", name, got[name])
				}
			}
			t.Log(slices.Sorted(maps.Keys(got)))
		})
	}
}
