package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
)

// What is left of the router's mappings, as port/protocol and name.
func TestFL103LeavesWhatIsAround24224(t *testing.T) {
	for name, want := range map[string]string{
		"exact": "2020/tcp", "ephemeral": "", "host-port": "", "mapped-twice": "", "fluentd-udp": "",
		"range":                    "24000-24223/tcp=forward 24225-25000/tcp", // names are unique in a definition
		"range-edges":              "24225-24300/tcp 24200-24223/udp 24400-24500/tcp",
		"range-of-two":             "24223/tcp",
		"bound-by-load-balancer":   "24224/tcp",
		"bound-by-service-connect": "24220-24223/tcp 24225-24230/tcp 24224/tcp=forward",
	} {
		rule, _ := rules.Find("FL103")
		d := fixture{rule: "FL103", path: "testdata/FL103/bad/" + name}.load(t)
		router, _ := rule.Fix(d, rules.Params{}).(rules.Definition).Router()
		var left []string
		for _, m := range router.PortMappings {
			key := rules.MappingKey(m)
			if m.Name != nil {
				key += "=" + *m.Name
			}
			left = append(left, key)
		}
		if !slices.Equal(left, strings.Fields(want)) {
			t.Errorf("%s: left is %q, want %q", name, left, want)
		}
	}
}
