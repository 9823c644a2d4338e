package notify

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/policy"
)

// TestTheExemptionIsOneThatThePolicyTakes: an invalid policy would stop all remediation.
func TestTheExemptionIsOneThatThePolicyTakes(t *testing.T) {
	for name, n := range notices {
		m := Render(n)
		var back Notice
		if err := json.Unmarshal([]byte(m.JSON), &back); err != nil {
			t.Fatal(err)
		}
		p, err := policy.Parse("notice", []byte(strings.Join(back.Exempt, "\n")))
		if err != nil || len(back.Exempt) == 0 {
			t.Errorf("%s: %v of %q", name, err, back.Exempt)
			continue
		}
		for _, f := range n.Findings {
			if _, ok := p.Exempt(f, noon.AddDate(0, 0, 90)); !ok {
				t.Errorf("%s: %q leaves %s open", name, back.Exempt, f.Rule)
			}
		}
	}
}
