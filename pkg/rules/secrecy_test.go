package rules_test

import (
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
)

// TestOrderAndFormShowNoValue holds the rules of order and form to this: what stands in a log option, a secret option or a variable
// may be a secret, and is in no message and in no evidence. Names are shown, and so is what everybody knows: ECS's own paths.
func TestOrderAndFormShowNoValue(t *testing.T) {
	known := map[string]bool{"/fluent-bit/etc/fluent-bit.conf": true, "/fluentd/etc/fluent.conf": true, "/var/run/fluent.sock": true}
	shown := 0
	for _, f := range fixtures(t) {
		d, ok := f.load(t).(rules.Definition)
		if !ok {
			continue
		}
		for _, found := range rules.Evaluate(rules.All(), d, f.params(t)) {
			ours := strings.HasPrefix(found.Rule, "FL2") || strings.HasPrefix(found.Rule, "FL3")
			if !ours || found.Status == rules.Unknown { // the source's reason quotes the placeholder, which is no value yet
				continue
			}
			shown++
			text := found.Message + "\n" + strings.Join(found.Evidence, "\n")
			for _, v := range values(d) {
				if len(v) > 7 && !known[v] && strings.Contains(text, v) && !named(d, v) {
					t.Errorf("%s: %s shows %q: %s", f, found.Rule, v, text)
				}
			}
		}
	}
	if shown < 100 {
		t.Errorf("%d findings", shown)
	}
}

// values are all that stands in the options and variables of a definition.
func values(d rules.Definition) []string {
	var all []string
	for _, c := range d.Task.ContainerDefinitions {
		if l := c.LogConfiguration; l != nil {
			for k, v := range l.Options {
				if k != "Name" && k != "@type" { // the output's plugin, a name
					all = append(all, v)
				}
			}
			for _, s := range l.SecretOptions {
				all = append(all, deref(s.ValueFrom))
			}
		}
		for _, v := range c.Environment {
			all = append(all, deref(v.Value))
		}
		for _, s := range c.Secrets {
			all = append(all, deref(s.ValueFrom))
		}
	}
	return all
}

// named says whether a text is also a name in the definition, or an image's.
func named(d rules.Definition, text string) bool {
	for _, c := range d.Task.ContainerDefinitions {
		if strings.Contains(deref(c.Name)+" "+deref(c.Image), text) {
			return true
		}
	}
	return false
}

func deref(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
